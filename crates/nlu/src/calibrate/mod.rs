//! From scores to probabilities to thresholds, all learned from the loaded intents.

mod bands;
mod choice;
mod folds;
mod nonneg;
mod scope;

pub(crate) use bands::{Bands, Judged};

use crate::corpus::Corpus;
use crate::engine::Settings;
use crate::model::{Candidate, Model};
use choice::Choice;
pub(crate) use folds::{Trial, Trials, cross_validate, fits};
use scope::{Best, Scope};

/// With fewer unseen texts than this, phrasings asked word by word stand in for the rest.
const INSIDE_MIN: usize = 20;

/// A further choice is not worth reading once the others hold the right one this surely.
const CHOICES_ENOUGH: f64 = 0.98;

/// How candidates become probabilities, and probabilities a decision.
#[derive(Debug, Clone)]
pub(crate) struct Calibration {
    choice: Choice,
    scope: Scope,
    bands: Bands,
    /// ln of (in scope : out of scope) in the traffic.
    prior_log_odds: f64,
}

/// The candidates of one text with their probabilities.
#[derive(Debug, Clone)]
pub(crate) struct Weighed {
    /// (intent, probability), best first; the sum is `in_scope`.
    pub candidates: Vec<(u32, f64)>,
    pub in_scope: f64,
}

impl Calibration {
    /// From the corpus's cross-validation; `model` is the one fitted on all of it.
    pub fn fit(corpus: &Corpus, model: &Model, mut trials: Trials, settings: &Settings) -> Self {
        let shortened = corpus.variants.iter();
        trials
            .inside
            .extend(shortened.map(|(sample, vector)| folds::judge(model, sample, vector)));
        let exact = exact(corpus, model);
        let background = background(corpus, model);
        Self::learn(&trials, &exact, &background, settings)
    }

    /// From texts that were judged: `trials`, phrasings asked word by word, and sentences from far
    /// away.
    pub fn learn(
        trials: &Trials,
        exact: &[Trial],
        background: &[Trial],
        settings: &Settings,
    ) -> Self {
        let known: Vec<(&[Candidate], usize)> = (trials.seen.iter())
            .filter_map(|trial| Some((trial.candidates.as_slice(), trial.right?)))
            .collect();
        let choice = Choice::fit(&known);
        let mut inside: Vec<&Trial> = trials.inside.iter().collect();
        if inside.len() < INSIDE_MIN {
            inside.extend(exact);
        }
        let outside: Vec<&Trial> = trials.outside.iter().chain(background).collect();
        let best = |trials: &[&'_ Trial]| -> Vec<(Candidate, f64)> {
            trials
                .iter()
                .filter_map(|trial| first(&choice, &trial.candidates))
                .collect()
        };
        let (inside, beyond) = (best(&inside), best(&outside));
        let scope = Scope::fit(&bests(&inside), &bests(&beyond));
        let share = settings.out_of_scope_share.clamp(1e-3, 1.0 - 1e-3);
        let prior_log_odds = ((1.0 - share) / share).ln();
        let bands = Bands {
            answer: 1.0,
            confirm: 1.0,
            in_scope: 0.0,
        };
        let mut fitted = Self {
            choice,
            scope,
            bands,
            prior_log_odds,
        };
        let judge = |trial: &Trial| fitted.judged(trial, settings.confirm_choices);
        let seen: Vec<Judged> = trials.seen.iter().map(judge).collect();
        let outside: Vec<Judged> = outside.into_iter().map(judge).collect();
        let exact: Vec<f64> = exact.iter().map(|trial| judge(trial).confidence).collect();
        fitted.bands = Bands::fit(settings, &seen, &outside, &exact);
        fitted
    }

    /// The probabilities of candidates that a model named.
    pub fn weigh(&self, candidates: &[Candidate]) -> Weighed {
        let probabilities = self.choice.probabilities(candidates);
        let Some((best, probability)) = first(&self.choice, candidates) else {
            return Weighed {
                candidates: Vec::new(),
                in_scope: 0.0,
            };
        };
        let odds = self.scope.log_odds(Best {
            candidate: &best,
            probability,
        });
        let in_scope = 1.0 / (1.0 + (-(odds + self.prior_log_odds)).exp());
        let mut weighed: Vec<(u32, f64)> = (candidates.iter().zip(probabilities))
            .map(|(candidate, p)| (candidate.intent, p * in_scope))
            .collect();
        weighed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Weighed {
            candidates: weighed,
            in_scope,
        }
    }

    pub fn bands(&self) -> Bands {
        self.bands
    }

    /// How many of the candidates are worth asking: as many as make it likely enough that the
    /// right one is among them, at most `most`.
    pub fn choices(weighed: &Weighed, most: usize) -> usize {
        let enough = CHOICES_ENOUGH * weighed.in_scope;
        let mut sum = 0.0;
        let mut short = |&(_, p): &(u32, f64)| {
            let open = sum < enough;
            sum += p;
            open
        };
        weighed
            .candidates
            .iter()
            .take(most)
            .copied()
            .take_while(|c| short(c))
            .count()
    }

    fn judged(&self, trial: &Trial, choices: usize) -> Judged {
        let weighed = self.weigh(&trial.candidates);
        let right = trial
            .right
            .and_then(|at| trial.candidates.get(at))
            .map(|c| c.intent);
        let is_right = |(intent, _): &(u32, f64)| Some(*intent) == right;
        let chosen = weighed
            .candidates
            .iter()
            .take(Self::choices(&weighed, choices));
        Judged {
            confidence: weighed.candidates.first().map_or(0.0, |first| first.1),
            hit: chosen.clone().map(|c| c.1).sum::<f64>() / weighed.in_scope.max(1e-12),
            in_scope: weighed.in_scope,
            first: weighed.candidates.first().map_or(u32::MAX, |first| first.0),
            first_right: weighed.candidates.first().is_some_and(is_right),
            choice_right: chosen.into_iter().any(is_right),
        }
    }
}

fn bests(of: &[(Candidate, f64)]) -> Vec<Best<'_>> {
    of.iter()
        .map(|(candidate, p)| Best {
            candidate,
            probability: *p,
        })
        .collect()
}

/// The candidate of the highest probability.
fn first(choice: &Choice, candidates: &[Candidate]) -> Option<(Candidate, f64)> {
    let probabilities = choice.probabilities(candidates);
    let pairs = candidates.iter().copied().zip(probabilities);
    pairs.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.intent.cmp(&a.0.intent)))
}

/// A sample of phrasings asked word by word.
fn exact(corpus: &Corpus, model: &Model) -> Vec<Trial> {
    let step = corpus.samples.len().div_ceil(INSIDE_MIN).max(1);
    let rows = (0..corpus.samples.len()).step_by(step);
    rows.map(|row| folds::trial(corpus, model, row)).collect()
}

/// Sentences from far away.
fn background(corpus: &Corpus, model: &Model) -> Vec<Trial> {
    let trial = |b: &crate::corpus::Background| {
        let candidates = model.candidates(&model.query(&b.vector, &b.normal, b.lang));
        Trial {
            candidates,
            right: None,
        }
    };
    corpus.background.iter().map(trial).collect()
}
