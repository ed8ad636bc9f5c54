//! SQLite behind the chat core's [`Store`](kefu_chat::store::Store) port.
//!
//! One connection writes, a transaction at a time on a thread that may wait; another moves the
//! log into the file beside it; a few read. WAL with `synchronous = FULL`: a commit returns when
//! its bytes are on the device.
//!
//! Invariants: a failed fsync is reported as fatal and never tried again; a damaged file is left
//! as it is.

mod alerts;
mod apply;
mod assist;
mod bulk;
mod canned;
mod catalogue;
mod checkpoint;
mod closing;
mod error;
mod events;
#[cfg(test)]
mod full;
mod groups;
mod history;
mod identity;
mod kept;
mod left;
mod lineage;
mod load;
mod media;
mod missed;
#[cfg(test)]
mod moved;
mod notes;
mod open;
mod people;
#[cfg(test)]
mod plans;
mod read;
mod search;
mod tags;

pub(crate) use error::sort;
pub use open::{SqliteOptions, SqliteStore};
