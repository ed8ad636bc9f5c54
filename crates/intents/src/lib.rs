//! Intent files: read, check, import; the immutable [`Catalogue`] that everything else reads.
//!
//! Invariant: a [`Catalogue`] is built whole or not at all, never changes, and its
//! [`Catalogue::version`] is a hash of its content. No input, however broken, panics or grows
//! without bound: [`limits`] names every bound.
//!
//! It must not ask what day it is (days come in as arguments), and must not know the model.

mod catalogue;
mod check;
mod edit;
mod fields;
mod import;
mod knowledge;
pub mod limits;
mod load;
mod nearest;
mod node;
mod places;
mod problem;
mod read;
mod schema;
mod version;
mod walk;

pub use catalogue::{
    Action, ActionErrors, Answer, Button, ButtonAction, Catalogue, Confirm, Handoff, Intent,
    KeywordRule, Localized, MatchKind, Phrasing, Role, Slot, SlotType,
};
pub use edit::{Change, EditError, edit, edit_dir};
pub use import::{BadLine, ImportError, Imported, ImportedIntent, import_tsv};
pub use knowledge::{
    KNOWLEDGE_DIR, KNOWLEDGE_PREFIX, Knowledge, KnowledgeEntry, knowledge_csv, knowledge_id,
};
pub use load::{Loaded, check_dir, read_dir};
pub use places::Places;
pub use problem::{CheckError, Problem, Report, Severity, Spot};
pub use schema::schema_json;
