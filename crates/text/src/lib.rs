//! Text as people type it, brought to one form for matching: see [`normalize`].
//!
//! Invariant: [`normalize`] is idempotent, total over all of Unicode, and bounded in length.
//! Pure: no IO, no clock, no locale. It must not be used for display: what people wrote is shown
//! as they wrote it, and [`Normalized::original`] says where that stands.

mod boundary;
mod class;
mod compose;
mod grams;
mod normalize;
mod piece;
pub mod search;
mod settle;
mod simplified;
mod syllable;

pub use boundary::at_word_boundaries;
pub use class::{is_han, is_word};
pub use grams::{char_ngrams, words};
pub use normalize::{NORMALIZED_CHARS_MAX, Normalized, normalize, normalize_chars};
pub use simplified::simplify;
pub use syllable::syllable;
