//! SQLite behind the chat core's [`Store`](kefu_chat::store::Store) port.
//!
//! One connection writes, a few read. WAL with `synchronous = FULL`: a commit returns when its
//! bytes are on the device. What a change becomes is decided by [`kefu_chat::store::Plan`]; this
//! crate answers its questions and writes its rows, hundreds at a time.
//!
//! Invariants: an existing file is checked before anything is written to it, and one that is
//! damaged, foreign or newer is left untouched; every query names a tenant, but for the few that
//! serve a restart; a failed fsync is reported as fatal and never tried again.
//!
//! It must never decide what may happen to a conversation.

mod apply;
mod bulk;
mod catalogue;
mod error;
#[cfg(test)]
mod full;
mod load;
mod open;
mod people;
mod read;
mod rows;

pub use error::OpenError;
pub use open::{SqliteOptions, SqliteStore};
