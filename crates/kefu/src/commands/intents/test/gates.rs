//! What a run must reach.

use kefu_nlu::{Comparison, EvaluationReport};

use crate::cli::Gates;

/// The gates that were not reached, each as a sentence.
pub fn missed(
    gates: &Gates,
    report: &EvaluationReport,
    comparison: Option<&Comparison>,
) -> Vec<String> {
    let f = &report.figures;
    let least = [
        ("accuracy", gates.min_accuracy, f.accuracy),
        ("macro-F1", gates.min_macro_f1, f.macro_f1),
        (
            "precision of answers",
            gates.min_precision,
            f.precision_answered,
        ),
        ("coverage", gates.min_coverage, f.coverage),
        (
            "hit rate of questions back",
            gates.min_confirm_hit_rate,
            f.confirm_hit_rate,
        ),
        ("out-of-scope recall", gates.min_oos_recall, f.oos_recall),
        ("out-of-scope AUROC", gates.min_auroc, f.oos_auroc),
    ];
    let most = [
        (
            "calibration error",
            gates.max_calibration_error,
            report.calibration_error,
        ),
        (
            "latency p99 in ms",
            gates.max_latency_p99_ms,
            Some(f.latency_ms.p99),
        ),
    ];
    let worse = comparison.map(|c| c.flips.iter().filter(|flip| !flip.is_better()).count());
    let regressions = ("cases worse than before", gates.max_regressions, worse);
    let low = least.into_iter().filter_map(|(name, wanted, got)| {
        let wanted = wanted?;
        (!got.is_some_and(|got| got >= wanted)).then(|| said(name, got, "at least", wanted))
    });
    let high = most.into_iter().filter_map(|(name, wanted, got)| {
        let wanted = wanted?;
        (!got.is_some_and(|got| got <= wanted)).then(|| said(name, got, "at most", wanted))
    });
    let more = match regressions {
        (name, Some(wanted), Some(got)) if got > wanted => {
            Some(format!("{name}: {got}, wanted at most {wanted}"))
        }
        _ => None,
    };
    low.chain(high).chain(more).collect()
}

fn said(name: &str, got: Option<f64>, bound: &str, wanted: f64) -> String {
    let got = got.map_or_else(|| "not measured".to_owned(), |got| format!("{got:.4}"));
    format!("{name}: {got}, wanted {bound} {wanted}")
}
