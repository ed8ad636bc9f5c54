//! What can go wrong, in the words of `Problem.code`.

use std::time::Duration;

use kefu_proto::v1::Problem;

use crate::{
    identity::IdentityProblem,
    store::{StoreError, Unfit},
};

/// A refusal: what happened and, when trying again can help, when.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// The request itself is wrong; the text says how.
    #[error("{0}")]
    Invalid(String),
    /// Too much in one request.
    #[error("{0}")]
    TooLarge(String),
    /// No session, or one that ended.
    #[error("there is no such session, or it has ended: log in again")]
    Unauthenticated,
    /// The login and the password do not belong together.
    #[error("unknown login or wrong password")]
    WrongPassword,
    /// The token with which a business names its visitor is not believed.
    #[error(transparent)]
    Identity(#[from] IdentityProblem),
    /// This person may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is no such thing, or it belongs to somebody else.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Somebody else was first, or the same client id came with another body.
    #[error("{0}")]
    Conflict(String),
    /// It says what may not be said here. Which words, the refusal keeps to itself.
    #[error("the message holds words that may not be sent here")]
    Blocked,
    /// The conversation is over.
    #[error("{0}")]
    Closed(&'static str),
    /// A bounded queue is full.
    #[error("{what} is full: {limit}")]
    Overloaded {
        /// Which queue.
        what: &'static str,
        /// The setting that bounds it.
        limit: &'static str,
        /// When to try again.
        retry_after: Duration,
    },
    /// The store does not answer, or the core is stopping.
    #[error("{message}")]
    Unavailable {
        /// What is missing.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// Too often.
    #[error("{message}")]
    RateLimited {
        /// What came too often.
        message: &'static str,
        /// When to try again.
        retry_after: Duration,
    },
}

impl CoreError {
    /// The stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::TooLarge(_) => "too_large",
            Self::Unauthenticated | Self::WrongPassword => "unauthenticated",
            Self::Identity(problem) => problem.code(),
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Blocked => "blocked",
            Self::Closed(_) => "closed",
            Self::Overloaded { .. } => "overloaded",
            Self::Unavailable { .. } => "unavailable",
            Self::RateLimited { .. } => "rate_limited",
        }
    }

    /// Milliseconds until a retry can help; 0 when it cannot.
    #[must_use]
    pub fn retry_after_ms(&self) -> u32 {
        match self {
            Self::Overloaded { retry_after, .. }
            | Self::Unavailable { retry_after, .. }
            | Self::RateLimited { retry_after, .. } => u32::try_from(retry_after.as_millis())
                .unwrap_or(u32::MAX)
                .max(1),
            _ => 0,
        }
    }

    /// The refusal as it crosses the wire.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            code: self.code().to_owned(),
            message: self.to_string(),
            retry_after_ms: self.retry_after_ms(),
        }
    }
}

impl From<Unfit> for CoreError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NoMessage | Unfit::Kind | Unfit::Media | Unfit::Beyond | Unfit::Backwards => {
                Self::Invalid(unfit.to_string())
            }
            Unfit::Recalled | Unfit::LeftMoved | Unfit::LeftFull => {
                Self::Conflict(unfit.to_string())
            }
            Unfit::Foreign => Self::Forbidden("only one's own messages can be recalled"),
            Unfit::Late => Self::Forbidden("the message is too old to be recalled"),
        }
    }
}

impl From<StoreError> for CoreError {
    /// Details stay in the log: they may name files, and visitors read refusals.
    fn from(error: StoreError) -> Self {
        if !matches!(error, StoreError::Retryable(_)) {
            tracing::error!(%error, "the store refused");
        }
        Self::Unavailable {
            message: "the store does not answer".to_owned(),
            retry_after: Duration::from_secs(1),
        }
    }
}
