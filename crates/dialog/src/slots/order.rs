//! Order numbers: 6 to 32 letters and digits with at least four digits.

use super::{phone, regex};

const CHARS: std::ops::RangeInclusive<usize> = 6..=32;
const DIGITS_MIN: usize = 4;

/// The first that is no mobile number, else the first; else groups as people copy them
/// ("1234 5678 9012"). As written, without the gaps.
pub(super) fn find(folded: &str) -> Option<String> {
    certain(folded)
        .or_else(|| runs(folded).next().map(str::to_owned))
        .or_else(|| grouped(folded))
}

/// One that cannot be a mobile number.
pub(super) fn certain(folded: &str) -> Option<String> {
    let mut runs = runs(folded);
    runs.find(|run| phone::find(run).is_none())
        .map(str::to_owned)
}

fn runs(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|run| is_order(run))
}

fn is_order(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    CHARS.contains(&run.len()) && digits >= DIGITS_MIN
}

/// Groups of at least four digits each, so that a date is not taken for one.
fn grouped(folded: &str) -> Option<String> {
    let found = regex!(r"[0-9]{4,}(?:[ -][0-9]{4,})+").find(folded)?;
    let joined: String = found.as_str().split([' ', '-']).collect();
    is_order(&joined).then_some(joined)
}
