//! Pieces of normalised text that a matcher can count.

use std::ops::RangeInclusive;

use crate::is_han;

/// All runs of `sizes` consecutive characters of `text`, as slices of it, that hold no space.
/// By position, then by size. `sizes` beyond the text give nothing.
pub fn char_ngrams(text: &str, sizes: RangeInclusive<usize>) -> impl Iterator<Item = &str> {
    text.split(' ').flat_map(move |run| {
        let sizes = sizes.clone();
        run.char_indices().flat_map(move |(start, _)| {
            let tail = run.get(start..).unwrap_or_default();
            let longest = *sizes.end();
            let ends = tail
                .char_indices()
                .map(|(at, c)| at + c.len_utf8())
                .enumerate();
            let from = *sizes.start();
            ends.take(longest)
                .filter(move |(index, _)| index + 1 >= from)
                .filter_map(move |(_, end)| tail.get(..end))
        })
    })
}

/// The words of the scripts that have words: runs of characters that are neither a space nor Han,
/// as slices of `text`. `iphone手机 case` gives `iphone` and `case`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| c == ' ' || is_han(c))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{char_ngrams, words};

    #[test]
    fn ngrams_come_by_position_and_never_cross_a_space() {
        let grams: Vec<&str> = char_ngrams("退货 ab", 1..=2).collect();
        assert_eq!(grams, ["退", "退货", "货", "a", "ab", "b"]);
        assert_eq!(char_ngrams("退货", 3..=3).count(), 0);
        assert_eq!(char_ngrams("", 1..=3).count(), 0);
    }

    #[test]
    fn words_are_what_stands_between_han_and_spaces() {
        let found: Vec<&str> = words("iphone手机 case 15").collect();
        assert_eq!(found, ["iphone", "case", "15"]);
        assert_eq!(words("退货").count(), 0);
    }
}
