//! The linear head: multinomial logistic regression over dense and lexical features together.
//!
//! One model over both kinds of features does better than two whose scores are added, because
//! each kind only has to explain what the other leaves open.

mod lbfgs;
mod objective;
mod packed;
mod patch;
mod products;
mod softmax;
mod vector;

use ndarray::Array2;

use crate::dense::add;
use crate::lexicon::Bag;
use objective::Objective;

/// Penalty of errors against the size of the weights. The features have length one each, so its
/// meaning does not depend on the data; anything from 3 to 30 behaves alike.
const COST: f32 = 6.0;
/// Enough that the decision no longer changes; the last digits of the optimum are of no use.
const ITERATIONS_MAX: usize = 25;

/// What the head learns from: row i of everything is sample i.
#[derive(Debug)]
pub(crate) struct Examples {
    /// (samples × dimension).
    pub dense: Array2<f32>,
    pub bags: Vec<Bag>,
    /// Class of each sample, below `classes`.
    pub labels: Vec<u32>,
    pub classes: usize,
    /// Size of the vocabulary.
    pub terms: usize,
}

/// Length of a bag beside the sentence vector, whose length is 1. The vector carries more; at 1
/// the n-grams outvote it while phrasings are few. From 0.4 to 0.8 behaves alike.
const BAG_LENGTH: f32 = 0.6;

/// Weights: dimension rows, then one row of biases, then a row per term; a column per class.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    weights: Array2<f32>,
    dimension: usize,
}

impl Head {
    /// Fits by L-BFGS from zero; the same examples give the same weights to the bit, on any number
    /// of threads. `tick` is called now and then; it may unwind to end the work early.
    pub fn fit(examples: &Examples, tick: &dyn Fn()) -> Self {
        let mut objective = Objective::new(examples, COST);
        let weights = lbfgs::minimise(&mut objective, ITERATIONS_MAX, tick);
        Self {
            weights: objective.matrix(&weights),
            dimension: examples.dense.ncols(),
        }
    }

    /// One score per class, the larger the likelier (a logit up to a constant).
    pub fn scores(&self, dense: &[f32], bag: &Bag) -> Vec<f32> {
        let mut scores = vec![0f32; self.weights.ncols()];
        let mut take = |row: usize, scale: f32| {
            if let Some(weights) = self.weights.row(row).as_slice() {
                add(&mut scores, weights, scale);
            }
        };
        dense.iter().enumerate().for_each(|(row, &x)| take(row, x));
        take(self.dimension, 1.0);
        let first = self.dimension + 1;
        bag.ids
            .iter()
            .zip(&bag.weights)
            .for_each(|(&id, &w)| take(first + id as usize, BAG_LENGTH * w));
        scores
    }

    /// One class's score in two: from the dense features and from the terms. The bias is in
    /// neither.
    pub fn parts(&self, class: usize, dense: &[f32], bag: &Bag) -> (f32, f32) {
        let of = |row: usize| self.weights.get((row, class)).copied().unwrap_or_default();
        let first = self.dimension + 1;
        let terms = bag.ids.iter().zip(&bag.weights);
        (
            dense.iter().enumerate().map(|(row, x)| of(row) * x).sum(),
            terms
                .map(|(&id, w)| of(first + id as usize) * BAG_LENGTH * w)
                .sum(),
        )
    }
}

#[cfg(test)]
mod tests;
