//! Texts as the engine will meet them: seen by no model that judges them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::corpus::{Corpus, Sample};
use crate::fit::{Fitting, fills_all_threads};
use crate::mix::mix;
use crate::model::{Candidate, Model};

/// A fifth of the texts, or of the intents, is kept from each model.
const FOLDS: usize = 5;
/// Judged texts that are enough; large sets stop after fewer folds.
const TRIALS_ENOUGH: usize = 2_000;
/// Whole intents differ more than texts do: at least two in five are hidden once.
const HIDING_FOLDS_MIN: usize = 2;
/// Judged texts per fold whose intent was hidden.
const HIDDEN_MAX: usize = 1_000;

/// A text, the candidates a model named for it, and the right one's place among them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trial {
    pub candidates: Vec<Candidate>,
    /// `None` when the right intent is not among the candidates.
    pub right: Option<usize>,
}

/// What cross-validation brought.
#[derive(Debug, Default)]
pub(crate) struct Trials {
    /// Texts kept from models that know all intents.
    pub seen: Vec<Trial>,
    /// Texts kept from models that know four in five intents, theirs among them.
    pub inside: Vec<Trial>,
    /// Texts whose intent the model does not know.
    pub outside: Vec<Trial>,
}

/// The folds of so many texts, and whether intents are hidden in each.
fn jobs(count: usize) -> Vec<(usize, bool)> {
    let folds = (FOLDS * TRIALS_ENOUGH)
        .div_ceil(count.max(1))
        .clamp(1, FOLDS);
    let showing = (0..folds).map(|fold| (fold, false));
    let hiding = (0..folds.max(HIDING_FOLDS_MIN)).map(|fold| (fold, true));
    showing.chain(hiding).collect()
}

/// Models that are fitted for so many texts: one of all, and one for each fold.
pub(crate) fn fits(count: usize) -> usize {
    1 + jobs(count).len()
}

/// Fits the folds on all threads of the current rayon pool and judges what each was not shown.
pub(crate) fn cross_validate(corpus: &Corpus, fitting: &Fitting<'_>) -> Trials {
    let text_folds = text_folds(corpus);
    let intent_folds = intent_folds(corpus);
    let job = |(fold, hides): (usize, bool)| {
        let hidden = |row: usize| hides && intent_folds[&corpus.samples[row].intent] == fold;
        let tick = || fitting.tick();
        let judged = judge_fold(
            corpus,
            &|row| text_folds[row] == fold,
            &hidden,
            hides,
            &tick,
        );
        fitting.fitted();
        judged
    };
    let jobs = jobs(corpus.samples.len());
    let done: Vec<Trials> = if fills_all_threads(corpus) {
        jobs.into_iter().map(job).collect()
    } else {
        jobs.into_par_iter().map(job).collect()
    };
    let mut all = Trials::default();
    for part in done {
        all.seen.extend(part.seen);
        all.inside.extend(part.inside);
        all.outside.extend(part.outside);
    }
    all
}

fn judge_fold(
    corpus: &Corpus,
    kept: &dyn Fn(usize) -> bool,
    hidden: &dyn Fn(usize) -> bool,
    hides: bool,
    tick: &dyn Fn(),
) -> Trials {
    let mut trials = Trials::default();
    let all = 0..corpus.samples.len();
    let shown: Vec<usize> = all
        .clone()
        .filter(|&row| !kept(row) && !hidden(row))
        .collect();
    if shown.is_empty() {
        return trials;
    }
    let model = Model::fit(corpus, &shown, tick);
    let unknown: Vec<usize> = all.clone().filter(|&row| hidden(row)).collect();
    let step = unknown.len().div_ceil(HIDDEN_MAX).max(1);
    let judged = |row: usize| (row, trial(corpus, &model, row));
    let unknown: Vec<usize> = unknown.into_iter().step_by(step).collect();
    let outside: Vec<_> = unknown.into_par_iter().map(judged).collect();
    trials.outside = outside.into_iter().map(|(_, trial)| trial).collect();
    let kept: Vec<usize> = all.filter(|&row| kept(row) && !hidden(row)).collect();
    let kept: Vec<(usize, Trial)> = kept.into_par_iter().map(judged).collect();
    for (row, judged) in kept {
        if !model.knows(corpus.samples[row].intent) {
            // The only phrasing of its intent: without it the intent is not known.
            trials.outside.push(judged);
        } else if hides {
            trials.inside.push(judged);
        } else {
            trials.seen.push(judged);
        }
    }
    trials
}

pub(crate) fn trial(corpus: &Corpus, model: &Model, row: usize) -> Trial {
    judge(model, &corpus.samples[row], corpus.vector(row))
}

/// What the model says of a sample with this vector.
pub(crate) fn judge(model: &Model, sample: &Sample, vector: &[f32]) -> Trial {
    let query = model.query(vector, &sample.normal, sample.lang);
    let candidates = model.candidates(&query);
    let right = candidates.iter().position(|c| c.intent == sample.intent);
    Trial { candidates, right }
}

/// The fold of each sample: every intent's samples spread evenly, in an order that does not
/// follow the file's.
fn text_folds(corpus: &Corpus) -> Vec<usize> {
    let mut of_intent = BTreeMap::<u32, Vec<usize>>::new();
    for (row, sample) in corpus.samples.iter().enumerate() {
        of_intent.entry(sample.intent).or_default().push(row);
    }
    let mut folds = vec![0; corpus.samples.len()];
    let mut next = 0;
    for mut rows in of_intent.into_values() {
        rows.sort_by_key(|&row| (mix(row as u64), row));
        for row in rows {
            folds[row] = next % FOLDS;
            next += 1;
        }
    }
    folds
}

/// The fold in which each intent is hidden.
fn intent_folds(corpus: &Corpus) -> BTreeMap<u32, usize> {
    let mut intents: Vec<u32> = corpus.samples.iter().map(|sample| sample.intent).collect();
    intents.dedup();
    intents.sort_by_key(|&intent| (mix(u64::from(intent)), intent));
    intents
        .into_iter()
        .enumerate()
        .map(|(at, intent)| (intent, at % FOLDS))
        .collect()
}
