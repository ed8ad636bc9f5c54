//! Searching what was said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Search in the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchConfig {
    /// Indexes messages and answers searches. Switched off, the index is emptied at the next start;
    /// switched on, older messages are indexed in the background.
    pub enabled: bool,
    /// Characters of a query.
    pub query_chars_max: usize,
    /// Hits in one page.
    pub page_max: u32,
    /// Characters of a message that a hit shows.
    pub snippet_chars_max: usize,
    /// Searches at the same time; one more waits a moment, then it is refused with a retry-after.
    pub at_once_max: usize,
    /// Older messages in one transaction while they are being indexed.
    pub catch_up_messages_max: u32,
    /// Pause between two such transactions.
    pub catch_up_pause_ms: u64,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            query_chars_max: 200,
            page_max: 50,
            snippet_chars_max: 120,
            at_once_max: 2,
            catch_up_messages_max: 200,
            catch_up_pause_ms: 50,
        }
    }
}
