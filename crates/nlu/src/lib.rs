//! Understanding: keywords first, then sentence embeddings and neighbours, then one calibrated
//! decision: answer, confirm, or "none of these".
//!
//! Invariants: an [`Engine`] is built whole from one catalogue and never changes; tier two is not
//! touched when tier one decides; no threshold is a constant, each comes from the loaded intents.
//! This crate must not know a socket, a clock or a file system.

mod port;

pub use port::{EmbedError, Embedder, NoVectorCache, VectorCache};
