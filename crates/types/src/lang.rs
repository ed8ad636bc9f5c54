//! The languages that the bot speaks.

use serde::{Deserialize, Serialize};

/// A language of replies.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Chinese, simplified unless an answer says otherwise.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// "zh" or "en".
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// Reads "zh", "zh-CN", "en-US" and the like; anything else is `None`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        match code.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// What `text` is written in: Chinese as soon as it has a Han character, English when it
    /// has at least two Latin letters and no Han character, otherwise unknown.
    #[must_use]
    pub fn detect(text: &str) -> Option<Self> {
        let mut latin = 0;
        for c in text.chars() {
            match c {
                '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' => {
                    return Some(Self::Zh);
                }
                c if c.is_ascii_alphabetic() => latin += 1,
                _ => {}
            }
        }
        (latin >= 2).then_some(Self::En)
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn codes_of_browsers_are_understood() {
        assert_eq!(Lang::parse("zh-CN"), Some(Lang::Zh));
        assert_eq!(Lang::parse("en_US"), Some(Lang::En));
        assert_eq!(Lang::parse("fr"), None);
    }

    #[test]
    fn one_han_character_makes_a_text_chinese() {
        assert_eq!(Lang::detect("iPhone 退货"), Some(Lang::Zh));
        assert_eq!(Lang::detect("where is my order"), Some(Lang::En));
        assert_eq!(Lang::detect("123 !"), None);
    }
}
