//! Which candidate: one probability per intent, given that one of them is right.
//!
//! A conditional logit (McFadden 1974) over the evidence, its few weights shared by all intents
//! and fitted on texts that the models had not seen. The weight of the head's logit is the
//! temperature of the softmax, so that the probabilities come out calibrated.
//!
//! The mean of an intent's phrasings is no evidence here: the head knows it, and while phrasings are
//! few, the folds, each of which lacks a fifth of them, make too much of it (ADR 61).

use super::nonneg::minimise;
use crate::model::Candidate;

const FEATURES: usize = 4;
/// Strength of the belief that the head alone is right, in texts.
const PRIOR_TEXTS: f64 = 4.0;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    weights: [f64; FEATURES],
}

fn features(candidate: &Candidate) -> [f64; FEATURES] {
    // The similarities are stretched to the spread of logits, so that one prior fits all.
    let of = |x: f32| 10.0 * f64::from(x);
    [
        f64::from(candidate.logit),
        of(candidate.nearest),
        of(candidate.lexical),
        of(candidate.agreement),
    ]
}

impl Choice {
    /// From (candidates, the position of the right one) of unseen texts.
    pub fn fit(seen: &[(&[Candidate], usize)]) -> Self {
        let start = [1.0, 0.0, 0.0, 0.0];
        let count = seen.len() as f64 + PRIOR_TEXTS;
        let value = |weights: &[f64]| {
            let mut loss = 0.0;
            let mut gradient = vec![0.0; FEATURES];
            for (i, (w, s)) in weights.iter().zip(start).enumerate() {
                loss += 0.5 * PRIOR_TEXTS * (w - s) * (w - s);
                gradient[i] = PRIOR_TEXTS * (w - s);
            }
            for &(candidates, right) in seen {
                let probabilities = softmax(weights, candidates);
                loss -= probabilities[right].max(1e-12).ln();
                for (at, (candidate, p)) in candidates.iter().zip(&probabilities).enumerate() {
                    let residual = p - f64::from(u8::from(at == right));
                    for (g, x) in gradient.iter_mut().zip(features(candidate)) {
                        *g += residual * x;
                    }
                }
            }
            gradient.iter_mut().for_each(|g| *g /= count);
            (loss / count, gradient)
        };
        let found = minimise(start.to_vec(), FEATURES, value);
        let mut weights = start;
        weights.copy_from_slice(&found);
        Self { weights }
    }

    /// The probabilities of the candidates, in their order; they sum to 1.
    pub fn probabilities(&self, candidates: &[Candidate]) -> Vec<f64> {
        softmax(&self.weights, candidates)
    }
}

fn softmax(weights: &[f64], candidates: &[Candidate]) -> Vec<f64> {
    let score =
        |c: &Candidate| -> f64 { features(c).iter().zip(weights).map(|(x, w)| x * w).sum() };
    let scores: Vec<f64> = candidates.iter().map(score).collect();
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut odds: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
    let sum: f64 = odds.iter().sum();
    odds.iter_mut().for_each(|odd| *odd /= sum);
    odds
}
