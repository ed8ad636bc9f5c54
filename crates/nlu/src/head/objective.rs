//! The penalised negative log-likelihood and its gradient.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use pulp::Arch;

use super::{BAG_LENGTH, Examples, dense_rows};
use crate::dense::add;

/// Samples whose scores are computed by one matrix product: enough that packing the weights for it
/// does not count, few enough that the block stays in the cache.
const BLOCK: usize = 512;

/// ½‖W‖² + cost · Σ −ln P(label).
pub(super) struct Objective<'a> {
    examples: &'a Examples,
    cost: f32,
}

impl<'a> Objective<'a> {
    pub fn new(examples: &'a Examples, cost: f32) -> Self {
        Self { examples, cost }
    }

    /// Rows of the weight matrix.
    pub fn rows(&self) -> usize {
        self.examples.dense.ncols() + 1 + self.examples.terms
    }

    /// Length of the weights as one vector.
    pub fn len(&self) -> usize {
        self.rows() * self.examples.classes
    }

    /// How much the curvature of each weight row differs: the second derivative at zero, up to
    /// the factor that all classes share.
    pub fn row_curvatures(&self) -> Vec<f32> {
        let examples = self.examples;
        let dimension = examples.dense.ncols();
        let share = 1.0 / examples.classes.max(1) as f32;
        let mut squares = vec![0f32; self.rows()];
        for row in examples.dense.rows() {
            for (square, x) in squares.iter_mut().zip(row) {
                *square += x * x;
            }
        }
        squares[dimension] = examples.labels.len() as f32;
        for bag in &examples.bags {
            for (&id, w) in bag.ids.iter().zip(&bag.weights) {
                squares[dimension + 1 + id as usize] += (BAG_LENGTH * w) * (BAG_LENGTH * w);
            }
        }
        squares
            .iter()
            .map(|square| 1.0 + self.cost * share * (1.0 - share) * square)
            .collect()
    }

    /// The value at `weights`; `gradient` is overwritten.
    pub fn evaluate(&self, weights: &[f32], gradient: &mut [f32]) -> f64 {
        let shape = (self.rows(), self.examples.classes);
        gradient.copy_from_slice(weights);
        let penalty = 0.5 * weights.iter().map(|w| f64::from(w * w)).sum::<f64>();
        let (Ok(weights), Ok(gradient)) = (
            ArrayView2::from_shape(shape, weights),
            ArrayViewMut2::from_shape(shape, gradient),
        ) else {
            return f64::INFINITY;
        };
        penalty + f64::from(self.cost) * self.likelihood(&weights, gradient)
    }

    /// Σ −ln P(label), its gradient times the cost added to `gradient`.
    fn likelihood(&self, weights: &ArrayView2<f32>, mut gradient: ArrayViewMut2<f32>) -> f64 {
        let dimension = self.examples.dense.ncols();
        let mut loss = 0f64;
        let arch = Arch::new();
        let mut scores = Array2::<f32>::zeros((BLOCK, self.examples.classes));
        for start in (0..self.examples.labels.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.examples.labels.len());
            let dense = self.examples.dense.slice(s![start..end, ..]);
            let mut block = scores.slice_mut(s![..end - start, ..]);
            block
                .axis_iter_mut(Axis(0))
                .for_each(|mut row| row.assign(&weights.row(dimension)));
            general_mat_mul(
                1.0,
                &dense,
                &dense_rows(weights, dimension),
                1.0,
                &mut block,
            );
            loss += arch.dispatch(|| self.lexical(start, weights, &mut block, &mut gradient));
            let mut biases = gradient.row_mut(dimension);
            block.axis_iter(Axis(0)).for_each(|row| biases += &row);
            let mut target = gradient.slice_mut(s![..dimension, ..]);
            general_mat_mul(1.0, &dense.t(), &block, 1.0, &mut target);
        }
        loss
    }

    /// The part of a block that samples have to themselves: the n-grams and the loss. `block` has
    /// the dense scores, and ends as the residuals.
    #[inline(always)]
    fn lexical(
        &self,
        start: usize,
        weights: &ArrayView2<f32>,
        block: &mut ArrayViewMut2<f32>,
        gradient: &mut ArrayViewMut2<f32>,
    ) -> f64 {
        let mut loss = 0f64;
        for (at, mut row) in (start..).zip(block.axis_iter_mut(Axis(0))) {
            let Some(row) = row.as_slice_mut() else {
                continue;
            };
            self.lexical_scores(at, weights, row);
            loss += residual(row, self.examples.labels[at] as usize, self.cost);
            self.lexical_gradient(at, row, gradient);
        }
        loss
    }

    #[inline(always)]
    fn lexical_scores(&self, at: usize, weights: &ArrayView2<f32>, scores: &mut [f32]) {
        let first = self.examples.dense.ncols() + 1;
        let bag = &self.examples.bags[at];
        for (&id, &w) in bag.ids.iter().zip(&bag.weights) {
            if let Some(row) = weights.row(first + id as usize).as_slice() {
                add(scores, row, BAG_LENGTH * w);
            }
        }
    }

    #[inline(always)]
    fn lexical_gradient(&self, at: usize, residual: &[f32], gradient: &mut ArrayViewMut2<f32>) {
        let first = self.examples.dense.ncols() + 1;
        let bag = &self.examples.bags[at];
        for (&id, &w) in bag.ids.iter().zip(&bag.weights) {
            if let Some(row) = gradient.row_mut(first + id as usize).as_slice_mut() {
                add(row, residual, BAG_LENGTH * w);
            }
        }
    }
}

/// Turns scores into cost · (probability − 1[label]); returns −ln P(label).
#[inline(always)]
fn residual(scores: &mut [f32], label: usize, cost: f32) -> f64 {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let of_label = f64::from(scores[label] - highest);
    let mut sum = 0f32;
    for score in scores.iter_mut() {
        *score = (*score - highest).exp();
        sum += *score;
    }
    for score in scores.iter_mut() {
        *score *= cost / sum;
    }
    scores[label] -= cost;
    f64::from(sum).ln() - of_label
}
