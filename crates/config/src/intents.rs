//! Intents: how changes are noticed, published and kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hot reload and the history of intents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IntentsConfig {
    /// Whether the system's reports of changed files are used. Without them (some network file
    /// systems have none) the directory is compared every `poll_blind_ms`.
    pub events: bool,
    /// A change is read when the files have been quiet for this long.
    pub settle_ms: u64,
    /// It is read after this long even if they are not quiet, or one is held open for writing.
    pub settle_max_ms: u64,
    /// How often the directory is compared although no change was reported.
    pub poll_ms: u64,
    /// How often it is compared where changes are not reported.
    pub poll_blind_ms: u64,
    /// Threads of low priority that build a set; 0 for one per core.
    pub build_threads: usize,
    /// Versions that are kept. The one that serves always is.
    pub versions_max: u32,
    /// Bytes of all files of one version.
    pub version_bytes_max: u64,
    /// Bytes of one file.
    pub file_bytes_max: u64,
    /// Bytes of one publication through the API, and of the texts in one answer.
    pub publish_bytes_max: usize,
    /// A publication must be built and answered within this.
    pub publish_timeout_s: u64,
    /// After a small change the classifier is patched. When nothing changed for this long, the set is
    /// fitted whole, beside the traffic.
    pub refit_after_s: u64,
    /// Versions that wait for chat to record them while it is away.
    pub records_max: usize,
}

impl Default for IntentsConfig {
    fn default() -> Self {
        Self {
            events: true,
            settle_ms: 100,
            settle_max_ms: 3_000,
            poll_ms: 10_000,
            poll_blind_ms: 1_000,
            build_threads: 0,
            versions_max: 200,
            version_bytes_max: 512 << 20,
            file_bytes_max: 256 << 20,
            publish_bytes_max: 32 << 20,
            publish_timeout_s: 120,
            refit_after_s: 30,
            records_max: 64,
        }
    }
}
