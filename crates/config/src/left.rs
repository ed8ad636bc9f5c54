//! Messages left instead of waiting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Messages left: out of hours, or from a long queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LeftConfig {
    /// Whether visitors may leave any.
    pub enabled: bool,
    /// Characters of one, and of its answer.
    pub text_chars_max: usize,
    /// Characters of a phone number and of an e-mail address, each.
    pub contact_chars_max: usize,
    /// Characters of the reason for which one is closed without an answer.
    pub reason_chars_max: usize,
    /// Messages left of one conversation that wait for an answer.
    pub waiting_max: u32,
    /// Within the hours one is offered to who is estimated to wait longer than this.
    pub offer_after_s: u64,
    /// One is also offered behind this place of the line.
    pub offer_behind: u32,
}

impl Default for LeftConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            text_chars_max: 2_000,
            contact_chars_max: 254,
            reason_chars_max: 200,
            waiting_max: 5,
            offer_after_s: 60,
            offer_behind: 5,
        }
    }
}
