//! One sample more or less, by a step of dual coordinate ascent; see [`crate::model`].

use ndarray::{Array2, s};

use super::{BAG_LENGTH, COST, Head};
use crate::dense::{add, dot};
use crate::lexicon::Bag;

/// Enough for the share of one sample to settle: each step halves what is missing, or better.
const STEPS: usize = 30;

impl Head {
    /// Makes room for a vocabulary of `terms`; new terms mean nothing yet.
    pub fn grow(&mut self, terms: usize) {
        let rows = self.dimension + 1 + terms;
        if rows > self.weights.nrows() {
            let mut weights = Array2::zeros((rows, self.weights.ncols()));
            weights
                .slice_mut(s![..self.weights.nrows(), ..])
                .assign(&self.weights);
            self.weights = weights;
        }
    }

    /// Takes away what a sample of `class` that it was fitted on had added.
    pub fn forget(&mut self, dense: &[f32], bag: &Bag, class: usize) {
        let share = pull(&self.scores(dense, bag), class);
        self.give(dense, bag, &share, -1.0);
    }

    /// Adds what a new sample of `class` adds.
    pub fn learn(&mut self, dense: &[f32], bag: &Bag, class: usize) {
        let before = self.scores(dense, bag);
        let square =
            dot(dense, dense) + 1.0 + BAG_LENGTH * BAG_LENGTH * dot(&bag.weights, &bag.weights);
        // The share x solves x = pull(before + square · x). Half the cost bounds how fast the pull
        // changes, so steps of this length come nearer each time.
        let length = 1.0 / (1.0 + 0.5 * COST * square);
        let mut share = vec![0f32; before.len()];
        for _ in 0..STEPS {
            let mut scores = before.clone();
            add(&mut scores, &share, square);
            for (x, wanted) in share.iter_mut().zip(pull(&scores, class)) {
                *x += length * (wanted - *x);
            }
        }
        self.give(dense, bag, &share, 1.0);
    }

    fn give(&mut self, dense: &[f32], bag: &Bag, share: &[f32], sign: f32) {
        let mut give = |row: usize, scale: f32| {
            if let Some(weights) = self.weights.row_mut(row).as_slice_mut() {
                add(weights, share, sign * scale);
            }
        };
        dense.iter().enumerate().for_each(|(row, &x)| give(row, x));
        give(self.dimension, 1.0);
        let first = self.dimension + 1;
        for (&id, &weight) in bag.ids.iter().zip(&bag.weights) {
            give(first + id as usize, BAG_LENGTH * weight);
        }
    }
}

/// Cost times (1[class] − probability).
fn pull(scores: &[f32], class: usize) -> Vec<f32> {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut pull: Vec<f32> = scores.iter().map(|score| (score - highest).exp()).collect();
    let sum: f32 = pull.iter().sum();
    pull.iter_mut().for_each(|x| *x *= -COST / sum);
    if let Some(own) = pull.get_mut(class) {
        *own += COST;
    }
    pull
}
