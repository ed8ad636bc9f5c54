//! The definition of a match.

use std::ops::Range;

use crate::{
    normalize,
    search::{
        query::{Phrase, Query},
        terms::{Term, terms},
    },
};

impl Query {
    /// Whether all phrases stand in these texts, each whole in one of them. The texts are as they
    /// were written.
    #[must_use]
    pub fn matches<'a>(&self, texts: impl Iterator<Item = &'a str>) -> bool {
        let normal: Vec<String> = texts.map(normalize).collect();
        let texts: Vec<Vec<Term<'_>>> = normal.iter().map(|text| terms(text).collect()).collect();
        let stands = |phrase: &Phrase| {
            let mut texts = texts.iter();
            texts.any(|text| phrase.places(text).next().is_some())
        };
        !self.is_empty() && self.phrases().iter().all(stands)
    }

    /// Where any of the phrases stands: bytes of the normalised text, in order. They may overlap.
    pub(super) fn places(&self, normal: &str) -> Vec<Range<usize>> {
        let text: Vec<Term<'_>> = terms(normal).collect();
        let phrases = self.phrases().iter();
        let mut found: Vec<Range<usize>> =
            phrases.flat_map(|phrase| phrase.places(&text)).collect();
        found.sort_by_key(|place| (place.start, place.end));
        found
    }
}

impl Phrase {
    fn places<'a>(&'a self, text: &'a [Term<'a>]) -> impl Iterator<Item = Range<usize>> + 'a {
        let windows = text.windows(self.terms.len().max(1));
        windows.filter_map(|window| self.place(window))
    }

    /// The bytes of `window`, when this phrase is what stands there.
    fn place(&self, window: &[Term<'_>]) -> Option<Range<usize>> {
        let ((last, before), (sought, earlier)) = (window.split_last()?, self.terms.split_last()?);
        let same = |(term, sought): (&Term<'_>, &String)| term.text == sought;
        if !before.iter().zip(earlier).all(same) {
            return None;
        }
        let end = if self.open && last.text.starts_with(sought.as_str()) {
            last.range.start + sought.len()
        } else if last.text == sought {
            last.range.end
        } else {
            return None;
        };
        Some(window.first()?.range.start..end)
    }
}
