//! The report as one page: no script, style or font from outside, works from a file.
//!
//! Everything that varies is in one block of JSON that the page's own script reads and puts in as
//! text, never as markup; so no phrasing can become a script. The policy in its head forbids all
//! that is not in the file.

use kefu_nlu::{Comparison, EvaluationReport};
use serde::Serialize;

const SHELL: &str = include_str!("shell.html");
const STYLE: &str = include_str!("page.css");
const WORDS: &str = include_str!("words.js");
const PLOTS: &str = include_str!("plots.js");
const SCRIPT: &str = include_str!("page.js");

#[derive(Serialize)]
struct Data<'a> {
    report: &'a EvaluationReport,
    comparison: Option<&'a Comparison>,
}

/// The page.
///
/// # Errors
/// When the report cannot be written as JSON.
pub fn html(report: &EvaluationReport, comparison: Option<&Comparison>) -> anyhow::Result<String> {
    let data = serde_json::to_string(&Data { report, comparison })?;
    let script = [WORDS, PLOTS, SCRIPT].concat();
    let parts = [("{{style}}", STYLE), ("{{script}}", &script)];
    // The data last: what stands in it is not looked at again.
    let shell = parts.iter().fold(SHELL.to_owned(), |page, (mark, part)| {
        page.replace(mark, part)
    });
    let (before, after) = shell.split_once("{{data}}").unwrap_or((&shell, ""));
    Ok([before, &inert(&data), after].concat())
}

/// JSON that cannot end the element it stands in, nor begin a comment in it: `<`, `>` and `&` only
/// ever occur inside strings, where an escape means the same.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests;
