//! The measures over verdicts whose counts are done by hand.

use super::{Case, Evaluation, Tiers, summarise};
use crate::verdict::{Decision, Scored, Tier, Verdict};

fn case(intent: &str) -> Case {
    Case {
        intent: intent.to_owned(),
        text: String::new(),
    }
}

fn verdict(tier: Tier, top: &str, decision: Decision, in_scope: f64) -> Verdict {
    let candidates = vec![Scored {
        intent: top.to_owned(),
        probability: in_scope,
    }];
    Verdict {
        tier,
        decision,
        candidates,
        keywords: vec![],
        confidence: in_scope,
        in_scope,
    }
}

fn six_cases() -> Evaluation {
    let cases = ["a", "a", "b", "b", "oos", "oos"].map(case);
    let answer = |id: &str| Decision::Answer(id.to_owned());
    let ask = |ids: [&str; 2]| Decision::Confirm(ids.map(str::to_owned).to_vec());
    let verdicts = [
        verdict(Tier::Keyword, "a", answer("a"), 1.0),
        verdict(Tier::Embedding, "b", ask(["b", "a"]), 0.6),
        verdict(Tier::Embedding, "c", ask(["c", "a"]), 0.7),
        verdict(Tier::Fallback, "b", Decision::Fallback, 0.2),
        verdict(Tier::Embedding, "a", answer("a"), 0.65),
        verdict(Tier::Fallback, "a", Decision::Fallback, 0.1),
    ];
    summarise(&cases, &verdicts, &[1.0, 2.0, 3.0])
}

#[test]
fn every_measure_is_as_counted_by_hand() {
    let found = six_cases();
    assert_eq!(found.n, 6);
    assert_eq!(found.accuracy, Some(2.0 / 4.0), "the first and the fourth");
    assert_eq!(found.coverage, Some(2.0 / 6.0));
    assert_eq!(
        found.precision_answered,
        Some(1.0 / 2.0),
        "an answer to oos is wrong"
    );
    assert_eq!(found.confirm_rate, Some(2.0 / 6.0));
    assert_eq!(found.confirm_hit_rate, Some(1.0 / 2.0));
    assert_eq!(found.oos_recall, Some(1.0 / 2.0));
    // 0.65 beats 0.6 and 0.2; 0.1 beats none: 6 of 8 pairs are in order.
    assert_eq!(found.oos_auroc, Some(6.0 / 8.0));
    // a: 2 true, 1 told, 1 hit; b: 2 true, 2 told, 1 hit.
    assert_eq!(found.macro_f1, Some((2.0 / 3.0 + 2.0 / 4.0) / 2.0));
    assert_eq!(
        found.tiers,
        Tiers {
            keyword: 1,
            embedding: 3,
            fallback: 2
        }
    );
    assert_eq!((found.latency_ms.p50, found.latency_ms.p99), (2.0, 3.0));
}

#[test]
fn the_json_has_the_keys_of_the_contract() {
    let json = serde_json::to_value(six_cases()).expect("plain data");
    let mut keys: Vec<&str> = json
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    let wanted = [
        "accuracy",
        "confirm_hit_rate",
        "confirm_rate",
        "coverage",
        "latency_ms",
        "macro_f1",
        "n",
        "oos_auroc",
        "oos_recall",
        "precision_answered",
        "tiers",
    ];
    assert_eq!(keys, wanted);
    assert!(json["latency_ms"]["p50"].is_number() && json["latency_ms"]["p99"].is_number());
    assert_eq!(
        json["tiers"],
        serde_json::json!({"keyword": 1, "embedding": 3, "fallback": 2})
    );
}

#[test]
fn nothing_measured_is_null_and_not_zero() {
    let empty = summarise(&[], &[], &[]);
    assert_eq!(
        (empty.accuracy, empty.oos_auroc, empty.precision_answered),
        (None, None, None)
    );
}
