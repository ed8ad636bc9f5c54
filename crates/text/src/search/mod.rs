//! Searching: how a text becomes terms that an index can hold, and how a query is matched.
//!
//! Chinese has no spaces, so an index of words would need a dictionary and would miss what is not
//! in it. Terms are made of characters instead: a run of Han characters gives its overlapping
//! pairs and its last character alone, all else gives words. Any substring of a run is then a
//! phrase of neighbouring terms, and a single character is the beginning of one.
//!
//! Documents and queries go through the same [`normalize`](crate::normalize()) and [`terms`].
//! Here is also the definition of a match, [`Query::matches`], to which every index is held, and
//! [`snippet`], which shows one.

mod find;
mod query;
mod snippet;
mod terms;

#[cfg(test)]
mod tests;

pub use query::{Phrase, QUERY_TERMS_MAX, Query};
pub use snippet::{Snippet, snippet};
pub use terms::{Term, WORD_CHARS_MAX, terms};
