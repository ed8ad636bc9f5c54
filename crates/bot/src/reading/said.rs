//! What the visitor said in a turn, of all its messages.

use kefu_proto::v1::{self, body::Kind};
use kefu_types::Lang;

use super::press::Press;

/// The longest text that is read, in characters; of a longer one the end, which is the newest.
pub const TURN_CHARS_MAX: usize = 1_000;

/// A turn's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// A button, when that was the last thing done.
    pub(crate) press: Option<Press>,
    /// All texts since the last press, joined.
    ///
    /// People send one thought in pieces (我要 / 退货 / 上周买的那双鞋): a piece alone means
    /// little, so texts of a turn are read together. A press is whole by itself, and what was
    /// typed before it was answered by pressing.
    pub(crate) text: String,
    /// The last text alone: a bare "1" or "yes" may follow other words.
    pub(crate) last: String,
    /// Pictures or files are among it.
    pub(crate) media: bool,
    /// When the last message was written, UTC milliseconds, where it says so.
    pub(crate) at_ms: Option<i64>,
    /// Minutes by which the clock of whoever wrote it is ahead of UTC, where it says so.
    pub(crate) utc_offset_minutes: Option<i32>,
}

impl Said {
    /// Reads a turn's messages, oldest first.
    #[must_use]
    pub fn of(messages: &[v1::Message]) -> Self {
        let newest = messages.last();
        let at_ms = newest
            .map(|message| message.created_at_ms)
            .filter(|at| *at > 0);
        Self {
            at_ms,
            utc_offset_minutes: newest.and_then(|message| message.utc_offset_minutes),
            media: messages.iter().any(is_media),
            ..Self::words_of(messages)
        }
    }

    /// Whether there is nothing to answer: what was said was taken back.
    #[must_use]
    pub fn is_taken_back(messages: &[v1::Message]) -> bool {
        let recall = |message: &v1::Message| {
            let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
            message.recalled_seq != 0 || matches!(kind, Some(Kind::Recall(_)))
        };
        messages.iter().all(recall)
    }

    /// Whether there is nothing in it that can be read.
    pub(crate) fn is_wordless(&self) -> bool {
        self.media && self.press.is_none() && self.text.is_empty()
    }

    fn words_of(messages: &[v1::Message]) -> Self {
        let kinds: Vec<&Kind> = messages
            .iter()
            .filter_map(|message| message.body.as_ref()?.kind.as_ref())
            .collect();
        if let Some(Kind::Postback(postback)) = kinds.last() {
            return Self {
                press: Some(Press::parse(
                    &tail(&postback.payload),
                    &tail(&postback.label),
                )),
                ..Self::default()
            };
        }
        let after = kinds
            .iter()
            .rposition(|kind| matches!(kind, Kind::Postback(_)))
            .map_or(0, |at| at + 1);
        let texts: Vec<&str> = kinds.into_iter().skip(after).filter_map(text).collect();
        Self {
            press: None,
            last: texts.last().map(|text| tail(text)).unwrap_or_default(),
            text: tail(&texts.join(" ")),
            ..Self::default()
        }
    }

    /// What to reply in. Han characters and English sentences change the language; an order
    /// number, a brand or an "ok" does not.
    #[must_use]
    pub fn language(&self, before: Lang) -> Lang {
        let text = match &self.press {
            Some(Press::Say(text)) => text,
            Some(_) => return before,
            None => &self.text,
        };
        // An address of mail or of a page is in no language.
        let spoken = text
            .split_whitespace()
            .filter(|part| !part.contains('@') && !part.contains("://"));
        let words = spoken
            .flat_map(|part| part.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        match Lang::detect(text) {
            Some(Lang::En) if words.count() < 2 => before,
            Some(lang) => lang,
            None => before,
        }
    }
}

fn is_media(message: &v1::Message) -> bool {
    let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
    message.recalled_seq == 0 && matches!(kind, Some(Kind::Image(_) | Kind::File(_)))
}

fn text(kind: &Kind) -> Option<&str> {
    let text = match kind {
        Kind::Text(text) => text.text.trim(),
        Kind::Card(card) => card.text.trim(),
        Kind::Postback(_) | Kind::Notice(_) | Kind::Recall(_) | Kind::Image(_) | Kind::File(_) => {
            ""
        }
    };
    (!text.is_empty()).then_some(text)
}

/// The end of the text, without control characters: buttons send what they like, and a value
/// found in it may stand in a reply.
fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(TURN_CHARS_MAX);
    let tail = text.chars().skip(skip);
    tail.filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

#[cfg(test)]
mod tests {
    use kefu_proto::v1::{Body, Message, Postback, Text, body::Kind};
    use kefu_types::Lang;

    use super::{Press, Said, TURN_CHARS_MAX};

    fn typed(text: &str) -> Message {
        of(Kind::Text(Text {
            text: text.to_owned(),
            ..Default::default()
        }))
    }

    fn pressed(payload: &str) -> Message {
        of(Kind::Postback(Postback {
            payload: payload.to_owned(),
            label: "label".to_owned(),
            ..Default::default()
        }))
    }

    fn of(kind: Kind) -> Message {
        Message {
            body: Some(Body { kind: Some(kind) }),
            ..Message::default()
        }
    }

    #[test]
    fn pieces_are_read_together() {
        let said = Said::of(&[typed("我要"), typed(" "), typed("退货")]);
        assert_eq!(
            (said.text.as_str(), said.last.as_str()),
            ("我要 退货", "退货")
        );
        assert_eq!(said.press, None);
    }

    #[test]
    fn a_press_at_the_end_decides_and_words_after_a_press_do() {
        let said = Said::of(&[typed("hello"), pressed("human")]);
        assert_eq!((said.press, said.text.as_str()), (Some(Press::Human), ""));
        let said = Said::of(&[typed("a"), pressed("human"), typed("b"), typed("c")]);
        assert_eq!((said.press, said.text.as_str()), (None, "b c"));
    }

    #[test]
    fn of_a_very_long_turn_the_end_is_read() {
        let said = Said::of(&[typed(&"旧".repeat(5_000)), typed("新")]);
        assert_eq!(said.text.chars().count(), TURN_CHARS_MAX);
        assert!(said.text.ends_with("旧 新"));
    }

    #[test]
    fn sentences_change_the_language_and_fragments_do_not() {
        let language = |text: &str, before| Said::of(&[typed(text)]).language(before);
        assert_eq!(language("where is my order", Lang::Zh), Lang::En);
        assert_eq!(language("JD20261112", Lang::Zh), Lang::Zh);
        assert_eq!(language("ok", Lang::Zh), Lang::Zh);
        assert_eq!(language("VIP", Lang::En), Lang::En);
        assert_eq!(language("Li.Lei@mail.example.com", Lang::Zh), Lang::Zh);
        assert_eq!(language("iPhone 多少钱", Lang::En), Lang::Zh);
        assert_eq!(language("12345", Lang::En), Lang::En);
    }

    #[test]
    fn control_characters_are_not_read() {
        let said = Said::of(&[pressed("text:a\u{0}b\u{1b}")]);
        assert_eq!(said.press, Some(Press::Say("ab".to_owned())));
    }

    #[test]
    fn nothing_at_all_is_an_empty_text() {
        assert_eq!(Said::of(&[Message::default()]), Said::default());
    }
}
