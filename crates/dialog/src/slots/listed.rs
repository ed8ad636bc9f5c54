//! Enumerations and patterns that an intent file gives.

use std::collections::BTreeMap;

/// The value that the text names, by itself or by a synonym; the longest name wins, so that
/// `顺丰冷运` is not `顺丰`. Latin names match whole words only.
pub(super) fn one_of(values: &BTreeMap<String, Vec<String>>, folded: &str) -> Option<String> {
    let text = folded.to_lowercase();
    let named = |name: &String| {
        let name = super::fold(name).to_lowercase();
        contains(&text, &name).then_some(name.chars().count())
    };
    values
        .iter()
        .filter_map(|(value, synonyms)| {
            let names = std::iter::once(value).chain(synonyms);
            Some((names.filter_map(named).max()?, value))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, value)| value.clone())
}

fn contains(text: &str, name: &str) -> bool {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + name.len()..]);
            let starts_inside = word(before.chars().next_back()) && word(name.chars().next());
            let ends_inside = word(after.chars().next()) && word(name.chars().next_back());
            !starts_inside && !ends_inside
        })
}

/// The first group that took part, or the whole match. A pattern that does not compile finds
/// nothing: the check of the intent files refuses it long before.
pub(super) fn pattern(regex: &str, folded: &str) -> Option<String> {
    let regex = regex::Regex::new(regex).ok()?;
    let found = regex.captures(folded)?;
    let value = found
        .iter()
        .skip(1)
        .flatten()
        .next()
        .or_else(|| found.get(0))?;
    let value = value.as_str().trim();
    (!value.is_empty()).then(|| value.to_owned())
}
