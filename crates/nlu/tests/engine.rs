//! The engine as its callers see it, over a small shop.

mod common;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{BrokenEmbedder, CharacterEmbedder, catalogue, engine, rule, shop};
use kefu_intents::{Catalogue, MatchKind};
use kefu_nlu::{
    BuildError, Case, Decision, Embedder, Engine, NoVectorCache, Settings, Tier, VectorCache,
    evaluate,
};
use proptest::prelude::*;

fn build(
    catalogue: Catalogue,
    embedder: Option<Arc<dyn Embedder>>,
    cache: &dyn VectorCache,
) -> Result<Engine, BuildError> {
    Engine::build(
        Arc::new(catalogue),
        embedder,
        cache,
        &Settings::default(),
        &|_, _| {},
    )
}

#[test]
fn a_rewording_finds_its_intent_and_gibberish_finds_none() {
    let engine = engine(shop());
    let top = |text: &str| engine.understand(text, None).expect("works");
    assert_eq!(top("我想要退货").top(), Some("退货"));
    assert_eq!(top("发票怎么开").top(), Some("发票"));
    let strange = top("鲸鱼为什么会唱歌呢");
    assert_eq!(
        (strange.decision, strange.tier),
        (Decision::Fallback, Tier::Fallback)
    );
    let silence = top(" …… ");
    assert_eq!(
        (silence.decision, silence.in_scope),
        (Decision::Fallback, 0.0)
    );
}

#[test]
fn phrasings_word_by_word_are_hardly_ever_refused() {
    let engine = engine(shop());
    for intent in &engine.catalogue().intents {
        for phrasing in &intent.phrasings {
            let verdict = engine.understand(&phrasing.text, None).expect("works");
            assert_eq!(verdict.top(), Some(intent.id.as_str()), "{}", phrasing.text);
            assert_ne!(verdict.decision, Decision::Fallback, "{}", phrasing.text);
        }
    }
}

#[test]
fn keywords_decide_without_the_model() {
    let mut set = shop();
    set.intents[0].keywords = vec![rule(&["人工"], &[], &[], MatchKind::Contains, 0)];
    let id = set.intents[0].id.clone();
    let embedder = Arc::new(CharacterEmbedder::default());
    let engine = build(set, Some(embedder.clone()), &NoVectorCache).expect("builds");
    let before = embedder.texts.load(Ordering::Relaxed);
    let verdict = engine.understand("转人工！", None).expect("works");
    assert_eq!(
        (verdict.tier, &verdict.decision),
        (Tier::Keyword, &Decision::Answer(id))
    );
    assert_eq!(verdict.keywords, ["人工"]);
    assert_eq!(
        embedder.texts.load(Ordering::Relaxed),
        before,
        "the model was not asked"
    );
}

#[test]
fn a_tie_of_keywords_is_asked() {
    let mut set = shop();
    for at in [0, 1] {
        set.intents[at].keywords = vec![rule(&["投诉"], &[], &[], MatchKind::Contains, 0)];
    }
    let mut tied = vec![set.intents[0].id.clone(), set.intents[1].id.clone()];
    let verdict = engine(set).understand("我要投诉", None).expect("works");
    let Decision::Confirm(mut choices) = verdict.decision else {
        panic!("two intents matched alike: {verdict:?}");
    };
    choices.sort();
    tied.sort();
    assert_eq!(choices, tied);
    let sum: f64 = verdict.candidates.iter().map(|c| c.probability).sum();
    assert!((sum - 1.0).abs() < 1e-9);
}

#[test]
fn the_same_catalogue_gives_the_same_engine() {
    let (a, b) = (engine(shop()), engine(shop()));
    for text in ["我要退货", "券", "物流和发票", "hello"] {
        assert_eq!(
            a.understand(text, None).expect("a"),
            b.understand(text, None).expect("b")
        );
    }
}

#[test]
fn batches_say_what_single_calls_say() {
    let mut set = shop();
    set.intents[0].keywords = vec![rule(&["人工"], &[], &[], MatchKind::Contains, 0)];
    let engine = engine(set);
    let texts = ["我要退货", "转人工", "", "快递", "人工智能", "尺码表"];
    let together = engine.understand_all(&texts).expect("works");
    for (text, verdict) in texts.iter().zip(together) {
        assert_eq!(
            verdict,
            engine.understand(text, None).expect("works"),
            "{text}"
        );
    }
}

