//! What is said about the keyword rules that a text touches.

mod common;

use common::{catalogue, rule};
use kefu_intents::{Catalogue, KeywordRule, MatchKind};
use kefu_nlu::{KeywordList, KeywordTier, RuleExplanation, RuleOutcome};
use kefu_text::normalize;
use proptest::prelude::*;

fn shop() -> Catalogue {
    let contains = |any: &[&str], all: &[&str], none: &[&str], priority| {
        rule(any, all, none, MatchKind::Contains, priority)
    };
    catalogue([
        (
            "address",
            vec![contains(&["退货地址"], &[], &[], 10)],
            vec![],
        ),
        (
            "invoice",
            vec![
                contains(&["发票"], &["抬头"], &[], 0),
                rule(&[r"订单\d{3,}.*开票"], &[], &[], MatchKind::Regex, 0),
            ],
            vec![],
        ),
        (
            "refund",
            vec![contains(&["退款", "退货"], &[], &["不退"], 0)],
            vec![],
        ),
        (
            "return",
            vec![contains(&["退货"], &[], &["地址"], 0)],
            vec![],
        ),
    ])
}

fn explain(catalogue: &Catalogue, text: &str) -> Vec<RuleExplanation> {
    let tier = KeywordTier::build(catalogue).expect("the keywords are good");
    tier.explain(catalogue, text)
}

/// (intent, outcome, what was found as typed, what was missing), one for each rule.
fn outline(text: &str) -> Vec<(String, RuleOutcome, Vec<String>, Vec<String>)> {
    let line = |rule: RuleExplanation| {
        let found = rule.found.into_iter().map(|found| found.text).collect();
        (rule.intent, rule.outcome, found, rule.missing)
    };
    explain(&shop(), text).into_iter().map(line).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn it_says_who_won_who_was_outranked_and_what_vetoed() {
    assert_eq!(
        outline("退 貨地址 发我"),
        [
            (
                "address".into(),
                RuleOutcome::Won,
                strings(&["退 貨地址"]),
                vec![]
            ),
            (
                "refund".into(),
                RuleOutcome::Outranked,
                strings(&["退 貨"]),
                vec![]
            ),
            (
                "return".into(),
                RuleOutcome::Vetoed,
                strings(&["退 貨", "地址"]),
                vec![]
            ),
        ]
    );
}

#[test]
fn it_says_what_was_wanting() {
    assert_eq!(
        outline("能开发票吗"),
        [(
            "invoice".into(),
            RuleOutcome::Incomplete,
            strings(&["发票"]),
            strings(&["抬头"])
        )]
    );
    assert_eq!(
        outline("抬头写错了"),
        [(
            "invoice".into(),
            RuleOutcome::Incomplete,
            strings(&["抬头"]),
            strings(&["发票"])
        )]
    );
    assert!(outline("今天天气不错").is_empty());
}

#[test]
fn expressions_too_are_shown_where_they_matched() {
    let rules = explain(&shop(), "你好，訂單１２３４ 帮我开票");
    let [invoice] = rules.as_slice() else {
        panic!("one rule: {rules:?}")
    };
    let [found] = invoice.found.as_slice() else {
        panic!("one keyword: {invoice:?}")
    };
    assert_eq!((invoice.rule, invoice.outcome), (2, RuleOutcome::Won));
    assert_eq!(
        (found.text.as_str(), found.list),
        ("訂單１２３４ 帮我开票", KeywordList::Any)
    );
    assert_eq!((found.start, found.end), (3, 14));
}

#[test]
fn rules_that_won_alike_are_all_winners() {
    let winners = outline("我要退货")
        .into_iter()
        .filter(|line| line.1 == RuleOutcome::Won);
    assert_eq!(
        winners.map(|line| line.0).collect::<Vec<_>>(),
        ["refund", "return"]
    );
}

#[test]
fn its_form_is_what_pages_read() {
    let rules = explain(&shop(), "退货地址");
    let json = serde_json::to_value(&rules[2]).expect("it is plain data");
    let expected = serde_json::json!({
        "intent": "return", "rule": 1, "matching": "contains", "priority": 0, "outcome": "vetoed",
        "found": [
            { "keyword": "退货", "list": "any", "text": "退货", "start": 0, "end": 2 },
            { "keyword": "地址", "list": "none", "text": "地址", "start": 2, "end": 4 },
        ],
        "missing": [],
    });
    assert_eq!(json, expected);
}

fn rules() -> impl Strategy<Value = KeywordRule> {
    let literals = || prop::collection::vec("[ab退货1]{1,3}", 0..3);
    let expressions = || prop::collection::vec("(a[?]退|\\[货1\\][+]|b[.]a|1)(货|a[*]b)", 0..3);
    let literal =
        (literals(), literals(), literals(), any::<bool>()).prop_map(|(any, all, none, exact)| {
            let kind = if exact {
                MatchKind::Exact
            } else {
                MatchKind::Contains
            };
            (any, all, none, kind)
        });
    let expression = (expressions(), expressions(), expressions())
        .prop_map(|(any, all, none)| (any, all, none, MatchKind::Regex));
    (prop_oneof![literal, expression], -1i8..2).prop_map(|((any, all, none, kind), priority)| {
        KeywordRule {
            any,
            all,
            none,
            kind,
            priority,
        }
    })
}

proptest! {
    #[test]
    fn the_explanation_names_the_winners_that_decide(
        sets in prop::collection::vec(prop::collection::vec(rules(), 0..4), 1..5),
        texts in prop::collection::vec("[aB退貨货１ ！]{0,8}", 1..8),
    ) {
        let ids = ["a", "b", "c", "d", "e"];
        let set = catalogue(ids.into_iter().zip(sets).map(|(id, rules)| (id, rules, vec![])));
        let tier = KeywordTier::build(&set).expect("the keywords are good");
        for text in &texts {
            let hit = tier.find(&normalize(text)).unwrap_or_default();
            let decided: Vec<&str> = hit.intents.iter().map(|&at| set.intents[at as usize].id.as_str()).collect();
            let rules = tier.explain(&set, text);
            let mut won: Vec<&str> = rules.iter().filter(|r| r.outcome == RuleOutcome::Won).map(|r| r.intent.as_str()).collect();
            won.sort_unstable();
            won.dedup();
            prop_assert_eq!(won, decided);
            for found in rules.iter().flat_map(|rule| &rule.found) {
                let shown: String = text.chars().skip(found.start).take(found.end - found.start).collect();
                prop_assert_eq!(&shown, &found.text);
            }
        }
    }
}
