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
    /// It cannot hold this change as it is, by a rule of its own that our checks missed. Without
    /// it the others of the batch would succeed.
    #[error("the store rejects the change: {0}")]
    Rejected(String),
    /// What is stored cannot be read. Nothing was changed.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// The device failed. What was written last may or may not be there, and asking again would
    /// give a false yes (a failed fsync drops the pages it could not write): stop.
    #[error("the store failed: {0}")]
    Fatal(String),
}
