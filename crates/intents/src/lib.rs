//! Intent files: read, check, import; the immutable [`Catalogue`] that everything else reads.
//!
//! Invariant: a [`Catalogue`] is built whole or not at all, never changes, and its
//! [`Catalogue::version`] is a hash of its content.

mod catalogue;

pub use catalogue::{
    Answer, Button, ButtonAction, Catalogue, Handoff, Intent, KeywordRule, Localized, MatchKind,
    Phrasing, Role, Slot, SlotType,
};
