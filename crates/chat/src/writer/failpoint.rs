//! Places where a test may end the process, to prove what survives.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where in the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A batch is gathered, nothing is written.
    BeforeCommit,
    /// The batch is durable, nobody knows.
    AfterCommit,
    /// Senders know, readers do not.
    AfterAck,
    /// A bug on purpose (docs/adr/0023): senders know, and nothing is ever written.
    AckBeforeCommit,
}

impl Place {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "before_commit" => Some(Self::BeforeCommit),
            "after_commit" => Some(Self::AfterCommit),
            "after_ack" => Some(Self::AfterAck),
            "ack_before_commit" => Some(Self::AckBeforeCommit),
            _ => None,
        }
    }
}

/// Ends the process the n-th time that a batch with messages comes by.
#[derive(Debug)]
pub(crate) struct Failpoint {
    place: Place,
    left: AtomicU64,
}

impl Failpoint {
    /// Reads `place` or `place:n`. `None` when there is none, when it is not understood, or when
    /// this build does not heed failpoints; the last two are logged.
    pub(crate) fn parse(text: Option<&str>) -> Option<Self> {
        // Those of the bot have its name in front.
        let text = text.filter(|text| !text.starts_with("bot_"))?;
        if !cfg!(any(feature = "failpoints", debug_assertions)) {
            tracing::warn!("a failpoint is set, but this build has none");
            return None;
        }
        let (name, count) = text.split_once(':').unwrap_or((text, "1"));
        let (Some(place), Ok(count)) = (Place::parse(name), count.parse()) else {
            tracing::error!(failpoint = text, "no such failpoint");
            return None;
        };
        Some(Self {
            place,
            left: AtomicU64::new(count),
        })
    }

    /// Comes by `place`.
    pub(crate) fn hit(&self, place: Place) {
        if place == self.place && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            tracing::error!(?place, "the failpoint ends this process");
            std::process::abort();
        }
    }

    /// Whether this batch with messages is the one that is acknowledged and not written.
    pub(crate) fn lies(&self) -> bool {
        self.place == Place::AckBeforeCommit && self.left.fetch_sub(1, Ordering::SeqCst) == 1
    }
}