#[test]
fn without_a_model_the_letters_serve() {
    let engine = build(shop(), None, &NoVectorCache).expect("builds");
    assert_eq!(
        engine.understand("怎么退货呢", None).expect("works").top(),
        Some("退货")
    );
}

#[test]
fn a_model_that_fails_is_told_and_not_hidden() {
    let broken: Arc<dyn Embedder> = Arc::new(BrokenEmbedder);
    let error = build(shop(), Some(broken), &NoVectorCache).expect_err("it is down");
    assert!(error.to_string().contains("it is down"), "{error}");
}

#[derive(Default)]
struct Remembering(Mutex<HashMap<String, Vec<f32>>>);

impl VectorCache for Remembering {
    fn get(&self, _: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let known = self.0.lock().expect("not poisoned");
        texts.iter().map(|&text| known.get(text).cloned()).collect()
    }

    fn put(&self, _: &str, texts: &[&str], vectors: &[Vec<f32>]) {
        let pairs = texts
            .iter()
            .map(|&text| text.to_owned())
            .zip(vectors.iter().cloned());
        self.0.lock().expect("not poisoned").extend(pairs);
    }
}

#[test]
fn a_reload_embeds_only_what_changed() {
    let embedder = Arc::new(CharacterEmbedder::default());
    let cache = Remembering::default();
    let first = build(shop(), Some(embedder.clone()), &cache).expect("builds");
    let before = embedder.texts.load(Ordering::Relaxed);
    let mut changed = shop();
    changed.intents[0].phrasings[0].text.push('啦');
    let second = build(changed, Some(embedder.clone()), &cache).expect("builds");
    let embedded = embedder.texts.load(Ordering::Relaxed) - before;
    // The phrasing, and its two shortened forms while the set is small.
    assert!(
        (1..=3).contains(&embedded),
        "{embedded} texts were embedded"
    );
    for engine in [first, second] {
        assert_eq!(
            engine
                .understand("优惠券怎么用", None)
                .expect("works")
                .top(),
            Some("优惠券")
        );
    }
}

#[test]
fn every_size_of_catalogue_is_served() {
    let none = engine(Catalogue::default())
        .understand("你好", None)
        .expect("works");
    assert_eq!(none.decision, Decision::Fallback);
    let lone = engine(catalogue([("a", vec![], vec!["我要退货"])]));
    assert_eq!(
        lone.understand("我要退货", None).expect("works").top(),
        Some("a")
    );
    let silent = engine(catalogue([
        ("a", vec![], vec![]),
        ("b", vec![], vec!["发票"]),
    ]));
    assert_eq!(
        silent.understand("发票", None).expect("works").top(),
        Some("b")
    );
    let long = "退".repeat(5_000);
    let odd = engine(catalogue([
        ("a", vec![], vec![long.as_str(), "！", "同样", "同样"]),
        ("b", vec![], vec!["同样"]),
    ]));
    let verdict = odd.understand("同样", None).expect("works");
    assert!(
        !matches!(verdict.decision, Decision::Answer(_)),
        "both say it: {verdict:?}"
    );
    let many: Vec<String> = (0..300).map(|i| format!("第{i}个问题怎么办")).collect();
    let ids: Vec<String> = (0..300).map(|i| format!("intent{i}")).collect();
    let wide = engine(catalogue(
        ids.iter()
            .zip(&many)
            .map(|(id, text)| (id.as_str(), vec![], vec![text.as_str()])),
    ));
    assert_eq!(
        wide.understand(&many[7], None).expect("works").top(),
        Some("intent7")
    );
}

/// Texts of an intent: one of its three words among fillers that all intents share.
fn chatter(intent: u32, text: u32) -> String {
    let word = |i: u32| char::from_u32(0x4E00 + 40 * i).map_or(String::new(), |c| c.to_string());
    let mut state = u64::from(intent) * 7_919 + u64::from(text) * 104_729 + 1;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) % below) as u32
    };
    // Intents overlap: every fourth word belongs to the neighbour.
    let of = if next(4) == 0 {
        (intent + 1) % 8
    } else {
        intent
    };
    let own = word(3 * of + next(3));
    (0..4).map(|_| word(100 + next(60))).chain([own]).collect()
}

