//! Understanding: keywords first, then sentence embeddings and neighbours, then one calibrated
//! decision: answer, confirm, or "none of these".
//!
//! Invariants: an [`Engine`] is built whole from one catalogue and never changes; tier two is not
//! touched when tier one decides; no threshold is a constant, each comes from the loaded intents.
//! This crate must not know a socket, a clock or a file system.

mod background;
mod calibrate;
mod corpus;
mod decide;
mod dense;
mod doubts;
mod engine;
mod evaluate;
mod explain;
mod fit;
mod head;
mod keyword;
mod knowledge;
mod lexicon;
mod metrics;
mod mix;
mod model;
mod neighbours;
mod port;
mod progress;
mod rebuild;
mod spelling;
mod variants;
mod verdict;

pub use doubts::doubts;
pub use engine::{BuildError, Engine, Settings};
pub use evaluate::{
    CONFUSIONS_MAX, Case, CatalogueSummary, Comparison, Confusion, CrossValidation, CurvePoint,
    Evaluation, EvaluationReport, Fate, FigureChange, Flip, IntentChange, IntentFigures, Latency,
    OUT_OF_SCOPE, Outcome, ReliabilityBin, Source, Subject, Tiers, WORST_MAX, WorstError, compare,
    cross_validate, evaluate, evaluate_report, summarise, verdicts,
};
pub use explain::{CandidateExplanation, Explanation, NearPhrasing, Reason, Signals, Thresholds};
pub use keyword::{
    FoundKeyword, KeywordError, KeywordHit, KeywordList, KeywordMatch, KeywordTier,
    RuleExplanation, RuleOutcome,
};
pub use knowledge::{KnowledgeIndex, remember_vectors};
pub use metrics::{auroc, macro_f1, percentile};
pub use neighbours::{Neighbours, RECALL_MIN};
pub use port::{EmbedError, Embedder, NoVectorCache, VectorCache};
pub use progress::Progress;
pub use verdict::{Decision, Scored, Tier, Verdict};
