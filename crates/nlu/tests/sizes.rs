//! Sets of unusual sizes: one phrasing each, a thousand intents, and one to five hundred in one set.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{CharacterEmbedder, catalogue};
use kefu_intents::Catalogue;
use kefu_nlu::{Decision, Embedder, Engine, NoVectorCache, Settings, Verdict};

/// Two Chinese characters for each number, none shared by two numbers.
fn word(number: u32) -> String {
    let han = |at: u32| char::from_u32(0x4E00 + at).unwrap_or('字');
    [han(2 * number), han(2 * number + 1)].iter().collect()
}

/// Words that every intent's texts have, beyond the words of all intents.
fn shared(draw: u32) -> String {
    word(4_000 + draw % 29)
}

/// Text number `draw` of an intent: two of its own three words among words that all share.
fn text(intent: u32, draw: u32) -> String {
    let own = |at: u32| word(3 * intent + at % 3);
    let (first, second) = (own(draw), own(draw + 1 + draw % 2));
    let (before, after) = (shared(7 * draw + intent), shared(11 * draw + 3));
    format!("{before}{first}{}{second}{after}", shared(draw / 3))
}

/// Intents with so many phrasings each.
fn set(sizes: &[u32]) -> Catalogue {
    let numbered: Vec<(String, Vec<String>)> = (0u32..)
        .zip(sizes)
        .map(|(at, &size)| {
            let texts = (0..size).map(|draw| text(at, draw)).collect();
            (format!("intent{at:04}"), texts)
        })
        .collect();
    catalogue(numbered.iter().map(|(id, texts)| {
        let texts = texts.iter().map(String::as_str).collect();
        (id.as_str(), vec![], texts)
    }))
}

/// The engine, and how often the build said how far it was.
fn build(catalogue: Catalogue) -> (Engine, usize) {
    let told = AtomicUsize::new(0);
    let embedder: Arc<dyn Embedder> = Arc::new(CharacterEmbedder::default());
    let (set, settings) = (Arc::new(catalogue), Settings::default());
    let tell = |done: usize, all: usize| {
        assert!(done <= all, "{done} of {all}");
        told.fetch_add(1, Ordering::Relaxed);
    };
    let built = Engine::build(set, Some(embedder), &NoVectorCache, &settings, &tell);
    (built.expect("a good catalogue"), told.into_inner())
}

fn understand(engine: &Engine, text: &str) -> Verdict {
    let verdict = engine.understand(text, None).expect("works");
    let sum: f64 = verdict.candidates.iter().map(|c| c.probability).sum();
    assert!((0.0..=1.0 + 1e-9).contains(&sum), "{text}: {sum}");
    assert!((0.0..=1.0).contains(&verdict.confidence), "{text}");
    verdict
}

/// Of (text, intent): how many were answered right, answered wrong, asked with the right one among
/// the choices.
fn fates(engine: &Engine, asked: impl IntoIterator<Item = (String, String)>) -> [usize; 3] {
    let mut fates = [0; 3];
    for (text, intent) in asked {
        match understand(engine, &text).decision {
            Decision::Answer(id) => fates[usize::from(id != intent)] += 1,
            Decision::Confirm(ids) => fates[2] += usize::from(ids.contains(&intent)),
            Decision::Fallback => {}
        }
    }
    fates
}

fn refuses_what_is_far(engine: &Engine) {
    for far in [
        "蚂蚁怎么找到回家的路",
        "鹦鹉螺的壳",
        "the cat sat on the mat",
    ] {
        let decision = understand(engine, far).decision;
        assert!(
            !matches!(decision, Decision::Answer(_)),
            "{far}: {decision:?}"
        );
    }
}

#[test]
fn a_thousand_intents_of_one_phrasing_answer_only_what_is_next_to_word_by_word() {
    let (engine, told) = build(set(&[1; 1_000]));
    // Eleven models at most, each in at most 25 steps; the rest is embedding, by batches.
    assert!(told <= 11 * (25 + 2) + 100, "{told} steps");
    let name = |intent: u32| format!("intent{intent:04}");
    let asked = |draw: u32| (0..1_000).step_by(7).map(move |i| (text(i, draw), name(i)));
    let [right, wrong, offered] = fates(&engine, asked(0));
    assert_eq!(wrong, 0);
    assert!(right + offered >= 140, "{right} + {offered} of 143");
    // Other words than those written down: at most asked, and never answered wrongly.
    let [_, wrong, _] = fates(&engine, asked(4));
    assert_eq!(wrong, 0);
    refuses_what_is_far(&engine);
}

#[test]
fn one_five_ten_and_five_hundred_phrasings_get_along_in_one_set() {
    let sizes: Vec<u32> = [1, 5, 10, 500].into_iter().cycle().take(16).collect();
    let (engine, _) = build(set(&sizes));
    refuses_what_is_far(&engine);
    // Texts that nobody wrote down, as many of each kind of intent.
    let of_kind = |kind: usize| {
        let intents = (kind as u32..16).step_by(4);
        let asked = intents.flat_map(|i| (600..640).map(move |draw| (i, draw)));
        asked.map(|(i, draw)| (text(i, draw), format!("intent{i:04}")))
    };
    for (kind, size) in [1, 5, 10, 500].into_iter().enumerate() {
        let [right, wrong, offered] = fates(&engine, of_kind(kind));
        let seen =
            format!("{size} phrasings: {right} right, {wrong} wrong, {offered} offered of 160");
        assert!(wrong * 20 <= right + wrong + 20, "{seen}");
        let least = [0, 40, 80, 140][kind];
        assert!(right + offered >= least, "{seen}");
    }
}
