//! Phone numbers: mainland mobiles (11 digits from 13 to 19) and international ones with a plus
//! sign (E.164: at most 15 digits).

use super::regex;

const INTERNATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

pub(super) fn find(folded: &str) -> Option<String> {
    mainland(folded).or_else(|| international(folded))
}

fn mainland(folded: &str) -> Option<String> {
    let pattern = regex!(
        r"(?:^|[^0-9A-Za-z+])(?:(?:\+?86|0086)[ -]?)?(1[ -]?[3-9](?:[ -]?[0-9]){9})(?:[^0-9A-Za-z]|$)"
    );
    let found = pattern.captures(folded)?;
    Some(digits(found.get(1)?.as_str()))
}

fn international(folded: &str) -> Option<String> {
    let pattern = regex!(r"\+ ?[1-9](?:[ ().-]{0,2}[0-9])*");
    pattern
        .find_iter(folded)
        .map(|found| digits(found.as_str()))
        .find(|digits| INTERNATIONAL_DIGITS.contains(&digits.len()) && !digits.starts_with("86"))
        .map(|digits| format!("+{digits}"))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
