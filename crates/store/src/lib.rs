//! SQLite and PostgreSQL behind the chat core's [`Store`](kefu_chat::store::Store) port.
//!
//! What a change becomes is decided by [`kefu_chat::store::Plan`]; this crate answers its questions
//! and writes its rows, hundreds at a time, so both databases decide alike. A call that returns has
//! its rows on a device: WAL with `synchronous = FULL` here, `fsync` and `synchronous_commit` there.
//!
//! Invariants: an existing database is checked before anything is written to it, and one that is
//! damaged, foreign or newer is left untouched; every query names a tenant, but for the few that
//! serve a restart; a text that one database could not hold is refused by both.
//!
//! It must never decide what may happen to a conversation.

mod alerts;
mod assist;
mod contents;
mod endings;
mod error;
mod events;
mod groups;
mod ids;
mod keys;
mod left;
mod missed;
mod nul;
mod postgres;
mod rows;
mod search;
mod sqlite;

pub use error::OpenError;
pub use postgres::{PostgresOptions, PostgresStore};
pub use sqlite::{SqliteOptions, SqliteStore};
