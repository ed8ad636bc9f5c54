//! Text as people type it, brought to one form for matching: see [`normalize`].
//!
//! Invariant: [`normalize`] is idempotent, total over all of Unicode, and bounded in length.
//! Pure: no IO, no clock, no locale. It must not be used for display: what people wrote is shown
//! as they wrote it.

mod class;
mod grams;
mod normalize;
mod simplified;

pub use class::is_han;
pub use grams::{char_ngrams, words};
pub use normalize::{NORMALIZED_CHARS_MAX, normalize};
