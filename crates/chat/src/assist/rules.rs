//! How much is proposed.

use std::time::Duration;

/// Bounds of what bots propose to agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assist {
    /// Off: no bot is asked.
    pub enabled: bool,
    /// Proposals for one conversation at a time.
    pub proposals_max: u32,
    /// A bot that has not answered by then is not waited for.
    pub patience: Duration,
    /// Asks that one bot has at once.
    pub at_once_max: usize,
    /// Conversations for which proposals are wanted or shown; beyond it there are none.
    pub talks_max: usize,
    /// The newest messages of a visitor that are looked at together.
    pub messages_max: usize,
    /// How often what was proposed is counted in the store. What was taken is, with its message.
    pub flush: Duration,
    /// Intents whose counts wait for that; one more, and they are written at once.
    pub tally_max: usize,
    /// Days of counts that can be read at once.
    pub days_max: u32,
    /// Agents see what a visitor is writing. Visitors are to be told.
    pub preview: bool,
    /// Characters of it.
    pub preview_chars_max: usize,
}

impl Default for Assist {
    fn default() -> Self {
        Self {
            enabled: true,
            proposals_max: 4,
            patience: Duration::from_secs(2),
            at_once_max: 1,
            talks_max: 10_000,
            messages_max: 8,
            flush: Duration::from_secs(10),
            tally_max: 1_000,
            days_max: 92,
            preview: false,
            preview_chars_max: 500,
        }
    }
}
