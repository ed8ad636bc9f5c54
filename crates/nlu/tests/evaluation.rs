//! The evaluation report against naive counting, cross-validation, and the comparison of two runs.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{CharacterEmbedder, catalogue, shop};
use kefu_intents::Catalogue;
use kefu_nlu::{
    Case, CrossValidation, Decision, EvaluationReport, Fate, NoVectorCache, OUT_OF_SCOPE, Scored,
    Settings, Source, Subject, Tier, Verdict, compare, cross_validate,
};
use proptest::prelude::*;

const IDS: [&str; 3] = ["a", "b", "c"];

fn small() -> Catalogue {
    catalogue(IDS.map(|id| (id, vec![], vec!["一", "二"])))
}

fn report(catalogue: &Catalogue, judged: &[(Case, Verdict)]) -> EvaluationReport {
    let (cases, verdicts): (Vec<Case>, Vec<Verdict>) = judged.iter().cloned().unzip();
    let settings = Settings::default();
    let subject = Subject {
        catalogue,
        model: None,
        settings: &settings,
        threshold: Some(0.5),
    };
    let name = "cases.tsv".to_owned();
    subject.report(Source::Cases { name }, &cases, &verdicts, &[1.0])
}

fn judged(expected: &str, text: &str, order: &[&str], decision: u8, sure: f64) -> (Case, Verdict) {
    let candidates: Vec<Scored> = order
        .iter()
        .enumerate()
        .map(|(at, id)| Scored {
            intent: (*id).to_owned(),
            probability: sure / (at + 1) as f64,
        })
        .collect();
    let decision = match (decision, order) {
        (0, [top, ..]) => Decision::Answer((*top).to_owned()),
        (1, [first, second, ..]) => Decision::Confirm([*first, *second].map(str::to_owned).into()),
        _ => Decision::Fallback,
    };
    let tier = match decision {
        Decision::Fallback => Tier::Fallback,
        _ if sure > 0.95 => Tier::Keyword,
        _ => Tier::Embedding,
    };
    let case = Case {
        intent: expected.to_owned(),
        text: text.to_owned(),
    };
    let verdict = Verdict {
        tier,
        decision,
        confidence: sure,
        in_scope: sure,
        candidates,
        keywords: vec![],
    };
    (case, verdict)
}

prop_compose! {
    fn any_judged()(
        expected in prop::sample::select(vec!["a", "b", "c", OUT_OF_SCOPE]),
        order in Just(IDS.to_vec()).prop_shuffle(),
        decision in 0u8..3,
        sure in (0u8..=100).prop_map(|n| f64::from(n) / 100.0),
        text in "[甲-癸]{1,3}",
    ) -> (Case, Verdict) {
        judged(expected, &text, &order, decision, sure)
    }
}

