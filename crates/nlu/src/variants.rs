//! Shortened phrasings, which stand in for paraphrases while an intent set has next to none.
//!
//! With one phrasing per intent nothing can be kept back to learn how similar a rewording is to
//! its original. A phrasing that lost a third of itself is about as far from it as one.

use std::collections::BTreeMap;

use kefu_text::normalize;

use crate::corpus::Sample;

/// With as many phrasings that have a sibling, cross-validation says more than shortening.
const SIBLINGS_ENOUGH: usize = 50;
/// Phrasings shortened, each at both ends.
const SHORTENED_MAX: usize = 24;
/// Characters below which nothing is left to shorten.
const CHARS_MIN: usize = 4;

/// Shortened copies of some samples; empty where there are enough real siblings.
pub(crate) fn variants(samples: &[Sample]) -> Vec<Sample> {
    let mut counts = BTreeMap::<u32, usize>::new();
    for sample in samples {
        *counts.entry(sample.intent).or_default() += 1;
    }
    let siblings: usize = counts.values().filter(|&&count| count > 1).sum();
    if siblings >= SIBLINGS_ENOUGH {
        return Vec::new();
    }
    let step = samples.len().div_ceil(SHORTENED_MAX).max(1);
    let shortened = samples.iter().step_by(step).flat_map(|sample| {
        shorten(&sample.text).into_iter().map(|text| Sample {
            intent: sample.intent,
            normal: normalize(&text),
            text,
            lang: sample.lang,
        })
    });
    shortened
        .filter(|variant| !variant.normal.is_empty())
        .collect()
}

/// `text` without its last and without its first third; words are not cut where there are any.
pub(crate) fn shorten(text: &str) -> Vec<String> {
    let pieces: Vec<&str> = if text.contains(' ') {
        text.split_inclusive(' ').collect()
    } else {
        text.char_indices()
            .map(|(at, c)| &text[at..at + c.len_utf8()])
            .collect()
    };
    let third = pieces.len() / 3;
    if text.chars().count() < CHARS_MIN || third == 0 {
        return Vec::new();
    }
    let kept = [&pieces[..pieces.len() - third], &pieces[third..]];
    kept.into_iter()
        .map(|kept| kept.concat().trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shorten;

    #[test]
    fn a_third_goes_from_either_end() {
        assert_eq!(shorten("我想要退货吗"), ["我想要退", "要退货吗"]);
        assert_eq!(
            shorten("how do i return this"),
            ["how do i return", "do i return this"]
        );
        assert!(shorten("退货").is_empty());
        assert!(shorten("refund").len() == 2);
    }
}
