//! The keyword tier against the plainest implementation there is, and by example.

mod common;

use common::{catalogue, rule};
use kefu_intents::{Catalogue, KeywordRule, MatchKind};
use kefu_nlu::KeywordTier;
use kefu_text::normalize;
use proptest::prelude::*;

fn winners(catalogue: &Catalogue, text: &str) -> Vec<String> {
    let tier = KeywordTier::build(catalogue).expect("keywords are valid");
    let hit = tier.find(text).unwrap_or_default();
    hit.intents
        .iter()
        .map(|&at| catalogue.intents[at as usize].id.clone())
        .collect()
}

#[test]
fn any_all_and_none_are_heeded() {
    let set = catalogue([
        (
            "refund",
            vec![rule(&["退款"], &[], &["退款多久"], MatchKind::Contains, 0)],
            vec![],
        ),
        (
            "size",
            vec![rule(&[], &["尺码", "大"], &[], MatchKind::Contains, 0)],
            vec![],
        ),
    ]);
    assert_eq!(winners(&set, "我要退款"), ["refund"]);
    assert!(
        winners(&set, "退款多久到").is_empty(),
        "a negative keyword forbids"
    );
    assert_eq!(winners(&set, "这个尺码会不会太大"), ["size"]);
    assert!(winners(&set, "尺码").is_empty(), "all means all");
}

#[test]
fn exact_is_the_whole_text_and_regex_is_searched() {
    let set = catalogue([
        (
            "hello",
            vec![rule(&["你好"], &[], &[], MatchKind::Exact, 0)],
            vec![],
        ),
        (
            "order",
            vec![rule(&[r"订单\d{6,}"], &[], &[], MatchKind::Regex, 0)],
            vec![],
        ),
    ]);
    assert_eq!(winners(&set, "你好"), ["hello"]);
    assert!(winners(&set, "你好吗").is_empty());
    assert_eq!(winners(&set, "查一下订单123456"), ["order"]);
    assert!(winners(&set, "查一下订单123").is_empty());
}

#[test]
fn the_highest_priority_wins_and_equal_ones_tie() {
    let set = catalogue([
        (
            "a",
            vec![rule(&["发票"], &[], &[], MatchKind::Contains, 0)],
            vec![],
        ),
        (
            "b",
            vec![rule(&["发票抬头"], &[], &[], MatchKind::Contains, 5)],
            vec![],
        ),
        (
            "c",
            vec![rule(&["开发票"], &[], &[], MatchKind::Contains, 0)],
            vec![],
        ),
    ]);
    assert_eq!(winners(&set, "发票抬头怎么改"), ["b"]);
    assert_eq!(winners(&set, "能开发票吗"), ["a", "c"]);
}

#[test]
fn only_negative_keywords_never_match() {
    let set = catalogue([(
        "a",
        vec![rule(&[], &[], &["x"], MatchKind::Contains, 0)],
        vec![],
    )]);
    assert!(winners(&set, "anything").is_empty());
}

#[test]
fn the_winning_keywords_are_told_as_written() {
    let set = catalogue([(
        "a",
        vec![rule(
            &["Return", "Refund"],
            &[],
            &[],
            MatchKind::Contains,
            0,
        )],
        vec![],
    )]);
    let tier = KeywordTier::build(&set).expect("valid");
    assert_eq!(
        tier.find("a return please").expect("a match").keywords,
        ["Return"]
    );
    assert_eq!(tier.find("it was returned"), None, "Latin words are whole");
}

#[test]
fn a_broken_expression_is_named() {
    let set = catalogue([(
        "a",
        vec![rule(&["(x"], &[], &[], MatchKind::Regex, 0)],
        vec![],
    )]);
    let error = KeywordTier::build(&set)
        .expect_err("unbalanced")
        .to_string();
    assert!(
        error.contains("intent a") && error.contains("(x"),
        "{error}"
    );
    let huge = catalogue([(
        "a",
        vec![rule(&["(a{999}){999}"], &[], &[], MatchKind::Regex, 0)],
        vec![],
    )]);
    assert!(KeywordTier::build(&huge).is_err(), "too large is refused");
}

/// Rule by rule, pattern by pattern, as the documentation says it.
fn naive(catalogue: &Catalogue, text: &str) -> Vec<String> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let contains = |pattern: &str| {
        (0..text.len())
            .filter(|&at| text.is_char_boundary(at))
            .any(|at| {
                text[at..].starts_with(pattern)
                    && !(word(text[..at].chars().next_back()) && word(pattern.chars().next()))
                    && !(word(text[at + pattern.len()..].chars().next())
                        && word(pattern.chars().next_back()))
            })
    };
    let matches = |kind: MatchKind, pattern: &str| match kind {
        MatchKind::Contains => contains(&normalize(pattern)),
        MatchKind::Exact => text == normalize(pattern),
        MatchKind::Regex => regex::Regex::new(pattern).expect("valid").is_match(text),
    };
    let holds = |rule: &KeywordRule| {
        let found = |pattern: &String| matches(rule.kind, pattern);
        !(rule.any.is_empty() && rule.all.is_empty())
            && (rule.any.is_empty() || rule.any.iter().any(found))
            && rule.all.iter().all(found)
            && !rule.none.iter().any(found)
    };
    let best = (catalogue
        .intents
        .iter()
        .flat_map(|i| &i.keywords)
        .filter(|r| holds(r)))
    .map(|r| r.priority)
    .max();
    let wins = |r: &KeywordRule| Some(r.priority) == best && holds(r);
    let winning = catalogue
        .intents
        .iter()
        .filter(|i| i.keywords.iter().any(wins));
    winning.map(|i| i.id.clone()).collect()
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ab退货1]{1,3}", 0..3)
}

fn rules() -> impl Strategy<Value = KeywordRule> {
    let kind = prop_oneof![
        Just(MatchKind::Contains),
        Just(MatchKind::Exact),
        Just(MatchKind::Regex),
    ];
    (patterns(), patterns(), patterns(), kind, -1i8..2).prop_map(
        |(any, all, none, kind, priority)| KeywordRule {
            any,
            all,
            none,
            kind,
            priority,
        },
    )
}

proptest! {
    #[test]
    fn agrees_with_the_naive_implementation(
        sets in prop::collection::vec(prop::collection::vec(rules(), 0..4), 1..6),
        texts in prop::collection::vec("[ab退货1 ]{0,8}", 1..8),
    ) {
        let ids = ["a", "b", "c", "d", "e", "f"];
        let set = catalogue(ids.into_iter().zip(sets).map(|(id, rules)| (id, rules, vec![])));
        for text in &texts {
            let text = normalize(text);
            prop_assert_eq!(winners(&set, &text), naive(&set, &text), "text {:?}", text);
        }
    }
}
