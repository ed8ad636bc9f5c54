//! Sensitive words.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lists of what people may not say (docs/words.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WordsConfig {
    /// The directory of `visitors.yaml` and `agents.yaml`. Without it, or without them, everything may
    /// be said.
    pub dir: PathBuf,
    /// How often the files are looked at.
    pub poll_ms: u64,
    /// A change is read when the files have been quiet for this long.
    pub settle_ms: u64,
}

impl Default for WordsConfig {
    fn default() -> Self {
        Self {
            dir: "words".into(),
            poll_ms: 1_000,
            settle_ms: 100,
        }
    }
}
