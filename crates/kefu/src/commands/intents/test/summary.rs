//! The report for people at a terminal.

use std::fmt::Write as _;

use kefu_nlu::{Comparison, EvaluationReport, Fate, Source};

/// Rows of each table.
const ROWS_MAX: usize = 10;

/// The figures, the weakest intents, confusions and errors, and what changed.
pub fn text(report: &EvaluationReport, comparison: Option<&Comparison>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = figures(&mut out, report);
    let _ = tables(&mut out, report);
    if let Some(comparison) = comparison {
        let _ = changes(&mut out, comparison);
    }
    out
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn figures(out: &mut String, report: &EvaluationReport) -> std::fmt::Result {
    let (f, set) = (&report.figures, &report.catalogue);
    let source = match &report.source {
        Source::Cases { name } => format!("cases of {name}"),
        Source::CrossValidation {
            folds,
            seed,
            skipped,
        } => format!("its own phrasings in {folds} parts (seed {seed}, {skipped} never held back)"),
    };
    let model = if set.model.is_some() {
        ""
    } else {
        ", no model"
    };
    writeln!(
        out,
        "set {} ({} intents, {} phrasings{model}), {} texts: {source}",
        set.version, set.intents, set.phrasings, f.n
    )?;
    let rows = [
        ("accuracy (first candidate)", percent(f.accuracy)),
        ("macro-F1", percent(f.macro_f1)),
        ("answered", percent(f.coverage)),
        ("  of those right", percent(f.precision_answered)),
        ("asked back", percent(f.confirm_rate)),
        ("  of those naming it", percent(f.confirm_hit_rate)),
        ("out of scope refused", percent(f.oos_recall)),
        ("out-of-scope AUROC", percent(f.oos_auroc)),
        ("calibration error", percent(report.calibration_error)),
    ];
    for (name, value) in rows {
        writeln!(out, "  {name:<28}{value:>8}")?;
    }
    let tiers = f.tiers;
    writeln!(
        out,
        "  decided by keywords {}, model {}, nobody {}; {:.1} ms p50, {:.1} ms p99",
        tiers.keyword, tiers.embedding, tiers.fallback, f.latency_ms.p50, f.latency_ms.p99
    )
}

fn tables(out: &mut String, report: &EvaluationReport) -> std::fmt::Result {
    let mut weak: Vec<_> = report
        .per_intent
        .iter()
        .filter(|intent| intent.f1.is_some_and(|f1| f1 < 1.0))
        .collect();
    weak.sort_by(|a, b| {
        a.f1.unwrap_or_default()
            .total_cmp(&b.f1.unwrap_or_default())
    });
    head(out, "weakest intents", weak.len())?;
    for intent in weak.iter().take(ROWS_MAX) {
        let f1 = percent(intent.f1);
        let (n, id, stolen) = (intent.n, &intent.intent, intent.stolen);
        writeln!(
            out,
            "  {f1:>8}  {id} ({n} texts; answered for others: {stolen})"
        )?;
    }
    head(out, "confusions", report.confusions.len())?;
    for pair in report.confusions.iter().take(ROWS_MAX) {
        let example = pair.examples.first().map_or("", String::as_str);
        let (n, expected, got) = (pair.n, &pair.expected, &pair.got);
        writeln!(out, "  {n:>4}  {expected} → {got}: {example}")?;
    }
    head(out, "worst errors", report.worst.len())?;
    for error in report.worst.iter().take(ROWS_MAX) {
        let got = error.got.as_deref().unwrap_or("–");
        let (sure, fate) = (100.0 * error.probability, fate(error.fate));
        writeln!(
            out,
            "  {sure:>4.0} %  {} → {got} ({fate}): {}",
            error.expected, error.text
        )?;
    }
    Ok(())
}

fn head(out: &mut String, name: &str, all: usize) -> std::fmt::Result {
    match all {
        0 => Ok(()),
        all if all > ROWS_MAX => writeln!(out, "{name} ({ROWS_MAX} of {all})"),
        _ => writeln!(out, "{name}"),
    }
}

const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Right => "right",
        Fate::AskedRight => "asked, among the choices",
        Fate::Refused => "refused",
        Fate::AskedWrong => "asked, not among the choices",
        Fate::Wrong => "answered wrong",
    }
}

fn changes(out: &mut String, comparison: &Comparison) -> std::fmt::Result {
    let (old, new) = (&comparison.old_version, &comparison.new_version);
    writeln!(out, "against {old} (now {new})")?;
    for change in comparison.figures.iter().filter(|change| change.is_moved()) {
        let by = change.new.zip(change.old).map(|(new, old)| new - old);
        let by = by.map_or_else(|| "–".to_owned(), |by| format!("{by:+.4}"));
        writeln!(out, "  {:<28}{by:>9}", change.key)?;
    }
    let better = comparison
        .flips
        .iter()
        .filter(|flip| flip.is_better())
        .count();
    let worse = comparison.flips.len() - better;
    writeln!(
        out,
        "  texts: {better} better, {worse} worse, {} gone, {} new",
        comparison.only_old, comparison.only_new
    )?;
    for flip in comparison
        .flips
        .iter()
        .filter(|flip| !flip.is_better())
        .take(ROWS_MAX)
    {
        let (old, new) = (fate(flip.old), fate(flip.new));
        writeln!(
            out,
            "  worse: {}: {} ({old} → {new})",
            flip.expected, flip.text
        )?;
    }
    Ok(())
}
