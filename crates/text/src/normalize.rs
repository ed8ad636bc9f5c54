//! [`normalize`]: one form for everything that means the same to a matcher.

use std::ops::Range;

use crate::{
    class::is_plain,
    compose::Compose,
    piece::{Piece, pieces},
    settle::Settle,
};

/// The longest result, and the longest input that is looked at, in characters.
pub const NORMALIZED_CHARS_MAX: usize = 4_096;

/// The form in which texts, keywords and phrasings are compared:
///
/// - full width becomes half width, compatibility forms become plain ones (NFKC);
/// - lower case; traditional characters become simplified;
/// - punctuation, symbols and emoji become spaces; zero-width characters, characters that turn the
///   direction of writing, and apostrophes vanish;
/// - spaces collapse to one, and vanish at the ends and beside a Han character;
/// - a character is repeated at most twice in a row (哈哈哈哈 → 哈哈), and a letter that is drawn
///   out within a word stands once (pleeease → please); digits and x never lose any (1000, XXXL).
///
/// Empty when nothing but punctuation is there. At most [`NORMALIZED_CHARS_MAX`] characters.
/// Idempotent. Microseconds for a message of 100 characters.
#[must_use]
pub fn normalize(text: &str) -> String {
    let head = head(text);
    let mut normal = String::with_capacity(head.len());
    each(head, |piece| normal.push(piece.c));
    normal
}

/// As [`normalize`], over a stream of any length: nothing is held but the letters that compose
/// together and the last run, so the whole text need not be in memory, and is read once.
pub fn normalize_chars(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    thrice(pieces(chars)).map(|piece| piece.c)
}

/// A normalised text that knows where each character comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Normalized {
    text: String,
    /// Per character: its first byte in `text`, and its bytes in the original.
    places: Vec<(usize, Range<usize>)>,
}

impl Normalized {
    /// [`normalize`]s `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut normal = Self::default();
        each(head(text), |Piece { c, start, end }| {
            normal.places.push((normal.text.len(), start..end));
            normal.text.push(c);
        });
        normal
    }

    /// As [`Normalized::of`], without its bound: all of `text`, whose length the caller has bounded.
    /// For those who must not miss what comes late.
    #[must_use]
    pub fn whole(text: &str) -> Self {
        let mut normal = Self::default();
        let put = |Piece { c, start, end }| {
            normal.places.push((normal.text.len(), start..end));
            normal.text.push(c);
        };
        let pieces = pieces(text.chars());
        if text.chars().all(is_plain) {
            Settle::new(pieces).for_each(put);
        } else {
            thrice(pieces).for_each(put);
        }
        normal
    }

    /// The normalised text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that `range`, bytes of the normalised text, comes from. Always
    /// on character boundaries of the original; what was dropped in between is included, what
    /// was dropped at the ends is not.
    #[must_use]
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let first = self.places.partition_point(|place| place.0 < range.start);
        let after = self.places.partition_point(|place| place.0 < range.end);
        match self.places.get(first..after) {
            Some([(_, one)]) => one.clone(),
            Some([(_, first), .., (_, last)]) => first.start..last.end,
            _ => 0..0,
        }
    }
}

/// The first [`NORMALIZED_CHARS_MAX`] characters.
fn head(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(NORMALIZED_CHARS_MAX)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

fn each(text: &str, put: impl FnMut(Piece)) {
    let pieces = pieces(text.chars());
    if text.chars().all(is_plain) {
        bounded(Settle::new(pieces), put);
    } else {
        bounded(thrice(pieces), put);
    }
}

/// Rare characters need another pass: what is dropped brings together what then composes, or a
/// small letter composes anew. No text is known to need more than three.
fn thrice(pieces: impl Iterator<Item = Piece>) -> impl Iterator<Item = Piece> {
    let once = Settle::new(Compose::new(pieces));
    let twice = Settle::new(Compose::new(once));
    Settle::new(Compose::new(twice))
}

/// The bound once more: a compatibility form can be eighteen times as long as its character.
fn bounded(pieces: impl Iterator<Item = Piece>, mut put: impl FnMut(Piece)) {
    for (at, piece) in pieces.take(NORMALIZED_CHARS_MAX).enumerate() {
        // A space that lost its word to the bound is none.
        if piece.c != ' ' || at + 1 < NORMALIZED_CHARS_MAX {
            put(piece);
        }
    }
}

#[cfg(test)]
mod tests;
