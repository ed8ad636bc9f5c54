//! What agents share around a conversation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bounds of notes, of who is told to look at a conversation, and of canned replies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TeamworkConfig {
    /// Characters of one note.
    pub note_chars_max: usize,
    /// Colleagues whom one note mentions.
    pub note_mentions_max: usize,
    /// Notes on one conversation.
    pub notes_max: u64,
    /// Unread mentions that are listed.
    pub mentions_max: u32,
    /// Users of the workspace who are told to look at one conversation.
    pub viewers_max: usize,
    /// Characters of each text of a canned reply.
    pub canned_chars_max: usize,
    /// Shared canned replies of one tenant.
    pub canned_shared_max: u64,
    /// One agent's own canned replies.
    pub canned_own_max: u64,
    /// Tags of one conversation.
    pub tags_max: usize,
    /// Characters of one tag.
    pub tag_chars_max: usize,
    /// Tags that are proposed to complete one.
    pub tag_names_max: u32,
}

impl Default for TeamworkConfig {
    fn default() -> Self {
        Self {
            note_chars_max: 2_000,
            note_mentions_max: 16,
            notes_max: 1_000,
            mentions_max: 100,
            viewers_max: 16,
            canned_chars_max: 1_000,
            canned_shared_max: 300,
            canned_own_max: 100,
            tags_max: 20,
            tag_chars_max: 24,
            tag_names_max: 20,
        }
    }
}
