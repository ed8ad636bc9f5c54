//! The numbers that shape the history and the board.

use std::time::Duration;

use jiff::tz::TimeZone;

/// How the history is kept and the board is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRules {
    /// Where a day begins and ends.
    pub zone: TimeZone,
    /// Supervisors' pages are told of a change at most this often.
    pub push_every: Duration,
    /// Events go after this long; zero: never.
    pub keep: Duration,
    /// Events in one page.
    pub page_max: u32,
    /// How often the old ones are looked for.
    pub forget_every: Duration,
    /// How many of a tenant go at a time.
    pub forget_max: u32,
}

impl Default for BoardRules {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            push_every: Duration::from_secs(1),
            keep: Duration::from_secs(400 * 86_400),
            page_max: 1_000,
            forget_every: Duration::from_secs(60),
            forget_max: 5_000,
        }
    }
}
