//! Intent files: read, check, import; the immutable [`Catalogue`] that everything else reads.
//!
//! Invariant: a [`Catalogue`] is built whole or not at all, never changes, and its
//! [`Catalogue::version`] is a hash of its content. No input, however broken, panics or grows
//! without bound: [`limits`] names every bound.
//!
//! It must not ask what day it is (days come in as arguments), and must not know the model.

mod catalogue;
mod check;
mod fields;
mod import;
pub mod limits;
mod load;
mod nearest;
mod node;
mod problem;
mod read;
mod schema;
mod version;

pub use catalogue::{
    Answer, Button, ButtonAction, Catalogue, Handoff, Intent, KeywordRule, Localized, MatchKind,
    Phrasing, Role, Slot, SlotType,
};
pub use import::{BadLine, ImportError, Imported, ImportedIntent, import_tsv};
pub use load::{Loaded, check_dir, read_dir};
pub use problem::{CheckError, Problem, Report, Severity};
pub use schema::schema_json;
