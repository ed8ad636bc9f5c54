//! The core over this store.

use crate::stores::Kind;

pub const KIND: Kind = Kind::Postgres;

#[path = "core/mod.rs"]
mod core;
