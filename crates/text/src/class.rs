//! What a character is, as far as matching cares.

/// What becomes of a character after compatibility folding and lower-casing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Carries meaning and stays.
    Keep,
    /// Separates words: spaces, punctuation, symbols, emoji, controls.
    Space,
    /// Leaves no trace: zero-width characters, stacked accents, apostrophes.
    Drop,
}

/// Whether `c` belongs to a script written without spaces: Han, kana, and the marks 々 and 〇.
#[must_use]
pub const fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3005}' | '\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// Whether `c` is a letter or digit of a script that separates its words.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() && !is_han(c)
}

/// Whether every repetition of `c` counts: 1000 is not 10, neither is 一〇〇〇, and XXXL is not XL.
pub(crate) fn counts_when_repeated(c: char) -> bool {
    c.is_numeric()
        || matches!(
            c,
            'x' | '零' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九'
        )
}

pub(crate) fn class(c: char) -> Class {
    match c {
        '0'..='9' | 'a'..='z' | '\u{4E00}'..='\u{9FFF}' => Class::Keep,
        // "don't" is typed "dont" as often.
        '\'' | '\u{2018}' | '\u{2019}' | '\u{02BC}' => Class::Drop,
        c if is_invisible(c) => Class::Drop,
        c if c.is_alphanumeric() => Class::Keep,
        _ => Class::Space,
    }
}

/// Zero-width, directional and variation characters, and the accents that people stack for fun.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{0300}'..='\u{036F}' | '\u{061C}' | '\u{115F}' | '\u{1160}'
        | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{20D0}'..='\u{20FF}'
        | '\u{3099}' | '\u{309A}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether the single pass handles `c` by itself: it neither decomposes nor composes with a
/// neighbour, except for the full-width forms, which the pass narrows.
pub(crate) const fn is_plain(c: char) -> bool {
    matches!(c,
        '\0'..='\u{7F}' | '\u{4E00}'..='\u{9FFF}' | '\u{3001}'..='\u{3020}'
        | '\u{3000}' | '\u{FF01}'..='\u{FF5E}' | '\u{200B}'..='\u{200F}'
        | '\u{2010}' | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}'
        | '\u{FE0F}' | '\u{1F300}'..='\u{1FAFF}')
}
