//! What a person sees while it runs, on standard error.

use std::io::Write as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar to that many.
pub fn bar(what: &'static str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg:>26} {wide_bar} {pos}/{len} {eta:>4}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// A line of its own.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
