//! The limits of reloading.

use std::{path::PathBuf, time::Duration};

use jiff::tz::TimeZone;

/// How intents are watched, published and recorded.
#[derive(Debug, Clone)]
pub struct ReloadSettings {
    /// The working copy.
    pub dir: PathBuf,
    /// Where plans and drafts of publications lie; made when needed.
    pub work_dir: PathBuf,
    /// The tenant whose intents these are; empty for the only one.
    pub tenant: String,
    /// Whose day begins and ends the validity of intents.
    pub time_zone: TimeZone,
    /// A change is read when the directory has been quiet for this long …
    pub settle: Duration,
    /// … or has not been quiet for this long, or when a file is held open for writing that long.
    pub settle_max: Duration,
    /// How often the directory is compared without a sign of change, where changes are reported …
    pub poll: Duration,
    /// … and where they are not (some network file systems).
    pub poll_blind: Duration,
    /// Requests that wait for the one task that changes intents.
    pub requests_max: usize,
    /// Problems kept for people; the rest is counted.
    pub problems_max: usize,
    /// Files that one publication may touch.
    pub edits_max: usize,
    /// Bytes of all texts of one publication.
    pub edits_bytes_max: usize,
    /// Versions that wait for chat to record them; above it the oldest that waits is given up.
    pub records_max: usize,
    /// The first and the longest pause before chat is asked again.
    pub record_retry: Duration,
    /// See [`ReloadSettings::record_retry`].
    pub record_retry_max: Duration,
    /// How long a publication waits for its number before it is answered without one.
    pub record_wait: Duration,
    /// After a small change the classifier is patched; when nothing changed for this long, the same set
    /// is fitted whole, beside the traffic.
    pub refit_after: Duration,
    /// Whether the system reports changes of files here; `false` only looks now and then.
    pub events: bool,
}

impl Default for ReloadSettings {
    fn default() -> Self {
        Self {
            dir: "intents".into(),
            work_dir: std::env::temp_dir().join("kefu-intents"),
            tenant: String::new(),
            time_zone: TimeZone::fixed(jiff::tz::offset(8)),
            settle: Duration::from_millis(100),
            settle_max: Duration::from_secs(3),
            poll: Duration::from_secs(10),
            poll_blind: Duration::from_secs(1),
            requests_max: 8,
            problems_max: 1_000,
            edits_max: 10_000,
            edits_bytes_max: 32 << 20,
            records_max: 64,
            record_retry: Duration::from_millis(100),
            record_retry_max: Duration::from_secs(5),
            record_wait: Duration::from_secs(3),
            refit_after: Duration::from_secs(30),
            events: true,
        }
    }
}
