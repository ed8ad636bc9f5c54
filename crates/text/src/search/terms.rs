//! From normalised text to terms.

use std::ops::Range;

use crate::is_han;

/// Characters of a word that count; the rest of a longer one is not looked at. PostgreSQL takes
/// 2,046 bytes at most.
pub const WORD_CHARS_MAX: usize = 64;

/// One term of a text. Its position is its place in the order of [`terms`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<'a> {
    /// A pair of Han characters, one Han character at the end of a run, or a word of at most
    /// [`WORD_CHARS_MAX`] characters. Never empty; letters and digits only.
    pub text: &'a str,
    /// The bytes of the normalised text that it stands for: the whole word.
    pub range: Range<usize>,
    /// A Han character alone, at the end of its run.
    pub alone: bool,
}

/// The terms of a normalised text, in order. At most one for each character.
pub fn terms(normal: &str) -> impl Iterator<Item = Term<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let term = next(normal, at)?;
        at = match is_han(first(term.text)?) {
            // The next pair begins with this one's second character.
            true => term.range.start + first(term.text)?.len_utf8(),
            false => term.range.end,
        };
        Some(term)
    })
}

fn first(text: &str) -> Option<char> {
    text.chars().next()
}

/// The term at or after the byte `at`.
fn next(normal: &str, at: usize) -> Option<Term<'_>> {
    let rest = normal.get(at..)?;
    let skipped = rest.len()
        - rest
            .trim_start_matches(|c: char| !c.is_alphanumeric() && !is_han(c))
            .len();
    let (start, rest) = (at + skipped, rest.get(skipped..)?);
    let head = first(rest)?;
    if !is_han(head) {
        return Some(word(rest, start));
    }
    let one = head.len_utf8();
    let second = rest.get(one..).and_then(first).filter(|c| is_han(*c));
    let bytes = one + second.map_or(0, char::len_utf8);
    Some(Term {
        text: rest.get(..bytes)?,
        range: start..start + bytes,
        alone: second.is_none(),
    })
}

fn word(rest: &str, start: usize) -> Term<'_> {
    let goes_on = |c: char| c.is_alphanumeric() && !is_han(c);
    let whole = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
    let kept = rest
        .char_indices()
        .nth(WORD_CHARS_MAX)
        .map_or(whole, |(at, _)| at.min(whole));
    Term {
        text: rest.get(..kept).unwrap_or(rest),
        range: start..start + whole,
        alone: false,
    }
}
