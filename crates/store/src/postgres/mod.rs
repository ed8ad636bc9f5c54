//! PostgreSQL behind the chat core's [`Store`](kefu_chat::store::Store) port.
//!
//! One connection writes, a few read. A batch of changes is one transaction of a handful of
//! statements, however many changes it has: rows travel as arrays. Nothing is locked while a batch
//! is decided; the rows that it changes name the version they were read at, and where another core
//! was quicker the batch is decided anew. So several cores may write one database (ADR 15).
//!
//! Invariants: every call ends within the times of [`PostgresOptions`]; a commit whose answer was
//! lost is asked about before anything else is written; a database that is foreign, newer or does
//! not keep what it commits is left untouched.

mod alerts;
mod apply;
mod assist;
mod bulk;
mod canned;
mod catalogue;
mod closing;
mod columns;
mod connect;
mod doubt;
mod error;
mod events;
mod fresh;
mod groups;
mod history;
mod identity;
mod layout;
mod left;
mod lineage;
mod load;
mod marks;
mod media;
mod missed;
mod nodelay;
mod notes;
mod open;
mod options;
mod people;
#[cfg(test)]
mod plans;
mod read;
mod readers;
mod search;
mod tags;
mod writer;

pub(crate) use error::sort;
pub use open::PostgresStore;
pub use options::PostgresOptions;