#[test]
fn answers_keep_the_promised_precision_on_unseen_texts() {
    let ids: Vec<String> = (0..8).map(|i| format!("intent{i}")).collect();
    let texts: Vec<Vec<String>> = (0..8)
        .map(|intent| (0..40).map(|text| chatter(intent, text)).collect())
        .collect();
    let set = catalogue(ids.iter().zip(&texts).map(|(id, texts)| {
        (
            id.as_str(),
            vec![],
            texts.iter().map(String::as_str).collect(),
        )
    }));
    let settings = Settings {
        target_precision: 0.8,
        ..Settings::default()
    };
    let embedder: Arc<dyn Embedder> = Arc::new(CharacterEmbedder::default());
    let engine = Engine::build(
        Arc::new(set),
        Some(embedder),
        &NoVectorCache,
        &settings,
        &|_, _| {},
    )
    .expect("builds");
    let cases: Vec<Case> = (0..8u32)
        .flat_map(|intent| (1_000..1_060).map(move |text| (intent, text)))
        .map(|(intent, text)| Case {
            intent: format!("intent{intent}"),
            text: chatter(intent, text),
        })
        .collect();
    let found = evaluate(&engine, &cases, &|| Duration::ZERO, &|_, _| {}).expect("works");
    let accuracy = found.accuracy.expect("cases");
    let precision = found.precision_answered.expect("something is answered");
    assert!(
        accuracy < 0.8,
        "the set must be harder than the target: {accuracy}"
    );
    assert!(
        precision > 0.74,
        "promised 0.8, kept {precision} at {:?}",
        found.coverage
    );
    assert!(found.coverage.expect("cases") > 0.1, "{found:?}");
}

#[test]
fn latency_is_of_single_calls_by_the_callers_clock() {
    let engine = engine(shop());
    let ticks = Cell::new(0u32);
    let now = || {
        ticks.set(ticks.get() + 1);
        Duration::from_millis(5) * ticks.get()
    };
    let case = |text: &str| Case {
        intent: "退货".to_owned(),
        text: text.to_owned(),
    };
    let cases = ["我要退货", "怎么退", "退掉"].map(case);
    let heard = Cell::new((0, 0));
    let found =
        evaluate(&engine, &cases, &now, &|done, all| heard.set((done, all))).expect("works");
    assert!(
        (found.latency_ms.p50 - 5.0).abs() < 1e-9,
        "{:?}",
        found.latency_ms
    );
    assert_eq!(heard.get(), (3, 3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn verdicts_are_sound_whatever_is_typed(texts in prop::collection::vec("\\PC{0,20}|[退货发票券a-z ]{0,12}", 20)) {
        thread_local! {
            static ENGINE: Engine = engine(shop());
        }
        for text in &texts {
            let verdict = ENGINE.with(|engine| engine.understand(text, None)).expect("works");
            let sum: f64 = verdict.candidates.iter().map(|c| c.probability).sum();
            prop_assert!(verdict.candidates.iter().all(|c| (0.0..=1.0).contains(&c.probability)));
            prop_assert!((0.0..=1.0).contains(&verdict.in_scope) && sum <= verdict.in_scope + 1e-9);
            prop_assert!(verdict.candidates.is_sorted_by(|a, b| a.probability >= b.probability));
            prop_assert!(verdict.candidates.len() <= 5);
            match &verdict.decision {
                Decision::Answer(intent) => prop_assert_eq!(verdict.top(), Some(intent.as_str())),
                Decision::Confirm(choices) => {
                    prop_assert!((1..=3).contains(&choices.len()));
                    let known = |c: &String| verdict.candidates.iter().any(|s| s.intent == *c);
                    prop_assert!(choices.iter().all(known));
                }
                Decision::Fallback => prop_assert_eq!(verdict.tier, Tier::Fallback),
            }
        }
    }

    #[test]
    fn adding_a_phrasing_twice_changes_nothing(at in 0usize..5, which in 0usize..8) {
        let mut doubled = shop();
        let again = doubled.intents[at].phrasings[which].clone();
        doubled.intents[at].phrasings.push(again);
        let (plain, doubled) = (engine(shop()), engine(doubled));
        for text in ["想退货", "发票", "快递呢"] {
            let of = |engine: &Engine| engine.understand(text, None).expect("works");
            prop_assert_eq!(of(&plain), of(&doubled));
        }
    }
}
