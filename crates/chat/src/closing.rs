//! The numbers and words of a talk's end.

use std::time::Duration;

use kefu_proto::v1;
use kefu_types::Lang;

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is stored.
    pub id: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<&Choice> for v1::Choice {
    fn from(choice: &Choice) -> Self {
        let Choice { id, zh, en } = choice.clone();
        Self { id, zh, en }
    }
}

/// How talks with agents end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Visitors are asked for a rating.
    pub ratings: bool,
    /// A talk can be rated for this long.
    pub rate_within: Duration,
    /// What a rating may name.
    pub reasons: Vec<Choice>,
    /// Characters of its comment.
    pub comment_chars_max: usize,
    /// What a summary sorts a talk into.
    pub categories: Vec<Choice>,
    /// Characters of its line.
    pub note_chars_max: usize,
    /// Talks in one answer.
    pub endings_max: u32,
    /// A visitor who does not answer the agent is reminded after this long; zero: never.
    pub remind_after: Duration,
    /// From the reminder to the end.
    pub close_after: Duration,
    /// The reminder in Chinese.
    pub reminder_zh: String,
    /// The reminder in English.
    pub reminder_en: String,
}

impl Closing {
    /// The reminder in `language`.
    #[must_use]
    pub fn reminder(&self, language: Lang) -> &str {
        match language {
            Lang::Zh => &self.reminder_zh,
            Lang::En => &self.reminder_en,
        }
    }
}

impl Default for Closing {
    fn default() -> Self {
        Self {
            ratings: true,
            rate_within: Duration::from_secs(24 * 3_600),
            reasons: Vec::new(),
            comment_chars_max: 500,
            categories: Vec::new(),
            note_chars_max: 200,
            endings_max: 20,
            remind_after: Duration::ZERO,
            close_after: Duration::from_secs(300),
            reminder_zh: "您好，还在吗？如果没有其他问题，本次会话稍后将自动结束。".to_owned(),
            reminder_en:
                "Are you still there? This conversation will end by itself if there is nothing else."
                    .to_owned(),
        }
    }
}
