//! The core over this store.

use crate::stores::Kind;

pub const KIND: Kind = Kind::Sqlite;

#[path = "core/mod.rs"]
mod core;