fn is_right((case, verdict): &(Case, Verdict)) -> bool {
    verdict.top() == Some(case.intent.as_str())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

proptest! {
    #[test]
    fn per_intent_figures_average_to_the_macro_f1_and_add_up(
        all in prop::collection::vec(any_judged(), 0..60),
    ) {
        let found = report(&small(), &all);
        let f1s: Vec<f64> = found.per_intent.iter().filter_map(|i| i.f1).collect();
        let mean = f1s.iter().sum::<f64>() / f1s.len().max(1) as f64;
        prop_assert!(near(mean, found.figures.macro_f1.unwrap_or_default()));
        for intent in &found.per_intent {
            let of: Vec<_> = all.iter().filter(|j| j.0.intent == intent.intent).collect();
            prop_assert_eq!(intent.n, of.len());
            let told: Vec<_> = all
                .iter()
                .filter(|j| j.0.intent != OUT_OF_SCOPE && j.1.top() == Some(&intent.intent))
                .collect();
            let hits = of.iter().filter(|j| is_right(j)).count() as f64;
            let share = |n: usize| (n > 0).then(|| hits / n as f64);
            prop_assert_eq!(intent.recall, share(of.len()));
            prop_assert_eq!(intent.precision, share(told.len()));
            prop_assert_eq!(
                intent.n,
                intent.answered_right + intent.answered_wrong + intent.asked + intent.refused
            );
            let stolen = all.iter().filter(|(case, v)| {
                case.intent != intent.intent
                    && v.decision == Decision::Answer(intent.intent.clone())
            });
            prop_assert_eq!(intent.stolen, stolen.count());
        }
    }

    #[test]
    fn the_curve_is_what_each_threshold_counts(
        all in prop::collection::vec(any_judged(), 1..60),
    ) {
        let found = report(&small(), &all);
        prop_assert_eq!(found.curve.len(), 101);
        let outside = all.iter().filter(|j| j.0.intent == OUT_OF_SCOPE).count();
        for point in &found.curve {
            let above: Vec<_> =
                all.iter().filter(|j| j.1.confidence >= point.threshold).collect();
            let right = above.iter().filter(|j| is_right(j)).count() as f64;
            prop_assert!(near(point.coverage, above.len() as f64 / all.len() as f64));
            let precision = (!above.is_empty()).then(|| right / above.len() as f64);
            prop_assert_eq!(point.precision, precision);
            let refused = all
                .iter()
                .filter(|j| j.0.intent == OUT_OF_SCOPE && j.1.confidence < point.threshold)
                .count();
            match point.oos_refused {
                Some(share) => prop_assert!(near(share, refused as f64 / outside as f64)),
                None => prop_assert_eq!(outside, 0),
            }
        }
    }

    #[test]
    fn the_bins_hold_every_case_that_keywords_did_not_decide(
        all in prop::collection::vec(any_judged(), 0..60),
    ) {
        let found = report(&small(), &all);
        let open: Vec<_> = all.iter().filter(|j| j.1.tier != Tier::Keyword).collect();
        prop_assert_eq!(found.reliability.iter().map(|b| b.n).sum::<usize>(), open.len());
        let hits: f64 = found.reliability.iter().map(|b| b.observed * b.n as f64).sum();
        prop_assert!(near(hits, open.iter().filter(|j| is_right(j)).count() as f64));
        for bin in &found.reliability {
            prop_assert!(bin.from <= bin.predicted + 1e-9 && bin.predicted <= bin.to + 1e-9);
        }
    }

    #[test]
    fn every_case_has_a_fate_and_every_error_is_listed(
        all in prop::collection::vec(any_judged(), 0..60),
    ) {
        let found = report(&small(), &all);
        prop_assert_eq!(found.outcomes.len(), all.len());
        let errors = found.outcomes.iter().filter(|o| o.fate.is_error()).count();
        prop_assert_eq!(found.worst.len(), errors);
        prop_assert!(found.worst.is_sorted_by(|a, b| a.fate > b.fate
            || (a.fate == b.fate && a.probability >= b.probability)));
        let wrong = all
            .iter()
            .filter(|(case, _)| case.intent != OUT_OF_SCOPE)
            .filter(|j| !is_right(j))
            .count();
        let pairs = found.confusions.iter().filter(|c| c.expected != OUT_OF_SCOPE);
        prop_assert_eq!(pairs.map(|c| c.n).sum::<usize>(), wrong);
        prop_assert!(found.confusions.iter().all(|c| c.expected != c.got && c.answered <= c.n));
    }

    #[test]
    fn a_report_compared_with_itself_shows_nothing_and_with_another_every_change(
        before in prop::collection::vec(any_judged(), 0..30),
        after in prop::collection::vec(any_judged(), 0..30),
    ) {
        let (old, new) = (report(&small(), &before), report(&small(), &after));
        let same = compare(&old, &old);
        prop_assert!(same.flips.is_empty() && same.intents.is_empty());
        prop_assert_eq!((same.only_old, same.only_new), (0, 0));
        let (there, back) = (compare(&old, &new), compare(&new, &old));
        prop_assert_eq!(there.flips.len(), back.flips.len());
        prop_assert_eq!((there.only_old, there.only_new), (back.only_new, back.only_old));
        let better = |flips: &[kefu_nlu::Flip]| flips.iter().filter(|f| f.is_better()).count();
        prop_assert_eq!(better(&there.flips) + better(&back.flips), there.flips.len());
    }

    #[test]
    fn a_report_survives_its_json(all in prop::collection::vec(any_judged(), 0..20)) {
        let found = report(&small(), &all);
        let json = serde_json::to_string(&found).expect("plain data");
        let again: EvaluationReport = serde_json::from_str(&json).expect("its own words");
        let same = compare(&found, &again);
        prop_assert!(same.flips.is_empty() && same.intents.is_empty());
        prop_assert_eq!(same.only_old + same.only_new, 0);
        // The reader of JSON may miss the last digit of a number.
        let (old, new) = (serde_json::to_value(&found), serde_json::to_value(&again));
        prop_assert!(alike(&old.expect("plain data"), &new.expect("plain data")));
    }
}

fn alike(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (a, b) {
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Object(a), Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && alike(a.1, b.1))
        }
        (Number(a), Number(b)) => a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| near(a, b)),
        _ => a == b,
    }
}

