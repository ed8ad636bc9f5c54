//! Sensitive words: lists of what people may not say, and what becomes of a message that says it.
//!
//! A [`List`] is built whole or not at all and never changes. It matches over the normal form of
//! `kefu_text`, so that width, case, traditional characters and whatever is put between the
//! characters of a word make no difference, and answers in characters of the text as it was
//! written.
//!
//! Invariants: a masked text has as many characters as before; nothing outside of what is masked
//! changes; what is masked never matches again. No input, however broken, panics or grows without
//! bound: [`limits`] names every bound.
//!
//! Pure but for [`read_dir`], which reads files. It must not know conversations, and what it was
//! asked about reaches no log.

mod dir;
mod judge;
pub mod limits;
mod list;
mod mask;
mod problem;
mod read;
mod schema;

pub use dir::{Read, Side, Words, parse, read_dir};
pub use judge::{Hit, Masked, Verdict};
pub use list::{Action, List};
pub use mask::{MASK, Span, same_apart_from};
pub use problem::{Problem, Report, Severity};
pub use schema::schema_json;
