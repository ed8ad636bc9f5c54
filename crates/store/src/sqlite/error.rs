//! From SQLite's result codes to what the core must do.

use kefu_chat::store::StoreError;
use sqlx::error::DatabaseError as _;
use sqlx::sqlite::SqliteError;

/// Primary result codes, <https://sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const TOOBIG: i32 = 18;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const MISMATCH: i32 = 20;
    pub(super) const NOTADB: i32 = 26;
    /// The WAL index could not grow: the disk is full.
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
}

pub(crate) fn result_code(error: &sqlx::Error) -> Option<i32> {
    let error = error
        .as_database_error()?
        .try_downcast_ref::<SqliteError>()?;
    error.code()?.parse().ok()
}

/// Sorts an error by what the core must do about it.
pub(crate) fn sort(error: sqlx::Error) -> StoreError {
    match result_code(&error) {
        Some(found) => by_code(found, error.to_string()),
        None => without_code(&error),
    }
}

/// As [`sort`], for the connection that writes.
pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error() {
        Some(found) => by_code(found.extended_code, text),
        None => match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => StoreError::Corrupt(text),
            _ => StoreError::Fatal(text),
        },
    }
}

fn by_code(found: i32, text: String) -> StoreError {
    match (found & 0xff, found) {
        (code::BUSY | code::LOCKED, _) => StoreError::Retryable(text),
        (code::FULL, _) | (_, code::IOERR_SHMSIZE) => StoreError::Full(text),
        (code::CORRUPT | code::NOTADB, _) => StoreError::Corrupt(text),
        (code::IOERR, _) => StoreError::Fatal(text),
        (code::TOOBIG | code::CONSTRAINT | code::MISMATCH, _) => StoreError::Rejected(text),
        // Anything else (a missing table, misuse) is a fault of ours: going on could hide it.
        _ => StoreError::Fatal(text),
    }
}

fn without_code(error: &sqlx::Error) -> StoreError {
    let text = error.to_string();
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Retryable(text),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => StoreError::Corrupt(text),
        _ => StoreError::Fatal(text),
    }
}

pub(crate) fn is_corrupt(error: &sqlx::Error) -> bool {
    result_code(error).is_some_and(|found| matches!(found & 0xff, code::CORRUPT | code::NOTADB))
}
