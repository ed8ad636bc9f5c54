//! Whether any intent is meant at all.
//!
//! A logistic regression over what the best candidate has for it. It learns from texts whose
//! whole intent was hidden from the model: near misses, the hardest kind of out-of-scope there
//! is. Its weights are non-negative, so text from further away scores lower still.

use super::nonneg::minimise;
use crate::model::Candidate;

const FEATURES: usize = 9;
/// Strength of the pull towards small weights, in texts of each kind.
const PRIOR_TEXTS: f64 = 1.0;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scope {
    means: [f64; FEATURES],
    deviations: [f64; FEATURES],
    /// One per feature, then the bias.
    weights: Vec<f64>,
}

/// One text: its best candidate, and the probability that this is the right one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best<'a> {
    pub candidate: &'a Candidate,
    pub probability: f64,
}

fn features(best: Best<'_>) -> [f64; FEATURES] {
    [
        f64::from(best.candidate.logit),
        best.probability.max(1e-6).ln(),
        f64::from(best.candidate.nearest),
        f64::from(best.candidate.centroid),
        f64::from(best.candidate.lexical),
        f64::from(best.candidate.familiar.distinct),
        f64::from(best.candidate.familiar.belonging),
        f64::from(best.candidate.familiar.company),
        f64::from(best.candidate.familiar.wording),
    ]
}

impl Scope {
    /// From texts inside and outside; both kinds together weigh the same.
    pub fn fit(inside: &[Best<'_>], outside: &[Best<'_>]) -> Self {
        let sides = [(inside, 1.0), (outside, -1.0)];
        let mut rows: Vec<([f64; FEATURES], f64, f64)> = Vec::new();
        for (texts, sign) in sides {
            let weight = 0.5 / texts.len().max(1) as f64;
            rows.extend(texts.iter().map(|&best| (features(best), sign, weight)));
        }
        let mut means = [0.0; FEATURES];
        let mut deviations = [0.0; FEATURES];
        for i in 0..FEATURES {
            means[i] = rows.iter().map(|(x, _, w)| w * x[i]).sum();
            let variance: f64 = rows
                .iter()
                .map(|(x, _, w)| w * (x[i] - means[i]).powi(2))
                .sum();
            deviations[i] = variance.sqrt().max(1e-3);
        }
        for (x, _, _) in &mut rows {
            for i in 0..FEATURES {
                x[i] = (x[i] - means[i]) / deviations[i];
            }
        }
        let pull = PRIOR_TEXTS / (inside.len().min(outside.len()).max(1) as f64);
        let weights = minimise(vec![0.0; FEATURES + 1], FEATURES, |w| {
            likelihood(w, &rows, pull)
        });
        Self {
            means,
            deviations,
            weights,
        }
    }

    /// The log odds that an intent is meant, if every second text meant one.
    pub fn log_odds(&self, best: Best<'_>) -> f64 {
        let bias = self.weights.last().copied().unwrap_or_default();
        let mut sum = bias;
        for (i, x) in features(best).into_iter().enumerate() {
            sum += self.weights[i] * (x - self.means[i]) / self.deviations[i];
        }
        sum
    }
}

fn likelihood(weights: &[f64], rows: &[([f64; FEATURES], f64, f64)], pull: f64) -> (f64, Vec<f64>) {
    let mut loss = 0.0;
    let mut gradient = vec![0.0; FEATURES + 1];
    for i in 0..FEATURES {
        loss += 0.5 * pull * weights[i] * weights[i];
        gradient[i] = pull * weights[i];
    }
    for (x, sign, weight) in rows {
        let score = weights[FEATURES] + x.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>();
        let wrong = 1.0 / (1.0 + (sign * score).exp());
        loss += weight * softplus(-sign * score);
        for i in 0..FEATURES {
            gradient[i] -= weight * sign * wrong * x[i];
        }
        gradient[FEATURES] -= weight * sign * wrong;
    }
    (loss, gradient)
}

/// ln(1 + eˣ) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
