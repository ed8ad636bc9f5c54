//! [`normalize`]: one form for everything that means the same to a matcher.

use unicode_normalization::UnicodeNormalization as _;

use crate::{
    class::{Class, class, is_digit, is_han, is_plain},
    simplified::simplify,
};

/// The longest result, and the longest input that is looked at, in characters.
pub const NORMALIZED_CHARS_MAX: usize = 4_096;

/// A letter stands at most this often in a row.
const REPEATS_MAX: usize = 2;

/// Rare characters can need another pass (lower-casing makes a letter that composes anew). No
/// text is known to need more than three.
const PASSES_MAX: usize = 8;

/// The form in which texts, keywords and phrasings are compared:
///
/// - full width becomes half width, compatibility forms become plain ones (NFKC);
/// - lower case; traditional characters become simplified;
/// - punctuation, symbols and emoji become spaces, zero-width characters and apostrophes vanish;
/// - spaces collapse to one, and vanish at the ends and beside a Han character;
/// - a letter is repeated at most twice in a row (哈哈哈哈 → 哈哈), digits never lose any.
///
/// Empty when nothing but punctuation is there. At most [`NORMALIZED_CHARS_MAX`] characters.
/// Idempotent. Microseconds for a message of 100 characters.
#[must_use]
pub fn normalize(text: &str) -> String {
    let head = head(text);
    if head.chars().all(is_plain) {
        return pass(head.len(), head.chars());
    }
    let mut text = pass(head.len(), head.nfkc());
    for _ in 1..PASSES_MAX {
        if text.chars().all(is_plain) {
            break;
        }
        let next = pass(text.len(), text.nfkc());
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// The first [`NORMALIZED_CHARS_MAX`] characters.
fn head(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(NORMALIZED_CHARS_MAX)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

fn pass(bytes: usize, chars: impl Iterator<Item = char>) -> String {
    let mut out = Builder {
        text: String::with_capacity(bytes),
        ..Builder::default()
    };
    for c in chars {
        let c = narrow(c);
        if c.is_ascii() || is_han(c) {
            out.feed(simplify(c.to_ascii_lowercase()));
        } else {
            c.to_lowercase().for_each(|c| out.feed(c));
        }
    }
    out.text
}

/// Full-width ASCII becomes ASCII, so that plain texts need no decomposition tables.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[derive(Default)]
struct Builder {
    text: String,
    count: usize,
    last: Option<char>,
    /// How often `last` stands at the end.
    run: usize,
    space: bool,
}

impl Builder {
    fn feed(&mut self, c: char) {
        match class(c) {
            Class::Drop => {}
            Class::Space => self.space = true,
            Class::Keep => self.keep(c),
        }
    }

    fn keep(&mut self, c: char) {
        let space = std::mem::take(&mut self.space);
        if let Some(last) = self.last
            && space
            && !is_han(last)
            && !is_han(c)
        {
            if self.count + 2 > NORMALIZED_CHARS_MAX {
                // No room for the space and its word: whatever follows may not move up.
                self.count = NORMALIZED_CHARS_MAX;
                return;
            }
            self.text.push(' ');
            self.count += 1;
            self.run = 0;
        }
        self.run = if self.last == Some(c) {
            self.run + 1
        } else {
            1
        };
        let repeated = self.run > REPEATS_MAX && !is_digit(c);
        if !repeated && self.count < NORMALIZED_CHARS_MAX {
            self.text.push(c);
            self.count += 1;
        }
        self.last = Some(c);
    }
}

#[cfg(test)]
mod tests;
