//! Case files: lines of `intent<TAB>text`.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};
use kefu_nlu::Case;

/// The cases of a file; blank lines are skipped.
pub fn read(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let cases = parse(&text).with_context(|| path.display().to_string())?;
    if cases.is_empty() {
        bail!("{}: there is no case in this file", path.display());
    }
    Ok(cases)
}

fn parse(text: &str) -> anyhow::Result<Vec<Case>> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            let (intent, text) = line
                .split_once('\t')
                .with_context(|| format!("line {}: expected intent<TAB>text", at + 1))?;
            Ok(Case {
                intent: intent.into(),
                text: text.into(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn labels_and_texts_stay_as_they_are_and_bad_lines_are_named() {
        let cases = parse("\u{feff}退货. 申请\t我要退货 \n\noos\t天气\n").expect("good lines");
        assert_eq!(cases[0].intent, "退货. 申请");
        assert_eq!(cases[0].text, "我要退货 ");
        assert_eq!(cases.len(), 2);
        let error = parse("a\tb\nno tab").expect_err("bad line");
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
