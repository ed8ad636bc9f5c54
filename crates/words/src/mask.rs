//! Masking: characters replaced, all others and their number kept.

use std::ops::Range;

/// What stands in place of a masked character.
pub const MASK: char = '*';

/// Characters of a text (Unicode code points), from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first.
    pub start: u32,
    /// After the last.
    pub end: u32,
}

/// The spans of these bytes of `text`, in order, apart from each other. The ranges lie on
/// boundaries of characters.
pub(crate) fn spans(text: &str, mut bytes: Vec<Range<usize>>) -> Vec<Span> {
    bytes.sort_unstable_by_key(|range| range.start);
    let mut spans: Vec<Span> = Vec::new();
    let (mut at, mut chars) = (0, 0);
    for range in bytes {
        // Ends are not in order where one range lies in another: count from the start of each.
        chars += count(text, at..range.start);
        at = range.start;
        let (start, end) = (chars, chars + count(text, range));
        match spans.last_mut() {
            Some(last) if last.end >= start => last.end = last.end.max(end),
            _ => spans.push(Span { start, end }),
        }
    }
    spans
}

fn count(text: &str, bytes: Range<usize>) -> u32 {
    let chars = text.get(bytes).map_or(0, |part| part.chars().count());
    u32::try_from(chars).unwrap_or(u32::MAX)
}

/// `text` with these spans masked.
pub(crate) fn apply(text: &str, spans: &[Span]) -> String {
    let mut covered = covered(spans);
    text.chars()
        .map(|c| {
            if covered.next() == Some(true) {
                MASK
            } else {
                c
            }
        })
        .collect()
}

/// Two lists of spans as one, in order, apart from each other.
pub(crate) fn union(a: &[Span], b: &[Span]) -> Vec<Span> {
    let mut all = [a, b].concat();
    all.sort_unstable();
    let mut spans: Vec<Span> = Vec::new();
    for span in all {
        match spans.last_mut() {
            Some(last) if last.end >= span.start => last.end = last.end.max(span.end),
            _ => spans.push(span),
        }
    }
    spans
}

/// Whether two texts are the same but for characters that are masked in one of them, in spans that
/// are in order: what a mask hides is kept nowhere, so it cannot be compared.
#[must_use]
pub fn same_apart_from(a: &str, a_masked: &[Span], b: &str, b_masked: &[Span]) -> bool {
    let (mut in_a, mut in_b) = (covered(a_masked), covered(b_masked));
    let (mut a, mut b) = (a.chars(), b.chars());
    loop {
        // Both, whatever the other says: they go in step.
        let hidden = [in_a.next(), in_b.next()].contains(&Some(true));
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || hidden => {}
            _ => return false,
        }
    }
}

/// For each character from the first on, whether a span covers it; ends with the last span.
fn covered(spans: &[Span]) -> impl Iterator<Item = bool> + '_ {
    let mut at = 0;
    let mut spans = spans.iter().copied().peekable();
    std::iter::from_fn(move || {
        while spans.next_if(|span| span.end <= at).is_some() {}
        let span = *spans.peek()?;
        at += 1;
        Some(span.start < at)
    })
}

#[cfg(test)]
mod tests {
    use super::{Span, apply, same_apart_from, spans, union};

    const fn span(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    #[test]
    fn bytes_become_characters_and_what_overlaps_is_one() {
        let text = "a坏话b坏c";
        let (bad, words) = (1..4, 1..7);
        let found = spans(text, vec![8..11, words, bad]);
        assert_eq!(found, [span(1, 3), span(4, 5)]);
        assert_eq!(apply(text, &found), "a**b*c");
    }

    #[test]
    fn a_union_is_in_order_and_apart() {
        let all = union(&[span(4, 6), span(0, 1)], &[span(5, 9), span(1, 2)]);
        assert_eq!(all, [span(0, 2), span(4, 9)]);
    }

    #[test]
    fn only_what_is_masked_is_left_out_of_the_comparison() {
        let hidden = [span(1, 3)];
        assert!(same_apart_from("a坏话b", &[], "a**b", &hidden));
        assert!(same_apart_from("a**b", &hidden, "a好话b", &[]));
        let earlier = [span(0, 2)];
        assert!(same_apart_from("**话b", &earlier, "a**b", &hidden));
        assert!(!same_apart_from("**话c", &earlier, "a**b", &hidden));
        assert!(!same_apart_from("a坏话c", &[], "a**b", &hidden));
        assert!(!same_apart_from("a坏话", &[], "a**b", &hidden));
        assert!(
            !same_apart_from("2+3", &[], "2*3", &[]),
            "a star that was written is a star"
        );
    }
}
