//! The link's limits.

use std::time::Duration;

/// How a bot keeps in touch with the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSettings {
    /// This bot's name, unique among the bots of a core.
    pub bot_id: String,
    /// Turns worked on at once, at least 1.
    pub turns_max: u32,
    /// The first pause before another try, of a commit or a connection. Doubles every time.
    pub retry_first: Duration,
    /// The longest pause before another connection.
    pub reconnect_max: Duration,
    /// The longest pause before another commit.
    pub commit_retry_max: Duration,
    /// How long turns under way may still take after the link was told to end.
    pub drain: Duration,
    /// For tests: `bot_panic`, `bot_abort` or `bot_out_of_memory`, with `:n` in the n-th turn.
    /// Only heeded in debug builds.
    pub failpoint: Option<String>,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            bot_id: "bot".to_owned(),
            turns_max: 8,
            retry_first: Duration::from_millis(50),
            reconnect_max: Duration::from_secs(5),
            commit_retry_max: Duration::from_millis(500),
            drain: Duration::from_secs(5),
            failpoint: None,
        }
    }
}
