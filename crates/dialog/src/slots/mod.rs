//! Values in words: finds an order number, a phone, a day, an amount … in a text and normalises
//! it. Pure: the day that "tomorrow" is counted from is an argument.
//!
//! Normal forms: order number as written; phone `13812345678` or `+442071234567`; day
//! `2026-11-12`; amount in yuan with two decimals, `99.50`; enumeration its value; pattern its
//! first group or the whole match; free text trimmed.

mod amount;
mod date;
mod listed;
mod number;
mod order;
mod phone;

use jiff::civil::Date;

use crate::SlotKind;

/// Characters of a free text that are kept.
pub const FREE_TEXT_CHARS_MAX: usize = 200;

/// The value in a text that answers the slot's question. Here a bare number is an amount and
/// any text a free text.
#[must_use]
pub fn extract(kind: &SlotKind, text: &str, today: Date) -> Option<String> {
    let folded = fold(text);
    match kind {
        SlotKind::Amount => amount::find(&folded).or_else(|| amount::bare(&folded)),
        SlotKind::FreeText => free_text(text),
        _ => find(kind, &folded, today),
    }
}

/// The value in a text that was not asked for it: only what cannot be mistaken for something else.
#[must_use]
pub fn mentioned(kind: &SlotKind, text: &str, today: Date) -> Option<String> {
    let folded = fold(text);
    match kind {
        SlotKind::OrderNumber => order::certain(&folded),
        _ => find(kind, &folded, today),
    }
}

fn find(kind: &SlotKind, folded: &str, today: Date) -> Option<String> {
    match kind {
        SlotKind::OrderNumber => order::find(folded),
        SlotKind::Phone => phone::find(folded),
        SlotKind::Date => date::find(folded, today).map(|day| day.to_string()),
        SlotKind::Amount => amount::find(folded),
        SlotKind::Enumeration { values } => listed::one_of(values, folded),
        SlotKind::Pattern { regex } => listed::pattern(regex, folded),
        SlotKind::FreeText => None,
    }
}

fn free_text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(FREE_TEXT_CHARS_MAX).collect())
}

/// Full-width letters, digits and signs become their ASCII twins, as input methods mix them.
fn fold(text: &str) -> String {
    let fold = |c: char| match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' => '-',
        '\u{ffe5}' => '¥',
        c => c,
    };
    text.trim().chars().map(fold).collect()
}

/// A regular expression of this module, compiled once.
macro_rules! regex {
    ($pattern:literal) => {{
        static REGEX: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
            #[allow(
                clippy::expect_used,
                reason = "a literal; the table tests use every one"
            )]
            regex::Regex::new($pattern).expect("the pattern is valid")
        });
        &*REGEX
    }};
}
use regex;
