//! NFKC over a stream: as much as composes together is held, and nothing more.
//!
//! Source: UAX #15. A text may be cut before a character that can neither combine with what stands
//! before it nor be reordered with it, and each part normalised by itself.

use std::{collections::VecDeque, iter::once};

use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _,
    char::{canonical_combining_class, decompose_compatible},
    is_nfc_quick,
};

use crate::{class::is_plain, piece::Piece};

/// Characters that are held together. UAX #15 has no text of any language with more than 30
/// marks on a letter; what people stack beyond that is left out.
const HELD_MAX: usize = 32;

/// The pieces of `inner` in NFKC. Each carries the span of all that it was composed from.
pub(crate) struct Compose<I> {
    inner: I,
    /// Begins with a character that cannot join what came before it.
    held: Vec<char>,
    start: usize,
    end: usize,
    out: VecDeque<Piece>,
}

impl<I: Iterator<Item = Piece>> Compose<I> {
    pub(crate) fn new(inner: I) -> Self {
        Self {
            inner,
            held: Vec::new(),
            start: 0,
            end: 0,
            out: VecDeque::new(),
        }
    }

    fn release(&mut self) {
        let (start, end) = (self.start, self.end);
        let piece = |c| Piece { c, start, end };
        match self.held[..] {
            [c] if is_plain(c) => self.out.push_back(piece(c)),
            _ => self.out.extend(self.held.iter().copied().nfkc().map(piece)),
        }
        self.held.clear();
    }
}

impl<I: Iterator<Item = Piece>> Iterator for Compose<I> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        while self.out.is_empty() {
            let Some(Piece { c, start, end }) = self.inner.next() else {
                self.release();
                break;
            };
            if begins(c) {
                self.release();
                self.start = start;
            } else if self.held.is_empty() {
                self.start = start;
            }
            self.end = end;
            if self.held.len() < HELD_MAX {
                self.held.push(c);
            }
        }
        self.out.pop_front()
    }
}

/// Whether nothing of `c` can join the character before it.
fn begins(c: char) -> bool {
    if is_plain(c) {
        return true;
    }
    let mut first = None;
    decompose_compatible(c, |part| {
        first.get_or_insert(part);
    });
    let first = first.unwrap_or(c);
    canonical_combining_class(first) == 0 && is_nfc_quick(once(first)) != IsNormalized::Maybe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::Compose;
    use crate::piece::pieces;

    fn composed(text: &str) -> String {
        Compose::new(pieces(text.chars()))
            .map(|piece| piece.c)
            .collect()
    }

    #[test]
    fn what_composes_is_held_together_wherever_the_text_is_cut() {
        for text in [
            "e\u{301}tude",
            "\u{1112}\u{1161}\u{11AB}글",
            "ｶﾞｷﾞ",
            "か\u{3099}",
            "q\u{307}\u{323}",
            "ﷺ①㍿",
        ] {
            assert_eq!(
                composed(text),
                text.nfkc().collect::<String>(),
                "for {text:?}"
            );
        }
    }

    #[test]
    fn a_letter_under_ten_thousand_marks_is_not_held_whole() {
        let marks = "\u{316}".repeat(10_000);
        assert!(composed(&format!("a{marks}b")).chars().count() < 100);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn a_stream_composes_as_the_whole_text_does(text in "\\PC{0,20}") {
            // Full-width ASCII is left to the next pass, which is cheaper at it.
            let composed: String = composed(&text).nfkc().collect();
            prop_assert_eq!(composed, text.nfkc().collect::<String>());
        }
    }
}
