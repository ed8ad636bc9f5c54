//! How talks with agents end: silence, ratings, summaries.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Words;

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceConfig {
    /// What is stored; 1 to 32 characters. Keep it when the words change.
    pub id: String,
    /// What Chinese pages show.
    pub zh: String,
    /// What English pages show.
    pub en: String,
}

/// The end of a talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClosingConfig {
    /// Whether visitors are asked what they thought of a talk that an agent ended.
    pub ratings: bool,
    /// A talk can be rated for this long.
    pub rate_within_hours: u32,
    /// Reasons that a rating may name, up to twelve.
    pub reasons: Vec<ChoiceConfig>,
    /// Characters of a rating's comment.
    pub comment_chars_max: usize,
    /// What agents sort talks into, up to a hundred.
    pub categories: Vec<ChoiceConfig>,
    /// Characters of a summary's line.
    pub note_chars_max: usize,
    /// A visitor who does not answer the agent is reminded after this long; 0: never.
    pub remind_after_s: u64,
    /// The talk is ended when the visitor has not answered the reminder for this long.
    pub close_after_s: u64,
    /// What the reminder says.
    pub reminder: Words,
}

fn choice(id: &str, zh: &str, en: &str) -> ChoiceConfig {
    ChoiceConfig {
        id: id.into(),
        zh: zh.into(),
        en: en.into(),
    }
}

impl Default for ClosingConfig {
    fn default() -> Self {
        Self {
            ratings: true,
            rate_within_hours: 24,
            reasons: vec![
                choice("solved", "问题已解决", "It is solved"),
                choice("friendly", "态度好", "Friendly"),
                choice("fast", "回复快", "Quick answers"),
                choice("unsolved", "问题未解决", "It is not solved"),
                choice("slow", "回复慢", "Slow answers"),
                choice("unclear", "没说清楚", "Unclear"),
            ],
            comment_chars_max: 500,
            categories: vec![
                choice("order", "订单", "Orders"),
                choice("delivery", "物流", "Delivery"),
                choice("return", "退换货", "Returns"),
                choice("invoice", "发票", "Invoices"),
                choice("complaint", "投诉", "Complaints"),
                choice("other", "其他", "Other"),
            ],
            note_chars_max: 200,
            remind_after_s: 0,
            close_after_s: 300,
            reminder: Words::new(
                "您好，还在吗？如果没有其他问题，本次会话稍后将自动结束。",
                "Are you still there? This conversation will end by itself if there is nothing else.",
            ),
        }
    }
}

impl ClosingConfig {
    /// What cannot work: the key and why.
    pub(crate) fn problem(&self) -> Option<(&'static str, String)> {
        for (key, choices, most) in [
            ("closing.reasons", &self.reasons, 12),
            ("closing.categories", &self.categories, 100),
        ] {
            if choices.len() > most {
                return Some((key, format!("at most {most} can be chosen from")));
            }
            for (at, choice) in choices.iter().enumerate() {
                let long = choice.id.chars().count() > 32;
                if choice.id.is_empty() || long || choice.zh.is_empty() || choice.en.is_empty() {
                    let why = "each needs an id of 1 to 32 characters and words in both languages";
                    return Some((key, why.into()));
                }
                if choices.iter().take(at).any(|before| before.id == choice.id) {
                    return Some((key, format!("the id {:?} is there twice", choice.id)));
                }
            }
        }
        if self.rate_within_hours == 0 || (self.remind_after_s > 0 && self.close_after_s == 0) {
            let why = "rate_within_hours and, with a reminder, close_after_s must be at least 1";
            return Some(("closing", why.into()));
        }
        None
    }
}
