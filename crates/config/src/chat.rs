//! The chat core: bounds, deadlines, sessions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ChatBounds;

/// The core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChatConfig {
    /// Longest text of one message, in characters.
    pub text_chars_max: usize,
    /// Changes that may wait for the writer; above it, refused with a retry-after.
    pub writer_queue_max: usize,
    /// Changes in one transaction.
    pub writer_batch_max: usize,
    /// How long a stalled store is tried again before its changes are refused.
    pub writer_retry_ms: u64,
    /// Conversations whose heads are kept in memory.
    pub heads_max: u64,
    /// Events that may wait for one edge before it must read the store instead.
    pub link_queue_max: usize,
    /// After this long without the bot's commit the visitor is told to wait.
    pub turn_deadline_ms: u64,
    /// After this long a human is called.
    pub bot_away_ms: u64,
    /// An agent whose workspace is gone this long loses their conversations to the queue.
    pub agent_grace_s: u64,
    /// Wrap-up ends by itself after this long.
    pub wrap_up_s: u64,
    /// A visitor's token lives this long.
    pub visitor_session_days: u32,
    /// A login lives this long.
    pub user_session_hours: u32,
    /// One's own message may be recalled for this long after it was stored.
    pub recall_within_s: u64,
    /// Devices of one person whose places in one conversation are kept; the least recently moved goes.
    pub devices_max: usize,
    /// Failed logins of one name in a row before it must wait.
    pub login_failures_max: u32,
    /// Messages of all people of one tenant per second; twice as many at once are let pass.
    pub tenant_messages_per_second: u32,
    /// New visitors of one tenant per second; twice as many at once are let pass.
    pub tenant_visitors_per_second: u32,
    /// Bounds that are rarely changed.
    pub limits: ChatBounds,
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self {
            text_chars_max: 4_000,
            writer_queue_max: 8_192,
            writer_batch_max: 512,
            writer_retry_ms: 5_000,
            heads_max: 50_000,
            link_queue_max: 4_096,
            turn_deadline_ms: 5_000,
            bot_away_ms: 15_000,
            agent_grace_s: 180,
            wrap_up_s: 60,
            visitor_session_days: 180,
            user_session_hours: 12,
            recall_within_s: 120,
            devices_max: 16,
            login_failures_max: 5,
            tenant_messages_per_second: 50_000,
            tenant_visitors_per_second: 5_000,
            limits: ChatBounds::default(),
        }
    }
}
