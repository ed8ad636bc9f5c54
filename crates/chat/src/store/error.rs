//! How a store fails, by what the core must do about it.

/// A failed call. Nothing of the call's changes is known to be durable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Busy or away; the same call may succeed soon.
    #[error("the store is busy: {0}")]
    Retryable(String),
    /// No space left; reads still work, writes heal when there is space again.
    #[error("the store has no space left: {0}")]
    Full(String),
    /// What is stored cannot be read. Nothing was changed.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The device failed. What was written last may or may not be there, and asking again would
    /// give a false yes (a failed fsync drops the pages it could not write): stop.
    #[error("the store failed: {0}")]
    Fatal(String),
}
