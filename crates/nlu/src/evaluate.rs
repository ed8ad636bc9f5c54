//! How well an engine does on texts whose intents are known.

mod compare;
mod cross;
mod curve;
mod fate;
mod folds;
mod intents;
mod report;

use std::time::Duration;

use kefu_intents::Catalogue;

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Settings};
use crate::metrics::{auroc, macro_f1, percentile};
use crate::port::EmbedError;
use crate::verdict::{Decision, Tier, Verdict};

pub use compare::{Comparison, FigureChange, Flip, IntentChange, compare};
pub use cross::{CrossValidation, cross_validate};
pub use report::{
    CatalogueSummary, Confusion, CurvePoint, EvaluationReport, Fate, IntentFigures, Outcome,
    ReliabilityBin, Source, WorstError,
};

/// The label of texts that no intent covers.
pub const OUT_OF_SCOPE: &str = "oos";

/// Pairs that a report names.
pub const CONFUSIONS_MAX: usize = 500;
/// Errors that a report lists.
pub const WORST_MAX: usize = 200;

/// Texts embedded together.
const BATCH: usize = 32;
/// Texts understood one by one to measure latency.
const TIMED_MAX: usize = 200;

/// A text and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The intent's id, or [`OUT_OF_SCOPE`].
    pub intent: String,
    /// As typed.
    pub text: String,
}

/// The report of `kefu intents test`. Shares are 0 to 1; `None` where nothing was to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Cases.
    pub n: usize,
    /// Of the in-scope cases, those whose first candidate is right, whatever was decided.
    pub accuracy: Option<f64>,
    /// F1 of the first candidate over in-scope cases, averaged over their intents.
    pub macro_f1: Option<f64>,
    /// Of all cases, those answered.
    pub coverage: Option<f64>,
    /// Of the answered cases, those answered right; an out-of-scope one never is.
    pub precision_answered: Option<f64>,
    /// Of all cases, those asked back.
    pub confirm_rate: Option<f64>,
    /// Of the in-scope cases asked back, those whose intent is among the choices.
    pub confirm_hit_rate: Option<f64>,
    /// Of the out-of-scope cases, those that fell back.
    pub oos_recall: Option<f64>,
    /// How well `in_scope` ranks in-scope above out-of-scope cases.
    pub oos_auroc: Option<f64>,
    /// Of up to 200 cases spread over the set, understood one at a time.
    pub latency_ms: Latency,
    /// Cases that each tier decided.
    pub tiers: Tiers,
}

/// Milliseconds from text to verdict.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Numbers of cases; their sum is `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tiers {
    /// Decided by keywords.
    pub keyword: usize,
    /// Decided by the classifier.
    pub embedding: usize,
    /// Not decided.
    pub fallback: usize,
}

/// Runs the whole engine over `cases`. `now` is a monotonic clock; `progress` hears (done, all).
///
/// # Errors
/// When the encoder fails.
pub fn evaluate(
    engine: &Engine,
    cases: &[Case],
    now: &dyn Fn() -> Duration,
    progress: &dyn Fn(usize, usize),
) -> Result<Evaluation, EmbedError> {
    // Before the batches: an encoder that remembers texts would make it look faster than it is.
    let times = latencies(engine, cases, now)?;
    let verdicts = verdicts(engine, cases, progress)?;
    Ok(summarise(cases, &verdicts, &times))
}

/// As [`evaluate`], with everything that the report holds. `name` says where the cases are from.
///
/// # Errors
/// When the encoder fails.
pub fn evaluate_report(
    engine: &Engine,
    cases: &[Case],
    name: &str,
    now: &dyn Fn() -> Duration,
    progress: &dyn Fn(usize, usize),
) -> Result<EvaluationReport, EmbedError> {
    let times = latencies(engine, cases, now)?;
    let verdicts = verdicts(engine, cases, progress)?;
    let subject = Subject {
        catalogue: engine.catalogue(),
        model: engine.model_id(),
        settings: engine.settings(),
        threshold: engine.answer_threshold(),
    };
    let name = name.to_owned();
    Ok(subject.report(Source::Cases { name }, cases, &verdicts, &times))
}

/// What was tested.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The set.
    pub catalogue: &'a Catalogue,
    /// The model's id, when there is one.
    pub model: Option<&'a str>,
    /// What the operator wanted.
    pub settings: &'a Settings,
    /// The calibrated threshold of answering.
    pub threshold: Option<f64>,
}

