//! The penalised negative log-likelihood and its gradient.

use ndarray::Array2;
use pulp::Arch;
use rayon::prelude::*;

use super::Examples;
use super::packed::{CHUNK, GROUP, PANEL, Packed, Row};
use super::products::{BiasGradient, FeatureGradient, Residuals, Scores, TermGradient};
use super::softmax::Softmax;

/// Features whose gradient is one piece of work.
const FEATURES: usize = 8 * GROUP;
/// Terms whose gradient is one piece of work.
const TERMS: usize = 512;

/// ½‖W‖² + cost · Σ −ln P(label). Weights lie by panel of classes, then row, then class; a panel
/// that the classes do not fill has weights of no class, which stay zero.
pub(super) struct Objective {
    packed: Packed,
    cost: f32,
    /// Scores, then residuals: by chunk of samples, panel, sample.
    scores: Vec<Row>,
    arch: Arch,
}

impl Objective {
    pub fn new(examples: &Examples, cost: f32) -> Self {
        let packed = Packed::new(examples);
        let chunks = packed.samples.div_ceil(CHUNK);
        let scores = vec![[0f32; PANEL]; chunks * packed.panels() * CHUNK];
        Self {
            packed,
            cost,
            scores,
            arch: Arch::new(),
        }
    }

    /// Rows of a panel's weights.
    pub fn rows(&self) -> usize {
        self.packed.rows()
    }

    /// Length of the weights as one vector.
    pub fn len(&self) -> usize {
        self.packed.panels() * self.rows() * PANEL
    }

    /// The weights as (rows × classes).
    pub fn matrix(&self, weights: &[f32]) -> Array2<f32> {
        let rows = self.rows();
        let panels = weights.as_chunks::<PANEL>().0;
        Array2::from_shape_fn((rows, self.packed.classes), |(row, class)| {
            panels[class / PANEL * rows + row][class % PANEL]
        })
    }

    /// How much the curvature of each weight row differs: the second derivative at zero, up to
    /// the factor that all classes share.
    pub fn row_curvatures(&self) -> Vec<f32> {
        let share = 1.0 / self.packed.classes.max(1) as f32;
        let squares = self.packed.squares().into_iter();
        squares
            .map(|square| 1.0 + self.cost * share * (1.0 - share) * square)
            .collect()
    }

    /// The value at `weights`; `gradient` is overwritten. Uses the current rayon pool, with the same
    /// result on any number of threads.
    pub fn evaluate(&mut self, weights: &[f32], gradient: &mut [f32]) -> f64 {
        gradient.copy_from_slice(weights);
        let squares = weights.par_chunks(1 << 16);
        let squares: Vec<f64> = squares
            .map(|part| part.iter().map(|w| f64::from(w * w)).sum())
            .collect();
        let penalty = 0.5 * squares.into_iter().sum::<f64>();
        let loss = self.residuals(weights.as_chunks::<PANEL>().0);
        self.add_gradient(gradient.as_chunks_mut::<PANEL>().0);
        penalty + f64::from(self.cost) * loss
    }

    /// Fills `scores` with residuals; returns Σ −ln P(label).
    fn residuals(&mut self, weights: &[Row]) -> f64 {
        let (packed, cost, arch) = (&self.packed, self.cost, self.arch);
        let chunks = self.scores.par_chunks_mut(packed.panels() * CHUNK);
        let residuals = |(chunk, scores): (usize, &mut [Row])| {
            let (first, end) = packed.chunk(chunk);
            let panels = weights.chunks_exact(packed.rows());
            for (weights, scores) in panels.zip(scores.chunks_mut(CHUNK)) {
                let scores = &mut scores[..end - first];
                arch.dispatch(Scores {
                    packed,
                    chunk,
                    weights,
                    scores,
                });
            }
            arch.dispatch(Softmax {
                packed,
                chunk,
                cost,
                scores,
            })
        };
        let losses: Vec<f64> = chunks.enumerate().map(residuals).collect();
        losses.into_iter().sum()
    }

    /// Adds what the residuals say.
    fn add_gradient(&self, gradient: &mut [Row]) {
        let (packed, arch) = (&self.packed, self.arch);
        let panels = gradient.par_chunks_mut(packed.rows()).enumerate();
        panels.for_each(|(panel, gradient)| {
            let residuals = Residuals {
                packed,
                rows: &self.scores,
                panel,
            };
            let (features, rest) = gradient.split_at_mut(packed.dimension);
            let features = features.par_chunks_mut(FEATURES).enumerate();
            features.for_each(|(piece, gradient)| {
                arch.dispatch(FeatureGradient {
                    residuals,
                    first: piece * FEATURES,
                    gradient,
                });
            });
            let Some((gradient, terms)) = rest.split_first_mut() else {
                return;
            };
            arch.dispatch(BiasGradient {
                residuals,
                gradient,
            });
            let terms = terms.par_chunks_mut(TERMS).enumerate();
            terms.for_each(|(piece, gradient)| {
                arch.dispatch(TermGradient {
                    residuals,
                    first: piece * TERMS,
                    gradient,
                });
            });
        });
    }
}
