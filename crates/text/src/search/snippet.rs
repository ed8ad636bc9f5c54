//! A piece of a text around what was found in it.

use std::ops::Range;

use crate::{Normalized, search::query::Query};

/// Characters of the text that stand before the first find.
const BEFORE_CHARS: usize = 24;
/// Finds that are shown in one snippet.
const SPANS_MAX: usize = 64;
const CUT: char = '…';

/// A piece of a text, and what in it was looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// One line, as it was written; `…` where something was left out.
    pub text: String,
    /// Characters (Unicode scalar values) of `text`, in order, apart. Empty when nothing of what
    /// was looked for stands in the text.
    pub spans: Vec<Range<usize>>,
}

/// At most `chars_max` characters of `text`, from a little before the first find on, and the
/// marks of what was left out.
#[must_use]
pub fn snippet(text: &str, query: &Query, chars_max: usize) -> Snippet {
    let normal = Normalized::of(text);
    let places = query.places(normal.text()).into_iter();
    let found = apart(places.map(|place| chars(text, &normal.original(place))));
    let before = BEFORE_CHARS.min(chars_max / 4);
    let start = found
        .first()
        .map_or(0, |first| first.start.saturating_sub(before));
    let end = start + chars_max;
    let kept = text.chars().skip(start).take(chars_max);
    let mut shown = String::new();
    shown.extend((start > 0).then_some(CUT));
    // Breaks become spaces one for one, so that places stay what they are.
    shown.extend(kept.map(|c| if c.is_control() { ' ' } else { c }));
    shown.extend(text.chars().nth(end).map(|_| CUT));
    let moved = usize::from(start > 0);
    let place = |span: &Range<usize>| span.start - start + moved..span.end.min(end) - start + moved;
    Snippet {
        text: shown,
        spans: found
            .iter()
            .filter(|span| span.start < end)
            .map(place)
            .collect(),
    }
}

/// What overlaps or touches, as one. One character can stand for several normalised ones.
fn apart(found: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for next in found {
        let shown = spans.len();
        match spans.last_mut() {
            Some(last) if next.start <= last.end => last.end = last.end.max(next.end),
            _ if shown == SPANS_MAX => break,
            _ => spans.push(next),
        }
    }
    spans
}

/// Bytes as characters.
fn chars(text: &str, bytes: &Range<usize>) -> Range<usize> {
    let before = |end: usize| text.get(..end).map_or(0, |head| head.chars().count());
    before(bytes.start)..before(bytes.end)
}
