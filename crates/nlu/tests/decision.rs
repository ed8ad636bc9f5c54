//! What every decision keeps to, and what its explanation says.

mod common;

use common::{catalogue, engine, rule, shop};
use kefu_intents::{Catalogue, MatchKind};
use kefu_nlu::{Decision, Reason, Tier};
use proptest::prelude::*;

#[test]
fn the_explanation_is_of_the_decision_that_was_made() {
    let engine = engine(shop());
    for text in [
        "我要退货",
        "怎么开发票呢",
        "券",
        "火星上有没有水",
        "",
        "退货还是发票",
    ] {
        let verdict = engine.understand(text, None).expect("works");
        let explained = engine.explain(text, None).expect("works");
        assert_eq!(explained.decision, verdict.decision, "{text}");
        assert_eq!(explained.tier, verdict.tier);
        assert!((explained.confidence - verdict.confidence).abs() < 1e-12);
        let shown = explained
            .candidates
            .iter()
            .map(|c| (&c.intent, c.probability));
        assert!(
            shown.eq(verdict
                .candidates
                .iter()
                .map(|c| (&c.intent, c.probability)))
        );
        let thresholds = explained.thresholds.expect("it is calibrated");
        match explained.reason {
            Reason::Sure | Reason::TwoClose => assert!(explained.confidence >= thresholds.answer),
            Reason::Likely => assert!(explained.in_scope >= thresholds.in_scope),
            Reason::OutOfScope => assert!(explained.in_scope < thresholds.in_scope),
            Reason::Nothing => assert!(explained.normalized.is_empty()),
            Reason::TooManyAlike | Reason::KeywordWon | Reason::KeywordTie => {}
        }
    }
}

#[test]
fn the_explanation_shows_the_phrasings_that_are_near() {
    let explained = engine(shop()).explain("我要退货", None).expect("works");
    let first = &explained.candidates[0];
    assert_eq!(
        (first.intent.as_str(), first.nearest[0].text.as_str()),
        ("退货", "我要退货")
    );
    assert!(first.nearest[0].similarity > 0.999, "{:?}", first.nearest);
    assert!(
        first
            .nearest
            .is_sorted_by(|a, b| a.similarity >= b.similarity)
    );
    let parts = first.signals.head_dense + first.signals.head_ngrams;
    assert!(
        (first.signals.head - parts).abs() < 3.0,
        "only the bias is missing"
    );
    let json = serde_json::to_value(&explained).expect("serialises");
    assert!(
        json["thresholds"]["answer"].is_number() && json["candidates"][0]["nearest"].is_array()
    );
}

#[test]
fn keywords_are_explained_beside_what_the_classifier_says() {
    let mut set = shop();
    set.intents[0].keywords = vec![rule(&["人工"], &[], &["智能"], MatchKind::Contains, 0)];
    let id = set.intents[0].id.clone();
    let engine = engine(set);
    let won = engine.explain("转人工退货", None).expect("works");
    assert_eq!((won.tier, won.reason), (Tier::Keyword, Reason::KeywordWon));
    assert_eq!(won.decision, Decision::Answer(id));
    assert!(!won.rules.is_empty() && !won.candidates.is_empty());
    let vetoed = engine.explain("人工智能", None).expect("works");
    assert_ne!(vetoed.tier, Tier::Keyword);
    assert_eq!(vetoed.rules.len(), 1, "the veto is told");
}

/// The shop with twenty intents about other things.
fn with_strangers() -> Catalogue {
    let word = |i: u32| char::from_u32(0x5E00 + 11 * i).map_or(String::new(), String::from);
    let texts: Vec<Vec<String>> = (0..20u32)
        .map(|n| {
            (0..8)
                .map(|i| format!("{}{}{}", word(3 * n), word(3 * n + 1 + i % 2), word(80 + i)))
                .collect()
        })
        .collect();
    let ids: Vec<String> = (0..20).map(|n| format!("stranger{n}")).collect();
    let strs = texts
        .iter()
        .map(|texts| texts.iter().map(String::as_str).collect());
    let strangers = catalogue(
        ids.iter()
            .map(String::as_str)
            .zip(strs)
            .map(|(id, t)| (id, vec![], t)),
    );
    let mut all = shop();
    all.intents.extend(strangers.intents);
    all.intents.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

#[test]
fn twenty_unrelated_intents_turn_no_answer_wrong() {
    let (before, after) = (engine(shop()), engine(with_strangers()));
    for intent in &shop().intents {
        for phrasing in &intent.phrasings {
            let text = format!("{}呢", phrasing.text);
            let of = |engine: &kefu_nlu::Engine| engine.understand(&text, None).expect("works");
            if before_right(&of(&before).decision, &intent.id) {
                assert!(
                    !turned_wrong(&of(&after).decision, &intent.id),
                    "{text}: {:?}",
                    of(&after)
                );
            }
        }
    }
}

fn before_right(decision: &Decision, id: &str) -> bool {
    matches!(decision, Decision::Answer(answer) if answer == id)
}

fn turned_wrong(decision: &Decision, id: &str) -> bool {
    matches!(decision, Decision::Answer(answer) if answer != id)
}

#[test]
fn a_readable_label_is_a_phrasing_and_a_code_is_not() {
    let set = |id: &'static str| {
        catalogue([
            (id, vec![], vec!["东西坏了"]),
            ("另外的事", vec![], vec!["你好"]),
        ])
    };
    let near = |id: &'static str, text: &str| {
        let explained = engine(set(id)).explain(text, None).expect("works");
        let own = explained
            .candidates
            .into_iter()
            .find(|c| c.intent == id)
            .expect("one of two");
        own.nearest
            .into_iter()
            .map(|near| near.text)
            .collect::<Vec<_>>()
    };
    assert!(near("申请退货", "退货").contains(&"申请退货".to_owned()));
    assert_eq!(near("repair_7", "退货"), ["东西坏了"]);
    assert!(near("ask_for_repair", "repair").contains(&"ask for repair".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn two_close_candidates_are_always_asked(texts in prop::collection::vec("[退货发票券快递物流到哪怎么]{1,8}", 20)) {
        thread_local! {
            static ENGINE: kefu_nlu::Engine = engine(shop());
        }
        for text in &texts {
            let verdict = ENGINE.with(|engine| engine.understand(text, None)).expect("works");
            let close = verdict.candidates.get(1).is_some_and(|second| second.probability >= 0.5 * verdict.confidence);
            prop_assert!(!close || !matches!(verdict.decision, Decision::Answer(_)), "{verdict:?}");
        }
    }
}
