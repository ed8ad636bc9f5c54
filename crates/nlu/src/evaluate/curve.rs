//! What other thresholds would give, and whether the probabilities hold.

use super::report::{CurvePoint, ReliabilityBin};
use super::{Case, OUT_OF_SCOPE};
use crate::verdict::{Tier, Verdict};

/// Steps of the curve between 0 and 1.
const STEPS: u32 = 100;
/// Bins of the reliability diagram.
const BINS: usize = 10;

fn right(case: &Case, verdict: &Verdict) -> bool {
    case.intent != OUT_OF_SCOPE && verdict.top() == Some(case.intent.as_str())
}

/// For each threshold, what answering every case from that confidence up gives.
pub(super) fn curve(judged: &[(&Case, &Verdict)]) -> Vec<CurvePoint> {
    // By falling confidence, so that one pass serves all thresholds.
    let mut sorted: Vec<(f64, bool, bool)> = judged
        .iter()
        .map(|(case, v)| (v.confidence, right(case, v), case.intent == OUT_OF_SCOPE))
        .collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let outside_all = sorted.iter().filter(|case| case.2).count();
    let (mut at, mut hits, mut outside) = (0, 0usize, 0usize);
    let mut points: Vec<CurvePoint> = (0..=STEPS)
        .rev()
        .map(|step| {
            let threshold = f64::from(step) / f64::from(STEPS);
            while let Some(case) = sorted.get(at).filter(|case| case.0 >= threshold) {
                hits += usize::from(case.1);
                outside += usize::from(case.2);
                at += 1;
            }
            CurvePoint {
                threshold,
                coverage: at as f64 / sorted.len().max(1) as f64,
                precision: (at > 0).then(|| hits as f64 / at as f64),
                oos_refused: (outside_all > 0).then(|| 1.0 - outside as f64 / outside_all as f64),
            }
        })
        .collect();
    points.reverse();
    points
}

/// Predicted against observed. Keywords are left out: they claim certainty by definition.
pub(super) fn reliability(judged: &[(&Case, &Verdict)]) -> Vec<ReliabilityBin> {
    let mut bins = [(0usize, 0.0f64, 0usize); BINS];
    for (case, verdict) in judged.iter().filter(|(_, v)| v.tier != Tier::Keyword) {
        let place = (verdict.confidence * BINS as f64) as usize;
        let bin = &mut bins[place.min(BINS - 1)];
        bin.0 += 1;
        bin.1 += verdict.confidence;
        bin.2 += usize::from(right(case, verdict));
    }
    let filled = bins.iter().enumerate().filter(|(_, bin)| bin.0 > 0);
    filled
        .map(|(at, &(n, sum, hits))| ReliabilityBin {
            from: at as f64 / BINS as f64,
            to: (at + 1) as f64 / BINS as f64,
            n,
            predicted: sum / n as f64,
            observed: hits as f64 / n as f64,
        })
        .collect()
}

/// Expected calibration error of the bins; `None` without any.
pub(super) fn calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let all: usize = bins.iter().map(|bin| bin.n).sum();
    let off: f64 = bins
        .iter()
        .map(|bin| bin.n as f64 * (bin.predicted - bin.observed).abs())
        .sum();
    (all > 0).then(|| off / all as f64)
}
