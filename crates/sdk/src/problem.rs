//! Why something failed.

use kefu_proto::v1;

/// The server's word, or one of the client's own: `offline`, `timeout`, `tls` (the server is not
/// believed), `invalid`, `outbox_full`, `outbox`, `bad_frame`, `overloaded`, `stopped`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Problem {
    /// A stable word for programs (docs/protocol.md).
    pub code: String,
    /// A sentence for people who read logs.
    pub message: String,
    /// When the same may succeed, milliseconds; 0: nobody said.
    pub retry_after_ms: u64,
}

impl Problem {
    /// One of the client's own.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            retry_after_ms: 0,
        }
    }

    /// There is no connection, or it was cut before the answer came.
    #[must_use]
    pub fn offline() -> Self {
        Self::new("offline", "no connection")
    }

    /// No answer came in time.
    #[must_use]
    pub fn timeout() -> Self {
        Self::new("timeout", "no answer in time")
    }

    /// The client was stopped.
    #[must_use]
    pub fn stopped() -> Self {
        Self::new("stopped", "the client was stopped")
    }

    /// The same may succeed later without a change.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let passing = [
            "overloaded",
            "unavailable",
            "rate_limited",
            "offline",
            "timeout",
        ];
        self.retry_after_ms > 0 || passing.contains(&self.code.as_str())
    }
}

impl From<v1::Problem> for Problem {
    fn from(told: v1::Problem) -> Self {
        Self {
            code: told.code,
            message: told.message,
            retry_after_ms: told.retry_after_ms.into(),
        }
    }
}
