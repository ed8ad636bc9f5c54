//! How many: `3件`, `两双`, `x2`, `three`.

use super::{
    number::{self, NUMERALS},
    regex,
};

/// More than nine digits are no count of things.
const DIGITS_MAX: usize = 9;

const WORDS: [&str; 13] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
];

/// A number that counts things.
pub(super) fn find(folded: &str) -> Option<String> {
    let text = folded.to_lowercase();
    let chinese = regex!(
        r"([0-9]+|[零〇一二两三四五六七八九十百千万]+) ?[件个双只箱份台盒张套瓶包袋本支条把枚组批人次]"
    );
    let english = regex!(
        r"\b([0-9]+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) ?(?:pieces?|pcs|items?|pairs?|boxes|box|units?|sets?|copies|bottles?)\b|\bx ?([0-9]+)\b"
    );
    let found = chinese
        .captures(&text)
        .or_else(|| english.captures(&text))?;
    parse(found.get(1).or_else(|| found.get(2))?.as_str())
}

/// A text that is nothing but a number.
pub(super) fn bare(folded: &str) -> Option<String> {
    let text = folded.to_lowercase();
    let text = text.trim_matches(|c: char| c.is_whitespace() || "。.!,，吧".contains(c));
    parse(text)
}

fn parse(text: &str) -> Option<String> {
    if let Some(number) = WORDS.iter().position(|word| *word == text) {
        return Some(number.to_string());
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.len() > DIGITS_MAX {
        return None;
    }
    let numerals = text.chars().all(|c| NUMERALS.contains(c));
    (digits || numerals)
        .then(|| number::parse(text))?
        .map(|number| number.to_string())
}
