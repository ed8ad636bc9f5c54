//! What is understood depends on what the files say, not on the order in which they say it.

mod common;

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use common::{engine, shop};
use jiff::civil::date;
use kefu_intents::{Catalogue, Intent};
use kefu_nlu::{Decision, Engine, NoVectorCache, Settings, Verdict};
use proptest::prelude::*;

/// Phrasings and texts nobody wrote down, near and far.
const ASKED: [&str; 14] = [
    "我要退货",
    "买的东西想退",
    "退",
    "发票什么时候开",
    "抬头写错了能重开吗",
    "快递几天到",
    "包裹怎么还没到",
    "优惠券和发票",
    "新人有什么优惠",
    "一米八穿几码",
    "衣服小了想退货",
    "蚂蚁怎么找到回家的路",
    "where is it",
    "退或发的券码",
];

/// One intent as a file says it.
fn entry(intent: &Intent, phrasings: &[usize]) -> String {
    let id = &intent.id;
    let mut text = format!("  - id: {id}\n    title: {id}问题\n    phrasings:\n");
    for &at in phrasings {
        let _ = writeln!(text, "      - {}", intent.phrasings[at].text);
    }
    text + "    answers: 好的\n"
}

/// The shop in files: which intent stands where, with its phrasings in which order. One phrasing is
/// there in two spellings.
fn files(order: &[usize], files: usize, phrasings: &[Vec<usize>]) -> Catalogue {
    let mut shop = shop();
    let mut twice = shop.intents[0].phrasings[0].clone();
    twice.text.push('！');
    shop.intents[0].phrasings[1] = twice;
    let mut texts: Vec<String> = vec![String::new(); files];
    for (place, &at) in order.iter().enumerate() {
        texts[place % files] += &entry(&shop.intents[at], &phrasings[at]);
    }
    let name = |at: usize| format!("{}.yaml", char::from(b'z' - at as u8));
    let named = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty());
    let named: Vec<(String, String)> = named
        .map(|(at, text)| (name(at), format!("intents:\n{text}")))
        .collect();
    let parts = named
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    Catalogue::parse(parts, date(2026, 11, 12)).expect("a good set")
}

fn verdicts(engine: &Engine) -> Vec<Verdict> {
    let understand = |text: &&str| engine.understand(text, None).expect("works");
    ASKED.iter().map(understand).collect()
}

fn lexical(catalogue: Catalogue) -> Engine {
    let (set, settings) = (Arc::new(catalogue), Settings::default());
    Engine::build(set, None, &NoVectorCache, &settings, &|_, _| {}).expect("a good catalogue")
}

fn straight() -> Catalogue {
    let plain: Vec<Vec<usize>> = vec![(0..8).collect(); 5];
    files(&[0, 1, 2, 3, 4], 1, &plain)
}

/// With vectors and without, in the order in which the shop is written.
static EXPECTED: LazyLock<[Vec<Verdict>; 2]> = LazyLock::new(|| {
    [
        verdicts(&engine(straight())),
        verdicts(&lexical(straight())),
    ]
});

fn shuffled(count: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..count).collect::<Vec<_>>()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn verdicts_and_probabilities_are_the_same_in_any_order(
        order in shuffled(5),
        count in 1usize..4,
        phrasings in prop::collection::vec(shuffled(8), 5),
    ) {
        let set = files(&order, count, &phrasings);
        prop_assert_eq!(&verdicts(&engine(set.clone())), &EXPECTED[0]);
        prop_assert_eq!(&verdicts(&lexical(set)), &EXPECTED[1]);
    }
}

#[test]
fn the_texts_that_are_asked_meet_every_kind_of_decision() {
    let kinds = |verdicts: &[Verdict]| {
        let is = |kind: fn(&Decision) -> bool| verdicts.iter().any(|v| kind(&v.decision));
        [
            is(|d| matches!(d, Decision::Answer(_))),
            is(|d| matches!(d, Decision::Confirm(_))),
            is(|d| matches!(d, Decision::Fallback)),
        ]
    };
    assert_eq!(kinds(&EXPECTED[0]), [true; 3], "{:?}", EXPECTED[0]);
}
