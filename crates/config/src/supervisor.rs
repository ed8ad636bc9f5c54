//! What `kefu serve` does with its roles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Restarts and drain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SupervisorConfig {
    /// First wait before a dead role is started again; doubles with every death.
    pub backoff_min_ms: u64,
    /// Longest wait between two starts.
    pub backoff_max_ms: u64,
    /// A role that lived this long starts again with the first wait.
    pub healthy_after_s: u64,
    /// Deaths without a healthy life in between, after which edge and chat end the service and
    /// the bot rests for `bot_rest_s`.
    pub deaths_max: u32,
    /// How long a bot that keeps dying is left alone. People serve meanwhile.
    pub bot_rest_s: u64,
    /// How long a role may take to finish what it has begun on SIGTERM.
    pub drain_s: u64,
    /// How long all roles may take to be ready at the first start.
    pub ready_s: u64,
}

impl Default for SupervisorConfig {
    fn default() -> Self {
        Self {
            backoff_min_ms: 100,
            backoff_max_ms: 10_000,
            healthy_after_s: 30,
            deaths_max: 10,
            bot_rest_s: 60,
            drain_s: 10,
            ready_s: 120,
        }
    }
}
