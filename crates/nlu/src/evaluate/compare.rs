//! Two reports side by side: what got better, what got worse, which texts flipped.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::report::{EvaluationReport, Fate, IntentFigures, Outcome};

/// What changed from an old report to a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Version of the old set.
    pub old_version: String,
    /// Version of the new set.
    pub new_version: String,
    /// Every figure that both or either have.
    pub figures: Vec<FigureChange>,
    /// Intents whose F1 or right answers changed, the worst change first.
    pub intents: Vec<IntentChange>,
    /// Cases in both whose fate changed, the worst change first.
    pub flips: Vec<Flip>,
    /// Cases that only the old report has.
    pub only_old: usize,
    /// Cases that only the new report has.
    pub only_new: usize,
}

/// One figure in both reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FigureChange {
    /// Its key.
    pub key: String,
    /// What it was.
    pub old: Option<f64>,
    /// What it is.
    pub new: Option<f64>,
    /// Whether more is better.
    pub more_is_better: bool,
}

impl FigureChange {
    /// Whether it changed by more than the last digits.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        moved(self.old, self.new)
    }
}

/// One intent in both reports; absent numbers mean that it was in one only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntentChange {
    /// Its id.
    pub intent: String,
    /// F1 before.
    pub old_f1: Option<f64>,
    /// F1 now.
    pub new_f1: Option<f64>,
    /// Share of its cases answered right before.
    pub old_answered: Option<f64>,
    /// Share of its cases answered right now.
    pub new_answered: Option<f64>,
}

/// One case whose fate changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// As typed.
    pub text: String,
    /// What was meant.
    pub expected: String,
    /// What became of it before.
    pub old: Fate,
    /// What becomes of it now.
    pub new: Fate,
    /// The first candidate before.
    pub old_got: Option<String>,
    /// The first candidate now.
    pub new_got: Option<String>,
}

impl Flip {
    /// Whether it is better now.
    #[must_use]
    pub fn is_better(&self) -> bool {
        self.new < self.old
    }
}

/// What changed from `old` to `new`.
#[must_use]
pub fn compare(old: &EvaluationReport, new: &EvaluationReport) -> Comparison {
    let (flips, only_old, only_new) = flips(&old.outcomes, &new.outcomes);
    Comparison {
        old_version: old.catalogue.version.clone(),
        new_version: new.catalogue.version.clone(),
        figures: figures(old, new),
        intents: intents(&old.per_intent, &new.per_intent),
        flips,
        only_old,
        only_new,
    }
}

fn figures(old: &EvaluationReport, new: &EvaluationReport) -> Vec<FigureChange> {
    let of = |report: &EvaluationReport| {
        let f = &report.figures;
        [
            ("accuracy", f.accuracy, true),
            ("macro_f1", f.macro_f1, true),
            ("coverage", f.coverage, true),
            ("precision_answered", f.precision_answered, true),
            ("confirm_rate", f.confirm_rate, false),
            ("confirm_hit_rate", f.confirm_hit_rate, true),
            ("oos_recall", f.oos_recall, true),
            ("oos_auroc", f.oos_auroc, true),
            ("calibration_error", report.calibration_error, false),
            ("latency_p50_ms", Some(f.latency_ms.p50), false),
            ("latency_p99_ms", Some(f.latency_ms.p99), false),
        ]
    };
    let pairs = of(old).into_iter().zip(of(new));
    pairs
        .filter(|(old, new)| old.1.is_some() || new.1.is_some())
        .map(|((key, old, more_is_better), (_, new, _))| FigureChange {
            key: key.to_owned(),
            old,
            new,
            more_is_better,
        })
        .collect()
}

fn intents(old: &[IntentFigures], new: &[IntentFigures]) -> Vec<IntentChange> {
    let by_id = |list: &'_ [IntentFigures]| -> BTreeMap<String, IntentFigures> {
        let tested = list.iter().filter(|figures| figures.n > 0);
        tested.map(|f| (f.intent.clone(), f.clone())).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    let answered = |f: &IntentFigures| f.answered_right as f64 / f.n as f64;
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes: Vec<IntentChange> = ids
        .into_iter()
        .map(|id| IntentChange {
            intent: id.clone(),
            old_f1: old.get(id).and_then(|f| f.f1),
            new_f1: new.get(id).and_then(|f| f.f1),
            old_answered: old.get(id).map(answered),
            new_answered: new.get(id).map(answered),
        })
        .filter(|change| {
            moved(change.old_f1, change.new_f1) || moved(change.old_answered, change.new_answered)
        })
        .collect();
    let gain = |c: &IntentChange| {
        let zero = |x: Option<f64>| x.unwrap_or_default();
        zero(c.new_f1) - zero(c.old_f1) + zero(c.new_answered) - zero(c.old_answered)
    };
    changes.sort_by(|a, b| gain(a).total_cmp(&gain(b)).then(a.intent.cmp(&b.intent)));
    changes
}

/// Whether a share changed by more than the last digits, which the JSON of a report may lose.
fn moved(old: Option<f64>, new: Option<f64>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => (old - new).abs() > 1e-9,
        (old, new) => old.is_some() != new.is_some(),
    }
}

/// Cases are the same when text and meaning are; a case that is there several times is taken once.
fn flips(old: &[Outcome], new: &[Outcome]) -> (Vec<Flip>, usize, usize) {
    let by_case = |list: &'_ [Outcome]| -> BTreeMap<(String, String), Outcome> {
        let keyed = list
            .iter()
            .map(|o| ((o.text.clone(), o.expected.clone()), o.clone()));
        keyed.collect()
    };
    let (old, new) = (by_case(old), by_case(new));
    let only = |a: &BTreeMap<_, Outcome>, b: &BTreeMap<_, Outcome>| {
        a.keys().filter(|key| !b.contains_key(*key)).count()
    };
    let mut flips: Vec<Flip> = new
        .iter()
        .filter_map(|(key, now)| {
            let before = old.get(key).filter(|before| before.fate != now.fate)?;
            Some(Flip {
                text: now.text.clone(),
                expected: now.expected.clone(),
                old: before.fate,
                new: now.fate,
                old_got: before.got.clone(),
                new_got: now.got.clone(),
            })
        })
        .collect();
    let change = |flip: &Flip| flip.old as i8 - flip.new as i8;
    flips.sort_by(|a, b| {
        let worse = change(a).cmp(&change(b)).then(b.new.cmp(&a.new));
        worse.then_with(|| (&a.expected, &a.text).cmp(&(&b.expected, &b.text)))
    });
    (flips, only(&old, &new), only(&new, &old))
}
