//! What agents are helped with: replies that the bot proposes, and on which pages visitors are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Replies that the bot proposes to agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AssistConfig {
    /// Off: the bot is not asked.
    pub enabled: bool,
    /// Proposals for one conversation, 1 to 4.
    pub proposals_max: u32,
    /// An intent must be at least this likely to be proposed, 0 to 1.
    pub probability_min: f64,
    /// The bot is not waited for any longer.
    pub patience_ms: u64,
    /// Asks that one bot has at once, beside its turns.
    pub at_once_max: usize,
    /// Conversations for which proposals are wanted or shown at the same time.
    pub talks_max: usize,
    /// The newest messages of a visitor that are looked at together.
    pub messages_max: usize,
    /// How often what was proposed is counted. What was taken is counted with its message.
    pub flush_s: u64,
    /// Intents whose counts wait for that.
    pub tally_max: usize,
    /// Days of counts in one answer.
    pub days_max: u32,
    /// A conversation is listed as needing attention when its visitor waits this long.
    pub attention_after_s: u32,
    /// Or when the bot has not understood the visitor so often in a row.
    pub attention_fallbacks: u32,
    /// Agents see what a visitor is writing before it is sent; the visitors' page says so.
    pub preview: bool,
    /// Characters of it.
    pub preview_chars_max: usize,
}

impl Default for AssistConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            proposals_max: 4,
            probability_min: 0.05,
            patience_ms: 2_000,
            at_once_max: 1,
            talks_max: 10_000,
            messages_max: 8,
            flush_s: 10,
            tally_max: 1_000,
            days_max: 92,
            attention_after_s: 60,
            attention_fallbacks: 2,
            preview: false,
            preview_chars_max: 500,
        }
    }
}

impl AssistConfig {
    /// The first setting that cannot work, and why.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if !(1..=4).contains(&self.proposals_max) {
            return Some(("assist.proposals_max", "must be 1 to 4"));
        }
        if !(0.0..=1.0).contains(&self.probability_min) {
            return Some(("assist.probability_min", "must be 0 to 1"));
        }
        if self.patience_ms == 0 || self.flush_s == 0 {
            return Some(("assist", "patience_ms and flush_s must be at least 1"));
        }
        None
    }
}

/// The pages that visitors are on, as agents see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrailConfig {
    /// Off: nothing is stored, and what was is shown to nobody.
    pub enabled: bool,
    /// Pages of one visitor; older ones go.
    pub pages_max: u32,
    /// Characters of an address.
    pub url_chars_max: usize,
    /// Characters of a title.
    pub title_chars_max: usize,
    /// Pages that follow each other faster than this are passed over.
    pub gap_ms: u32,
}

impl Default for TrailConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            pages_max: 20,
            url_chars_max: 500,
            title_chars_max: 120,
            gap_ms: 500,
        }
    }
}