impl Subject<'_> {
    /// The report over given verdicts, one per case in their order; `times` in milliseconds.
    #[must_use]
    pub fn report(
        &self,
        source: Source,
        cases: &[Case],
        verdicts: &[Verdict],
        times: &[f64],
    ) -> EvaluationReport {
        let judged: Vec<(&Case, &Verdict)> = cases.iter().zip(verdicts).collect();
        let intents = &self.catalogue.intents;
        let reliability = curve::reliability(&judged);
        EvaluationReport {
            figures: summarise(cases, verdicts, times),
            catalogue: CatalogueSummary {
                version: self.catalogue.version.clone(),
                intents: intents.len(),
                phrasings: intents.iter().map(|intent| intent.phrasings.len()).sum(),
                model: self.model.map(str::to_owned),
            },
            source,
            settings: self.settings.clone(),
            threshold: self.threshold,
            per_intent: intents::figures(self.catalogue, &judged),
            confusions: intents::confusions(&judged),
            curve: curve::curve(&judged),
            calibration_error: curve::calibration_error(&reliability),
            reliability,
            worst: fate::worst(&judged),
            outcomes: fate::outcomes(&judged),
        }
    }
}

/// The verdict on each case, the encoder fed in batches.
///
/// # Errors
/// When the encoder fails.
pub fn verdicts(
    engine: &Engine,
    cases: &[Case],
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<Verdict>, EmbedError> {
    let mut verdicts = Vec::with_capacity(cases.len());
    for batch in cases.chunks(BATCH) {
        let texts: Vec<&str> = batch.iter().map(|case| case.text.as_str()).collect();
        verdicts.extend(engine.understand_all(&texts)?);
        progress(verdicts.len(), cases.len());
    }
    Ok(verdicts)
}

fn latencies(
    engine: &Engine,
    cases: &[Case],
    now: &dyn Fn() -> Duration,
) -> Result<Vec<f64>, EmbedError> {
    let step = cases.len().div_ceil(TIMED_MAX).max(1);
    // The first text pays for cold caches of the processor, which no visitor's does.
    if let Some(first) = cases.first() {
        engine.understand(&first.text, None)?;
    }
    let timed = cases
        .iter()
        .skip(usize::from(cases.len() > 1))
        .step_by(step)
        .map(|case| {
            let start = now();
            engine.understand(&case.text, None)?;
            Ok(now().saturating_sub(start).as_secs_f64() * 1e3)
        });
    timed.collect()
}

/// The measures of given verdicts, one per case in their order; `times` in milliseconds.
#[must_use]
pub fn summarise(cases: &[Case], verdicts: &[Verdict], times: &[f64]) -> Evaluation {
    let judged: Vec<(&Case, &Verdict)> = cases.iter().zip(verdicts).collect();
    let (outside, inside): (Vec<_>, Vec<_>) = judged
        .iter()
        .copied()
        .partition(|(case, _)| case.intent == OUT_OF_SCOPE);
    let first_right = |(case, v): &(&Case, &Verdict)| v.top() == Some(case.intent.as_str());
    let answered = |(case, v): &(&Case, &Verdict)| match &v.decision {
        Decision::Answer(intent) => Some(*intent == case.intent && case.intent != OUT_OF_SCOPE),
        _ => None,
    };
    let asked = |(case, v): &(&Case, &Verdict)| match &v.decision {
        Decision::Confirm(choices) => Some(choices.contains(&case.intent)),
        _ => None,
    };
    let fell_back = |(_, v): &(&Case, &Verdict)| v.decision == Decision::Fallback;
    let scores = |of: &[(&Case, &Verdict)]| of.iter().map(|(_, v)| v.in_scope).collect::<Vec<_>>();
    let tier = |tier: Tier| verdicts.iter().filter(|v| v.tier == tier).count();
    let pairs = inside
        .iter()
        .map(|(case, v)| (case.intent.as_str(), v.top()));
    Evaluation {
        n: judged.len(),
        accuracy: share(inside.iter().map(first_right)),
        macro_f1: (!inside.is_empty()).then(|| macro_f1(pairs)),
        coverage: share(judged.iter().map(|j| answered(j).is_some())),
        precision_answered: share(judged.iter().filter_map(answered)),
        confirm_rate: share(judged.iter().map(|j| asked(j).is_some())),
        confirm_hit_rate: share(inside.iter().filter_map(asked)),
        oos_recall: share(outside.iter().map(fell_back)),
        oos_auroc: auroc(&scores(&inside), &scores(&outside)),
        latency_ms: Latency {
            p50: percentile(times, 0.5),
            p99: percentile(times, 0.99),
        },
        tiers: Tiers {
            keyword: tier(Tier::Keyword),
            embedding: tier(Tier::Embedding),
            fallback: tier(Tier::Fallback),
        },
    }
}

/// The share of `true`; `None` of nothing.
fn share(of: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut all, mut yes) = (0usize, 0usize);
    for one in of {
        all += 1;
        yes += usize::from(one);
    }
    (all > 0).then(|| yes as f64 / all as f64)
}

#[cfg(test)]
mod tests;
