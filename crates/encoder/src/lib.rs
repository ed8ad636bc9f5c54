//! Sentence embeddings on the CPU: any BERT in Hugging Face layout, fast and small in memory.
//!
//! Invariants: a text's vector depends on the text, the model and the options alone, never on what
//! was computed beside it, on the number of threads or (packed arithmetic) on the processor; the
//! word-embedding table is never in memory as a whole; a damaged model is an error that says what mends it.
//!
//! This crate must not know intents, conversations or a socket, and must not write texts to logs.

mod backend;
mod config;
mod encoder;
mod error;
mod manifest;
mod middle;
mod options;
mod packed;
mod queue;
mod recent;
mod reference;
pub mod tiny;
mod tokenize;
mod weights;

pub use encoder::Encoder;
pub use error::LoadError;
pub use options::{BackendKind, ModelOptions, Pooling};
pub use queue::{Queue, QueueOptions, Ticket};
