//! Word boundaries, which Latin script has and Chinese has not.

use crate::is_word;

/// Whether `text[start..end]` does not cut through a Latin word or a number: "return" is not in
/// "returned", 退货 is in 我要退货吗.
#[must_use]
pub fn at_word_boundaries(text: &str, start: usize, end: usize) -> bool {
    let (Some(before), Some(inside), Some(after)) =
        (text.get(..start), text.get(start..end), text.get(end..))
    else {
        return false;
    };
    let cuts = |left: Option<char>, right: Option<char>| {
        left.is_some_and(is_word) && right.is_some_and(is_word)
    };
    !cuts(before.chars().next_back(), inside.chars().next())
        && !cuts(inside.chars().next_back(), after.chars().next())
}

#[cfg(test)]
mod tests {
    use super::at_word_boundaries;

    fn found(text: &str, pattern: &str) -> bool {
        text.match_indices(pattern)
            .any(|(at, part)| at_word_boundaries(text, at, at + part.len()))
    }

    #[test]
    fn latin_words_are_whole_and_chinese_ones_are_anywhere() {
        assert!(found("i want a return please", "return"));
        assert!(!found("it was returned", "return"));
        assert!(found("我要退货吗", "退货"));
        assert!(found("买了iphone手机", "iphone"));
        assert!(!found("订单12345", "234"));
    }
}
