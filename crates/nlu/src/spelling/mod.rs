//! A guess at what a visitor meant to type, for the second tier alone.
//!
//! Most typos in Chinese are the right syllables with a wrong character (退宽 for 退款), in English
//! a letter too many, too few, wrong or out of turn. The catalogue knows how its own matters are
//! written: where a text has something that the catalogue never says, and something that it says
//! often sounds or looks the same, that is what the encoder and the n-grams read. Keywords are
//! compared with the text as typed: a guess never decides by itself. Measured in ADR 11. A small
//! catalogue lacks most words of a language, so a word that the encoder's vocabulary has whole is
//! not doubted for that (ADR 62).

mod han;
mod latin;

use std::borrow::Cow;

use kefu_intents::Catalogue;

use self::{han::Han, latin::Latin};

/// Longer texts say enough without guesses.
const CHARS_MAX: usize = 200;

/// How a catalogue writes.
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    han: Han,
    latin: Latin,
}

impl Spelling {
    /// From all that visitors are expected to say: phrasings, titles, questions.
    pub fn of(catalogue: &Catalogue) -> Self {
        let phrasings = catalogue.intents.iter().flat_map(|intent| {
            let titles = intent.title.0.values().map(String::as_str);
            titles.chain(
                intent
                    .phrasings
                    .iter()
                    .map(|phrasing| phrasing.text.as_str()),
            )
        });
        let questions = catalogue.knowledge.entries().iter();
        Self::fit(phrasings.chain(questions.flat_map(|entry| entry.texts())))
    }

    /// From texts as they are written.
    fn fit<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut spelling = Self::default();
        for text in texts {
            spelling.han.learn(text);
            spelling.latin.learn(text);
        }
        spelling.latin.index();
        spelling
    }

    /// `text` as it was probably meant; itself where there is nothing to doubt. Words of Latin letters
    /// that are `known` stay.
    pub fn correct<'t>(&self, text: &'t str, known: &dyn Fn(&str) -> bool) -> Cow<'t, str> {
        if text.chars().nth(CHARS_MAX).is_some() {
            return Cow::Borrowed(text);
        }
        let sounded = self.han.correct(text);
        let spelt = (self.latin).correct(sounded.as_deref().unwrap_or(text), known);
        spelt.or(sounded).map_or(Cow::Borrowed(text), Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Spelling;

    fn shop() -> Spelling {
        let often = [
            "我要退款",
            "怎么申请退款",
            "退款多久到账",
            "想退款",
            "能退款吗",
            "i want a refund",
            "where is my refund",
            "请问有发票吗",
            "开发票",
            "发票抬头",
            "要发票",
            "电子发票",
        ];
        Spelling::fit(often.into_iter())
    }

    fn read(spelling: &Spelling, text: &str) -> String {
        spelling.correct(text, &|_| false).into_owned()
    }

    #[test]
    fn the_right_sound_with_the_wrong_character_is_understood() {
        assert_eq!(read(&shop(), "我想退宽"), "我想退款");
        assert_eq!(read(&shop(), "帮我开个发漂"), "帮我开个发票");
        assert_eq!(read(&shop(), "申请退寬！"), "申请退款！", "traditional too");
    }

    #[test]
    fn a_letter_amiss_is_understood() {
        for typo in ["refnud", "refun", "refuund", "rafund", "REFUMD"] {
            assert_eq!(read(&shop(), &format!("my {typo}!")), "my refund!");
        }
    }

    #[test]
    fn a_word_that_the_model_knows_whole_is_no_typo() {
        let known = |word: &str| word == "defund";
        let spelling = Spelling::fit(["a refund", "my refund"].into_iter());
        assert_eq!(spelling.correct("Defund it", &|_| false), "refund it");
        assert_eq!(spelling.correct("Defund it", &known), "Defund it");
        assert_eq!(spelling.correct("refnud it", &known), "refund it");
    }

    #[test]
    fn what_the_catalogue_says_and_what_sounds_like_nothing_stay() {
        for text in [
            "我要退款",
            "refund",
            "天气真好",
            "refinery",
            "refounded",
            "fund",
            "款退",
            "",
            "😀",
        ] {
            assert_eq!(read(&shop(), text), text);
        }
    }

    #[test]
    fn a_word_said_once_is_no_reason_to_doubt_another() {
        let spelling = Spelling::fit(["克服困难", "a cotton shirt"].into_iter());
        assert_eq!(read(&spelling, "客服 bottom"), "客服 bottom");
    }

    proptest! {
        #[test]
        fn any_text_is_left_or_changed_a_little(text in "[我想退宽款发漂票refundx '’！]{0,30}|\\PC{0,220}") {
            let corrected = read(&shop(), &text);
            let (a, b) = (text.chars().count(), corrected.chars().count());
            prop_assert!(a.abs_diff(b) <= text.split(' ').count());
        }

        #[test]
        fn its_own_texts_are_never_doubted(texts in prop::collection::vec("[退款宽快递地帝发票abcdefg ]{1,12}", 1..20)) {
            let texts: Vec<String> = texts.iter().map(|text| kefu_text::normalize(text)).collect();
            let spelling = Spelling::fit(texts.iter().map(String::as_str));
            for text in &texts {
                prop_assert_eq!(&read(&spelling, text), text);
            }
        }
    }
}