#[test]
fn confusions_count_out_of_scope_only_when_it_was_believed() {
    let all = [
        judged("a", "甲", &["b", "a", "c"], 0, 0.9),
        judged("a", "乙", &["b", "a", "c"], 1, 0.6),
        judged(OUT_OF_SCOPE, "丙", &["c", "a", "b"], 0, 0.7),
        judged(OUT_OF_SCOPE, "丁", &["c", "a", "b"], 2, 0.1),
    ];
    let found = report(&small(), &all);
    let rows: Vec<_> = found
        .confusions
        .iter()
        .map(|c| (c.expected.as_str(), c.got.as_str(), c.n, c.answered))
        .collect();
    assert_eq!(rows, [("a", "b", 2, 1), (OUT_OF_SCOPE, "c", 1, 1)]);
    assert_eq!(
        found.confusions[0].examples,
        ["甲", "乙"],
        "the surest first"
    );
    let fates: Vec<Fate> = found.outcomes.iter().map(|o| o.fate).collect();
    let wanted = [Fate::Wrong, Fate::AskedRight, Fate::Wrong, Fate::Right];
    assert_eq!(fates, wanted);
}

#[test]
fn the_report_keeps_the_keys_of_the_contract_on_top() {
    let json = serde_json::to_value(report(&small(), &[])).expect("plain data");
    for key in [
        "n",
        "accuracy",
        "oos_auroc",
        "latency_ms",
        "tiers",
        "catalogue",
        "per_intent",
    ] {
        assert!(json.get(key).is_some(), "{key} is missing");
    }
}

#[test]
fn an_older_report_without_the_later_keys_can_be_read() {
    let mut json = serde_json::to_value(report(&small(), &[])).expect("plain data");
    let object = json.as_object_mut().expect("an object");
    for key in ["outcomes", "calibration_error", "threshold"] {
        object.remove(key);
    }
    let read: EvaluationReport = serde_json::from_value(json).expect("older");
    assert!(read.outcomes.is_empty());
}

fn crossed(catalogue: &Catalogue, seed: u64) -> EvaluationReport {
    cross_validate(
        catalogue,
        Some(Arc::new(CharacterEmbedder::default())),
        &NoVectorCache,
        &Settings::default(),
        CrossValidation { folds: 4, seed },
        &|| Duration::ZERO,
        &|done, all| assert!(done <= all),
    )
    .expect("a good catalogue")
}

#[test]
fn cross_validation_judges_every_phrasing_once_and_the_same_way_each_time() {
    let set = shop();
    let found = crossed(&set, 7);
    let mut texts: Vec<&str> = found.outcomes.iter().map(|o| o.text.as_str()).collect();
    let phrasings = set.intents.iter().flat_map(|i| &i.phrasings);
    let mut wanted: Vec<&str> = phrasings.map(|p| p.text.as_str()).collect();
    texts.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(texts, wanted);
    assert_eq!(found, crossed(&set, 7));
    assert_ne!(
        found.outcomes,
        crossed(&set, 8).outcomes,
        "other parts, other verdicts"
    );
    let accuracy = found.figures.accuracy.expect("cases");
    assert!(
        (0.5..1.0).contains(&accuracy),
        "unseen phrasings are harder: {accuracy}"
    );
}

#[test]
fn what_is_all_an_intent_has_is_never_held_back() {
    let mut set = shop();
    let lonely = common::intent("孤", vec![], &["只有这一句"]);
    set.intents.push(lonely);
    set.intents.sort_by(|a, b| a.id.cmp(&b.id));
    let found = crossed(&set, 1);
    assert!(found.outcomes.iter().all(|o| o.expected != "孤"));
    let Source::CrossValidation {
        skipped,
        folds,
        seed,
    } = found.source
    else {
        panic!("{:?}", found.source);
    };
    assert_eq!((skipped, folds, seed), (1, 4, 1));
}
