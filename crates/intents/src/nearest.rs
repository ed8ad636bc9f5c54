//! "Did you mean …?"

/// The longest word that is compared, in characters; longer ones are no typos.
const WORD_CHARS_MAX: usize = 64;

/// The candidate most like `word`, when it is like enough: at most a third of it differs.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(WORD_CHARS_MAX + 1).collect();
    let far = (word.len() / 3).max(1);
    if word.len() > WORD_CHARS_MAX {
        return None;
    }
    let near = candidates.into_iter().filter_map(|candidate| {
        let other: Vec<char> = candidate.chars().take(WORD_CHARS_MAX + 1).collect();
        if other.len().abs_diff(word.len()) > far {
            return None;
        }
        let distance = distance(&word, &other);
        (distance <= far && distance < word.len()).then_some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

/// ", did you mean `x`?" or nothing.
pub(crate) fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!(", did you mean `{near}`?"))
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string
/// alignment, after Damerau 1964).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (cell(&row, j) + usize::from(x != y))
                .min(cell(&row, j + 1) + 1)
                .min(cell(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn typos_find_their_word_and_strangers_do_not() {
        let keys = ["title", "phrasings", "keywords"];
        assert_eq!(nearest("titel", keys), Some("title"));
        assert_eq!(nearest("phrasing", keys), Some("phrasings"));
        assert_eq!(nearest("kewords", keys), Some("keywords"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(
            nearest("退货.申情", ["退货.申请", "换货.申请"]),
            Some("退货.申请")
        );
        assert_eq!(nearest("a", ["b"]), None);
    }
}
