//! The model that serves, and those that judge it.

use crate::calibrate::{Calibration, cross_validate, fits};
use crate::corpus::Corpus;
use crate::engine::Settings;
use crate::model::Model;
use crate::progress::Part;

/// Texts that a model is fitted on in the time in which one is embedded.
const FITTED_PER_EMBEDDED: usize = 30;

/// What fitting counts for beside embedding, all of it and each model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub all: usize,
    each: usize,
}

impl Effort {
    /// For so many phrasings.
    pub fn of(phrasings: usize) -> Self {
        let each = phrasings.div_ceil(FITTED_PER_EMBEDDED);
        let all = each * fits(phrasings);
        Self { all, each }
    }
}

/// Models being fitted, for who listens.
pub(crate) struct Fitting<'a> {
    pub part: Part<'a, 'a>,
    pub effort: Effort,
}

impl Fitting<'_> {
    /// Between two steps of a fit.
    pub fn tick(&self) {
        self.part.tick();
    }

    /// A model is there.
    pub fn fitted(&self) {
        self.part.advance(self.effort.each);
    }
}

/// Fits `corpus`, which has a sample. Uses the current rayon pool; the number of its threads makes no
/// difference to the result.
pub(crate) fn fit(
    corpus: &Corpus,
    settings: &Settings,
    fitting: &Fitting<'_>,
) -> (Model, Calibration) {
    let rows: Vec<usize> = (0..corpus.samples.len()).collect();
    let whole = || {
        let model = Model::fit(corpus, &rows, &|| fitting.tick());
        fitting.fitted();
        model
    };
    let judged = || cross_validate(corpus, fitting);
    let (model, trials) = if fills_all_threads(corpus) {
        (whole(), judged())
    } else {
        rayon::join(whole, judged)
    };
    let calibration = Calibration::fit(corpus, &model, trials, settings);
    (model, calibration)
}

/// Multiplications of one evaluation of the head from which on it is divided among the threads; then
/// models are fitted one after the other, and only one of them needs its memory at a time.
const DIVIDED_FROM: usize = 1 << 26;
/// Terms of a text, about.
const TERMS: usize = 64;

/// Whether one fit has work for all threads.
pub(crate) fn fills_all_threads(corpus: &Corpus) -> bool {
    let mut intents: Vec<u32> = corpus.samples.iter().map(|sample| sample.intent).collect();
    intents.dedup();
    let width = corpus.dimension + TERMS;
    corpus.samples.len() * intents.len() * width >= DIVIDED_FROM
}
