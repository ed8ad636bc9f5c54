//! The event history, the board, and what is promised to visitors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The event history and the board that is computed from it. Its days are those of `dialog.time_zone`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoardConfig {
    /// Supervisors' pages are told of a change at most this often.
    pub push_ms: u64,
    /// Events go after so many days; 0: never. What is counted today needs the day alone.
    pub keep_days: u32,
    /// Events in one page.
    pub page_max: u32,
    /// How often old events are looked for.
    pub forget_s: u64,
    /// How many of them go at a time.
    pub forget_max: u32,
}

impl Default for BoardConfig {
    fn default() -> Self {
        Self {
            push_ms: 1_000,
            keep_days: 400,
            page_max: 1_000,
            forget_s: 60,
            forget_max: 5_000,
        }
    }
}

/// What is promised to visitors who want a person, counted in open hours where there are any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SlaConfig {
    /// A person's first words come within this; 0: nothing is promised.
    pub first_reply_s: u64,
    /// The talk with a person ends within this; 0: nothing is promised.
    pub resolution_minutes: u64,
    /// After this share of the time its people are warned.
    pub warn_percent: u32,
}

impl Default for SlaConfig {
    fn default() -> Self {
        Self {
            first_reply_s: 60,
            resolution_minutes: 30,
            warn_percent: 80,
        }
    }
}

/// A hundred years: longer than anybody waits, and short enough to be added to any time.
const SECONDS_MAX: u64 = 100 * 366 * 86_400;

impl SlaConfig {
    /// What cannot work: the key and why.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if !(1..=100).contains(&self.warn_percent) {
            return Some(("sla.warn_percent", "must be 1 to 100"));
        }
        let resolution_s = self.resolution_minutes.saturating_mul(60);
        if self.first_reply_s > SECONDS_MAX || resolution_s > SECONDS_MAX {
            return Some(("sla", "nobody is promised anything for a hundred years"));
        }
        None
    }
}

impl BoardConfig {
    /// What cannot work: the key and why.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if self.push_ms < 100 {
            return Some(("board.push_ms", "must be at least 100"));
        }
        if self.forget_s == 0 {
            return Some(("board.forget_s", "must be at least 1"));
        }
        None
    }
}
