//! The measures of an evaluation, each as its textbook has it.

use std::collections::BTreeMap;

/// The probability that a random positive scores above a random negative, ties counting half
/// (area under the ROC curve, by ranks). `None` when either side is empty.
#[must_use]
pub fn auroc(positives: &[f64], negatives: &[f64]) -> Option<f64> {
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let mut all: Vec<(f64, bool)> = positives.iter().map(|&x| (x, true)).collect();
    all.extend(negatives.iter().map(|&x| (x, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wins, mut below) = (0.0, 0.0);
    for ties in all.chunk_by(|a, b| a.0 == b.0) {
        let up = ties.iter().filter(|(_, positive)| *positive).count() as f64;
        let down = ties.len() as f64 - up;
        wins += up * (below + 0.5 * down);
        below += down;
    }
    Some(wins / (positives.len() as f64 * negatives.len() as f64))
}

/// The mean over the true labels of the harmonic mean of precision and recall, each label
/// counting alike. Pairs are (true, predicted); 0 without pairs.
#[must_use]
pub fn macro_f1<'a>(pairs: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> f64 {
    #[derive(Default)]
    struct Counts {
        hits: f64,
        told: f64,
        true_: f64,
    }
    let mut labels = BTreeMap::<&str, Counts>::new();
    for (truth, predicted) in pairs {
        labels.entry(truth).or_default().true_ += 1.0;
        if let Some(predicted) = predicted {
            labels.entry(predicted).or_default().told += 1.0;
        }
        if predicted == Some(truth) {
            labels.entry(truth).or_default().hits += 1.0;
        }
    }
    let real: Vec<&Counts> = labels
        .values()
        .filter(|counts| counts.true_ > 0.0)
        .collect();
    let sum: f64 = real.iter().map(|c| 2.0 * c.hits / (c.told + c.true_)).sum();
    sum / (real.len() as f64).max(1.0)
}

/// The value that a share `rank` (0 to 1) of the values does not exceed (nearest rank); 0 without
/// values.
#[must_use]
pub fn percentile(values: &[f64], rank: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (rank.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted
        .get(at.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{auroc, macro_f1, percentile};

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn auroc_counts_pairs_won_and_half_the_ties() {
        // Pairs: 0.9>0.5, 0.9>0.3, 0.5=0.5 (half), 0.5>0.3: 3.5 of 4.
        assert!(near(
            auroc(&[0.9, 0.5], &[0.5, 0.3]).expect("both sides"),
            0.875
        ));
        assert!(near(auroc(&[1.0], &[0.0]).expect("both sides"), 1.0));
        assert!(near(auroc(&[0.0], &[1.0]).expect("both sides"), 0.0));
        assert_eq!(auroc(&[], &[1.0]), None);
    }

    #[test]
    fn macro_f1_weighs_labels_alike() {
        // a: 2 true, 3 told, 2 hits → 4/5; b: 2 true, 1 told, 1 hit → 2/3; c: 1 true, never told → 0.
        // z is told but never true, and only costs those it was told for.
        let pairs = [
            ("a", Some("a")),
            ("a", Some("a")),
            ("b", Some("b")),
            ("b", Some("a")),
            ("c", Some("z")),
        ];
        assert!(near(macro_f1(pairs), (4.0 / 5.0 + 2.0 / 3.0 + 0.0) / 3.0));
        assert!(near(macro_f1([]), 0.0));
        assert!(near(macro_f1([("a", None)]), 0.0));
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100u8).map(f64::from).collect();
        assert!(near(percentile(&values, 0.5), 50.0));
        assert!(near(percentile(&values, 0.99), 99.0));
        assert!(near(percentile(&[7.0], 0.5), 7.0));
        assert!(near(percentile(&[], 0.5), 0.0));
    }
}
