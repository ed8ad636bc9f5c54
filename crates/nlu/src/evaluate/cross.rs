//! Cross-validation over a catalogue's own phrasings, through the real pipeline.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kefu_intents::Catalogue;

use super::folds::Folds;
use super::{BATCH, Case, EvaluationReport, Source, Subject, latencies};
use crate::corpus::embed_all;
use crate::engine::{BuildError, Engine, Settings};
use crate::fit::Effort;
use crate::port::{EmbedError, Embedder, VectorCache};
use crate::progress::{Meter, Part, Progress};
use crate::verdict::Verdict;

/// How the phrasings are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrossValidation {
    /// Parts, at least 2.
    pub folds: usize,
    /// What they are drawn with; the same seed gives the same parts.
    pub seed: u64,
}

/// Holds back each part of the phrasings once, builds the whole engine over the rest (keywords,
/// thresholds and all) and asks it for what was held back. `now` is a monotonic clock.
///
/// # Errors
/// When an engine cannot be built or the encoder fails.
#[allow(
    clippy::too_many_arguments,
    reason = "what an engine is built of, the plan, and two ports; each caller has them apart"
)]
pub fn cross_validate(
    catalogue: &Catalogue,
    embedder: Option<Arc<dyn Embedder>>,
    cache: &dyn VectorCache,
    settings: &Settings,
    plan: CrossValidation,
    now: &dyn Fn() -> Duration,
    progress: Progress<'_>,
) -> Result<EvaluationReport, BuildError> {
    let folds = Folds::draw(catalogue, plan.folds, plan.seed);
    let parts = plan.folds.max(2);
    let meter = Meter::new(progress);
    let phrasings = catalogue
        .intents
        .iter()
        .map(|intent| intent.phrasings.len());
    let effort = Effort::of(phrasings.sum()).all;
    let embedding = meter.part(0);
    let building: Vec<Part<'_, '_>> = (0..parts).map(|_| meter.part(effort)).collect();
    let whole = meter.part(effort);
    let judging = meter.part(folds.cases.len() / JUDGED_PER_EMBEDDED);
    let known = match &embedder {
        Some(embedder) => {
            let embedded = |done, all| embedding.report(done, all);
            Some(remember(catalogue, embedder, cache, &embedded)?)
        }
        None => None,
    };
    let build = |fold: usize, part: Part<'_, '_>| {
        let rest = Arc::new(folds.without(catalogue, fold));
        let built = |done, all| part.report(done, all);
        Engine::build(rest, known.clone(), cache, settings, &built)
    };
    let mut verdicts: Vec<Option<Verdict>> = vec![None; folds.cases.len()];
    let mut thresholds = Vec::new();
    let mut done = 0;
    judging.report(0, folds.cases.len() / JUDGED_PER_EMBEDDED);
    for (fold, part) in building.into_iter().enumerate() {
        let engine = build(fold, part)?;
        thresholds.extend(engine.answer_threshold());
        let held: Vec<usize> = (0..folds.cases.len())
            .filter(|&at| folds.fold_of.get(at) == Some(&fold))
            .collect();
        for batch in held.chunks(BATCH) {
            let texts: Vec<&str> = batch
                .iter()
                .map(|&at| folds.cases[at].text.as_str())
                .collect();
            for (&at, verdict) in batch.iter().zip(engine.understand_all(&texts)?) {
                verdicts[at] = Some(verdict);
            }
            done += batch.len();
            let (done, all) = (done, folds.cases.len());
            judging.report(done / JUDGED_PER_EMBEDDED, all / JUDGED_PER_EMBEDDED);
        }
    }
    let verdicts: Vec<Verdict> = verdicts.into_iter().flatten().collect();
    let set = Arc::new(catalogue.clone());
    let built = |done, all| whole.report(done, all);
    let engine = Engine::build(set, embedder.clone(), cache, settings, &built)?;
    let times = times(&engine, &folds.cases, now)?;
    let subject = Subject {
        catalogue,
        model: embedder.as_deref().map(Embedder::model_id),
        settings,
        threshold: mean(&thresholds),
    };
    let source = Source::CrossValidation {
        folds: parts,
        seed: plan.seed,
        skipped: folds.skipped,
    };
    Ok(subject.report(source, &folds.cases, &verdicts, &times))
}

/// Latency of the whole set's engine with the real encoder, asked for phrasings without their
/// last character: texts that are as long as real ones and that no cache knows.
fn times(
    engine: &Engine,
    cases: &[Case],
    now: &dyn Fn() -> Duration,
) -> Result<Vec<f64>, BuildError> {
    let cut = |case: &Case| {
        let mut text = case.text.clone();
        text.pop();
        let intent = case.intent.clone();
        Case { intent, text }
    };
    let cut: Vec<Case> = cases.iter().map(cut).collect();
    Ok(latencies(engine, &cut, now)?)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Cases that are judged in the time in which a text is embedded, about.
const JUDGED_PER_EMBEDDED: usize = 20;

/// The encoder with all phrasings at hand: every part asks for the same texts again.
fn remember(
    catalogue: &Catalogue,
    embedder: &Arc<dyn Embedder>,
    cache: &dyn VectorCache,
    progress: &dyn Fn(usize, usize),
) -> Result<Arc<dyn Embedder>, EmbedError> {
    let phrasings = catalogue.intents.iter().flat_map(|i| &i.phrasings);
    let mut texts: Vec<&str> = phrasings.map(|phrasing| phrasing.text.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    let vectors = embed_all(&texts, embedder.as_ref(), cache, progress)?;
    let known = texts.iter().map(|&text| text.to_owned()).zip(vectors);
    Ok(Arc::new(Remembering {
        known: known.collect(),
        inner: embedder.clone(),
    }))
}

struct Remembering {
    known: HashMap<String, Vec<f32>>,
    inner: Arc<dyn Embedder>,
}

impl Embedder for Remembering {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn model_id(&self) -> &str {
        self.inner.model_id()
    }

    fn knows_word(&self, word: &str) -> bool {
        self.inner.knows_word(word)
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let known = texts.iter().map(|&text| self.known.get(text).cloned());
        match known.collect::<Option<Vec<_>>>() {
            Some(vectors) => Ok(vectors),
            None => self.inner.embed(texts),
        }
    }
}
