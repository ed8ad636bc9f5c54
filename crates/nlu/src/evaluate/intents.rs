//! How each intent fares, and with which others it is confused.

use std::collections::BTreeMap;

use kefu_intents::Catalogue;
use kefu_types::Lang;

use super::report::{Confusion, Fate, IntentFigures};
use super::{CONFUSIONS_MAX, Case, OUT_OF_SCOPE};
use crate::verdict::{Decision, Verdict};

/// Examples of one confusion.
const EXAMPLES_MAX: usize = 3;

/// Every intent of the catalogue or of the cases, by id.
pub(super) fn figures(catalogue: &Catalogue, judged: &[(&Case, &Verdict)]) -> Vec<IntentFigures> {
    let mut by_id: BTreeMap<&str, IntentFigures> = catalogue
        .intents
        .iter()
        .map(|intent| {
            let figures = IntentFigures {
                intent: intent.id.clone(),
                title: intent.title.get(Lang::Zh).cloned().unwrap_or_default(),
                phrasings: intent.phrasings.len(),
                ..IntentFigures::default()
            };
            (intent.id.as_str(), figures)
        })
        .collect();
    // (first candidate of so many in-scope cases, rightly of so many)
    let mut told: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for &(case, verdict) in judged {
        let meant = case.intent.as_str();
        let inside = meant != OUT_OF_SCOPE;
        if inside {
            count(by_id.entry(meant).or_default(), case, verdict);
        }
        if let Some(top) = verdict.top().filter(|_| inside) {
            let told = told.entry(top).or_default();
            told.0 += 1;
            told.1 += usize::from(top == meant);
        }
        if let Decision::Answer(answered) = &verdict.decision
            && answered != meant
        {
            by_id.entry(answered).or_default().stolen += 1;
        }
    }
    for (id, figures) in &mut by_id {
        let (told, hits) = told.get(id).copied().unwrap_or_default();
        let share = |of: usize| (of > 0).then(|| hits as f64 / of as f64);
        figures.intent = (*id).to_owned();
        figures.precision = share(told);
        figures.recall = share(figures.n);
        let both = (told + figures.n) as f64;
        figures.f1 = (figures.n > 0).then(|| 2.0 * hits as f64 / both);
    }
    by_id.into_values().collect()
}

fn count(figures: &mut IntentFigures, case: &Case, verdict: &Verdict) {
    figures.n += 1;
    match Fate::of(case, verdict) {
        Fate::Right => figures.answered_right += 1,
        Fate::Wrong => figures.answered_wrong += 1,
        Fate::Refused => figures.refused += 1,
        fate @ (Fate::AskedRight | Fate::AskedWrong) => {
            figures.asked += 1;
            figures.asked_hit += usize::from(fate == Fate::AskedRight);
        }
    }
}

/// The pairs of what was meant and what came first instead, most frequent first.
pub(super) fn confusions(judged: &[(&Case, &Verdict)]) -> Vec<Confusion> {
    let mut pairs: BTreeMap<(&str, &str), Vec<(&Case, &Verdict)>> = BTreeMap::new();
    for &(case, verdict) in judged {
        let meant = case.intent.as_str();
        let refused = verdict.decision == Decision::Fallback;
        let Some(top) = verdict.top().filter(|top| *top != meant) else {
            continue;
        };
        // A text of no intent always has a first candidate; only believing in it is a mistake.
        if meant != OUT_OF_SCOPE || !refused {
            pairs.entry((meant, top)).or_default().push((case, verdict));
        }
    }
    let mut confusions: Vec<Confusion> = pairs
        .into_iter()
        .map(|((expected, got), mut of)| {
            of.sort_by(|a, b| b.1.confidence.total_cmp(&a.1.confidence));
            let answered = |(_, v): &&(&Case, &Verdict)| matches!(v.decision, Decision::Answer(_));
            let examples = of.iter().take(EXAMPLES_MAX);
            Confusion {
                expected: expected.to_owned(),
                got: got.to_owned(),
                n: of.len(),
                answered: of.iter().filter(answered).count(),
                examples: examples.map(|(case, _)| case.text.clone()).collect(),
            }
        })
        .collect();
    confusions.sort_by(|a, b| {
        let often = b.n.cmp(&a.n).then(b.answered.cmp(&a.answered));
        often.then_with(|| (&a.expected, &a.got).cmp(&(&b.expected, &b.got)))
    });
    confusions.truncate(CONFUSIONS_MAX);
    confusions
}
