//! The evaluation report: what `kefu intents test --json` writes, what the REST interface gives,
//! and what the page of plots is drawn from.
//!
//! The keys of [`Evaluation`] are on the top level; a newer program reads an older report.

use serde::{Deserialize, Serialize};

use super::Evaluation;
use crate::engine::Settings;
use crate::verdict::Tier;

/// Everything that was measured, and on what. Shares are 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationReport {
    /// The figures in brief.
    #[serde(flatten)]
    pub figures: Evaluation,
    /// The set that was tested.
    pub catalogue: CatalogueSummary,
    /// Where the cases came from.
    pub source: Source,
    /// What the operator wanted of the decision.
    pub settings: Settings,
    /// The least confidence of an answer, as calibrated; in a cross-validation the mean over the
    /// folds. `None` where nothing was calibrated.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// By id; every intent of the catalogue or of the cases.
    pub per_intent: Vec<IntentFigures>,
    /// Most frequent first; at most [`super::CONFUSIONS_MAX`].
    pub confusions: Vec<Confusion>,
    /// What other thresholds would give: 0.00 to 1.00 in steps of 0.01.
    pub curve: Vec<CurvePoint>,
    /// Ten bins of confidence, of the cases that keywords did not decide; empty bins are absent.
    pub reliability: Vec<ReliabilityBin>,
    /// The mean distance of predicted from observed, weighted by cases (expected calibration
    /// error, Naeini et al. 2015).
    #[serde(default)]
    pub calibration_error: Option<f64>,
    /// Worst first; at most [`super::WORST_MAX`].
    pub worst: Vec<WorstError>,
    /// Every case in its order, so that two runs can be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
}

/// The set that was tested.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CatalogueSummary {
    /// Its hash.
    pub version: String,
    /// Intents in it.
    pub intents: usize,
    /// Phrasings in it.
    pub phrasings: usize,
    /// Hash of weights and tokenizer; `None` when there was no model.
    #[serde(default)]
    pub model: Option<String>,
}

/// Where the cases came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A file of cases.
    Cases {
        /// Its name.
        name: String,
    },
    /// The catalogue's own phrasings, each understood by an engine that has not seen it.
    CrossValidation {
        /// Parts; each was held back once.
        folds: usize,
        /// What the parts were drawn with.
        seed: u64,
        /// Phrasings that cannot be held back: the only one of their intent, or word by word its
        /// title.
        skipped: usize,
    },
}

/// How one intent fares. `precision`, `recall` and `f1` are of the first candidate over in-scope
/// cases, as [`Evaluation::macro_f1`] is; the counts below them are of what was decided.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct IntentFigures {
    /// Its id.
    pub intent: String,
    /// Its standard question, Chinese first; empty when the catalogue does not know it.
    #[serde(default)]
    pub title: String,
    /// Phrasings in the catalogue.
    pub phrasings: usize,
    /// Cases that mean it.
    pub n: usize,
    /// Of the cases whose first candidate it was, those that meant it.
    pub precision: Option<f64>,
    /// Of the cases that mean it, those whose first candidate it was.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Cases that mean it and were answered with it.
    pub answered_right: usize,
    /// Cases that mean it and were answered with another.
    pub answered_wrong: usize,
    /// Cases that mean it and were asked back.
    pub asked: usize,
    /// Of those, where it was among the choices.
    pub asked_hit: usize,
    /// Cases that mean it and were refused.
    pub refused: usize,
    /// Cases that mean something else, or nothing, and were answered with it.
    pub stolen: usize,
}

/// Two intents taken for each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// What was meant; [`super::OUT_OF_SCOPE`] for nothing.
    pub expected: String,
    /// The first candidate. Out-of-scope cases count only when they were not refused.
    pub got: String,
    /// Cases.
    pub n: usize,
    /// Of those, answered, which is worse than asked back.
    pub answered: usize,
    /// The likeliest mistaken ones, at most three.
    pub examples: Vec<String>,
}

/// What answering from `threshold` up would give.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Least confidence of an answer.
    pub threshold: f64,
    /// Of all cases, those with that confidence.
    pub coverage: f64,
    /// Of those, the right ones; `None` when there are none.
    pub precision: Option<f64>,
    /// Of the out-of-scope cases, those below it.
    pub oos_refused: Option<f64>,
}

/// Cases of like confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Least confidence.
    pub from: f64,
    /// Confidence below which they are; the last bin includes 1.
    pub to: f64,
    /// Cases.
    pub n: usize,
    /// Mean confidence.
    pub predicted: f64,
    /// Share that was right.
    pub observed: f64,
}

/// What became of a case, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Answered right, or rightly refused.
    Right,
    /// Asked back, with the right intent among the choices.
    AskedRight,
    /// In scope, and refused.
    Refused,
    /// Asked back without the right intent, or about text that is out of scope.
    AskedWrong,
    /// Answered wrong.
    Wrong,
}

/// One case and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// As typed.
    pub text: String,
    /// What was meant.
    pub expected: String,
    /// What became of it.
    pub fate: Fate,
    /// The first candidate, whatever was decided.
    pub got: Option<String>,
    /// Its probability.
    pub probability: f64,
}

/// A mistake: whatever is not [`Fate::Right`] or [`Fate::AskedRight`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstError {
    /// As typed.
    pub text: String,
    /// What was meant.
    pub expected: String,
    /// The first candidate.
    pub got: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// The choices of a question back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// That the first candidate is right, so it was said.
    pub probability: f64,
    /// The probability given to what was meant, when it was among the candidates.
    #[serde(default)]
    pub expected_probability: Option<f64>,
    /// Which tier decided.
    pub tier: Tier,
    /// The keywords that decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}
