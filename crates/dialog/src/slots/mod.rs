//! Values in words: finds an order number, a phone, a day, an amount … in a text and normalises
//! it. Pure: the day that "tomorrow" is counted from is an argument, in the visitor's own time zone.
//!
//! Normal forms: order number as written; phone `13812345678` or `+442071234567`; day
//! `2026-11-12`; amount in yuan with two decimals, `99.50`, other money with its code, `12.50 USD`;
//! number `3`; e-mail with a small domain; enumeration its value; pattern its first group or the
//! whole match; free text and address trimmed.

mod address;
mod amount;
mod bounds;
mod count;
mod date;
mod email;
mod listed;
mod number;
mod order;
mod phone;

use jiff::civil::Date;

use crate::{Refusal, SlotKind, SlotSpec};

/// Characters of a free text that are kept.
pub const FREE_TEXT_CHARS_MAX: usize = 200;

/// What a text holds for a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A value, in its normal form.
    Value(String),
    /// A value that is not plausible.
    Refused(Refusal),
}

/// The value in a text that answers the slot's question. Here a bare number is an amount and
/// any text a free text.
#[must_use]
pub fn extract(slot: &SlotSpec, text: &str, today: Date) -> Option<Found> {
    let folded = fold(text);
    let value = match &slot.kind {
        SlotKind::Amount => amount::find(&folded).or_else(|| amount::bare(&folded)),
        SlotKind::Number => count::find(&folded).or_else(|| count::bare(&folded)),
        SlotKind::FreeText => free_text(text),
        SlotKind::Address => address::find(&folded),
        _ => find(slot, &folded, today),
    }?;
    Some(match bounds::check(slot, &value, today) {
        Ok(()) => Found::Value(value),
        Err(why) => Found::Refused(why),
    })
}

/// The value in a text that was not asked for it: only what cannot be mistaken for something else,
/// and is plausible.
#[must_use]
pub fn mentioned(slot: &SlotSpec, text: &str, today: Date) -> Option<String> {
    let folded = fold(text);
    let value = match &slot.kind {
        SlotKind::OrderNumber => order::certain(&folded),
        _ => find(slot, &folded, today),
    }?;
    bounds::check(slot, &value, today).ok().map(|()| value)
}

fn find(slot: &SlotSpec, folded: &str, today: Date) -> Option<String> {
    match &slot.kind {
        SlotKind::OrderNumber => order::find(folded),
        SlotKind::Phone => phone::find(folded),
        SlotKind::Date => {
            let lean = bounds::lean(slot.bounds);
            date::find(folded, today, lean).map(|day| day.to_string())
        }
        SlotKind::Amount => amount::find(folded),
        SlotKind::Number => count::find(folded),
        SlotKind::Email => email::find(folded),
        SlotKind::Enumeration { values } => listed::one_of(values, folded),
        SlotKind::Pattern { regex } => listed::pattern(regex, folded),
        SlotKind::FreeText | SlotKind::Address => None,
    }
}

fn free_text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.chars().take(FREE_TEXT_CHARS_MAX).collect())
}

/// The text as values are read from it: full-width letters, digits and signs become their ASCII twins, as
/// input methods mix them.
#[must_use]
pub fn fold(text: &str) -> String {
    let fold = |c: char| match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' => '-',
        '\u{ffe5}' => '¥',
        '\u{2018}' | '\u{2019}' => '\'',
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
