//! Understanding: keywords first, then sentence embeddings and neighbours, then one calibrated
//! decision: answer, confirm, or "none of these".
//!
//! Invariants: an [`Engine`] is built whole from one catalogue and never changes; tier two is not
//! touched when tier one decides; no threshold is a constant, each comes from the loaded intents.
//! This crate must not know a socket, a clock or a file system.

mod background;
mod calibrate;
mod corpus;
mod dense;
mod engine;
mod evaluate;
mod head;
mod keyword;
mod lexicon;
mod metrics;
mod model;
mod port;
mod variants;
mod verdict;

pub use engine::{BuildError, Engine, Settings};
pub use evaluate::{Case, Evaluation, Latency, OUT_OF_SCOPE, Tiers, evaluate, summarise, verdicts};
pub use keyword::{KeywordError, KeywordHit, KeywordTier};
pub use metrics::{auroc, macro_f1, percentile};
pub use port::{EmbedError, Embedder, NoVectorCache, VectorCache};
pub use verdict::{Decision, Scored, Tier, Verdict};
