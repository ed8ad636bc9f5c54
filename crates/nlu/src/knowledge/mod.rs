//! Entries of the knowledge base, found by meaning and by letters.
//!
//! A text is looked up among all questions twice: by its vector ([`crate::neighbours`]) and by its
//! n-grams (an inverted index), because embeddings blur what letters keep apart (model numbers, names).
//! What both say of an entry is weighed by the same calibration that weighs intents, learned here from
//! the entries themselves, and then competes with what the intents say.

mod compete;
mod index;
mod postings;
mod trials;
mod vectors;

pub(crate) use compete::compete;
pub use index::KnowledgeIndex;
pub use vectors::remember_vectors;
