//! From one catalogue to the next.

mod common;

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use common::{CharacterEmbedder, catalogue, rule, shop};
use kefu_intents::{Catalogue, MatchKind};
use kefu_nlu::{Decision, Embedder, Engine, Settings, VectorCache};

#[derive(Default)]
struct Remembering(Mutex<HashMap<String, Vec<f32>>>);

impl VectorCache for Remembering {
    fn get(&self, _: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let known = self.0.lock().expect("not poisoned");
        texts.iter().map(|&text| known.get(text).cloned()).collect()
    }

    fn put(&self, _: &str, texts: &[&str], vectors: &[Vec<f32>]) {
        let pairs = texts.iter().map(|&text| text.to_owned());
        let mut known = self.0.lock().expect("not poisoned");
        known.extend(pairs.zip(vectors.iter().cloned()));
    }
}

/// An embedder that counts, and a cache.
#[derive(Default)]
struct Place {
    embedder: Arc<CharacterEmbedder>,
    cache: Remembering,
}

impl Place {
    fn build(&self, catalogue: Catalogue) -> Engine {
        let embedder: Arc<dyn Embedder> = self.embedder.clone();
        let catalogue = Arc::new(catalogue);
        Engine::build(
            catalogue,
            Some(embedder),
            &self.cache,
            &Settings::default(),
            &|_, _| {},
        )
        .expect("builds")
    }

    fn rebuild(&self, previous: &Engine, catalogue: Catalogue) -> Engine {
        let embedder: Arc<dyn Embedder> = self.embedder.clone();
        let catalogue = Arc::new(catalogue);
        let settings = Settings::default();
        Engine::rebuild(
            previous,
            catalogue,
            Some(embedder),
            &self.cache,
            &settings,
            &|_, _| {},
        )
        .expect("rebuilds")
    }

    fn embedded(&self) -> usize {
        self.embedder.texts.load(Ordering::Relaxed)
    }
}

/// Ten intents of forty phrasings: two words of their own among words that all share.
fn wide() -> Catalogue {
    let word = |i: u32| char::from_u32(0x4E00 + 7 * i).map_or(String::new(), String::from);
    let text = |intent: u32, i: u32| {
        let shared = |j: u32| word(500 + (intent * 31 + i * 17 + j * 13) % 40);
        let own = word(3 * intent + i % 3);
        format!(
            "{}{}{own}{}{}",
            shared(1),
            shared(2),
            word(3 * intent + i % 2),
            word(900 + i)
        )
    };
    let texts: Vec<Vec<String>> = (0..10)
        .map(|n| (0..40).map(|i| text(n, i)).collect())
        .collect();
    let ids: Vec<String> = (0..10).map(|n| format!("intent{n}")).collect();
    let entry = |(id, texts)| (id, vec![], texts);
    let strs = texts
        .iter()
        .map(|texts| texts.iter().map(String::as_str).collect());
    catalogue(ids.iter().map(String::as_str).zip(strs).map(entry))
}

fn phrasings(catalogue: &Catalogue) -> Vec<String> {
    let intents = catalogue.intents.iter();
    intents
        .flat_map(|i| i.phrasings.iter().map(|p| p.text.clone()))
        .collect()
}

#[test]
fn where_no_phrasing_changed_everything_fitted_is_kept() {
    let place = Place::default();
    let first = place.build(wide());
    let mut changed = wide();
    changed.intents[3].keywords = vec![rule(&["人工"], &[], &[], MatchKind::Contains, 0)];
    // An intent without phrasings in front moves the numbers of all others.
    let silent = catalogue([(
        "a silent one, 1",
        vec![rule(&["静"], &[], &[], MatchKind::Exact, 0)],
        vec![],
    )]);
    changed.intents.splice(0..0, silent.intents);
    let before = place.embedded();
    let second = place.rebuild(&first, changed);
    assert_eq!(place.embedded(), before, "nothing is embedded again");
    assert!(!second.is_patched());
    for text in phrasings(&wide()).iter().step_by(7) {
        assert_eq!(
            first.understand(text, None).expect("works"),
            second.understand(text, None).expect("works")
        );
    }
    let human = second.understand("人工", None).expect("works");
    assert_eq!(human.decision, Decision::Answer("intent3".to_owned()));
}

#[test]
fn one_changed_phrasing_is_learned_without_a_fit_and_nothing_else_moves_much() {
    let place = Place::default();
    let first = place.build(wide());
    let mut changed = wide();
    let new = "鹦鹉螺的壳是怎么长的";
    changed.intents[4].phrasings[9].text = new.to_owned();
    let before = place.embedded();
    let patched = place.rebuild(&first, changed.clone());
    assert_eq!(
        place.embedded() - before,
        1,
        "only the new text is embedded"
    );
    assert!(patched.is_patched());
    assert_eq!(
        patched.understand(new, None).expect("works").top(),
        Some("intent4")
    );
    let whole = place.build(changed.clone());
    let texts = phrasings(&changed);
    let same = texts.iter().filter(|text| {
        let of = |engine: &Engine| engine.understand(text, None).expect("works");
        of(&patched).top() == of(&whole).top()
    });
    assert!(same.count() * 100 >= texts.len() * 98);
    let again = place.rebuild(&patched, changed.clone());
    assert!(!again.is_patched(), "the second look fits whole");
    for text in texts.iter().step_by(9) {
        let of = |engine: &Engine| engine.understand(text, None).expect("works");
        assert_eq!(of(&again), of(&whole));
    }
    let old_texts = phrasings(&wide());
    let explained = patched
        .explain(&old_texts[4 * 40 + 9], None)
        .expect("works");
    let shown = explained.candidates.iter().flat_map(|c| &c.nearest);
    assert!(
        shown
            .into_iter()
            .all(|near| near.text != old_texts[4 * 40 + 9]),
        "it is gone"
    );
}

#[test]
fn many_changes_and_other_intents_are_fitted_whole() {
    let place = Place::default();
    let first = place.build(wide());
    let mut fewer = wide();
    fewer.intents.remove(2);
    let mut many = wide();
    for phrasing in many.intents[0].phrasings.iter_mut().take(20) {
        phrasing.text.push('换');
    }
    let mut steps = wide();
    let mut engine = place.rebuild(&first, wide());
    for (at, phrasing) in steps.clone().intents[1]
        .phrasings
        .iter()
        .enumerate()
        .take(9)
    {
        steps.intents[1].phrasings[at].text = format!("{}改", phrasing.text);
        engine = place.rebuild(&engine, steps.clone());
    }
    assert!(
        !engine.is_patched(),
        "the ninth change in 400 calls for a fit"
    );
    for (rebuilt, set) in [
        (place.rebuild(&first, fewer.clone()), fewer),
        (place.rebuild(&first, many.clone()), many),
        (engine, steps),
    ] {
        assert!(!rebuilt.is_patched());
        let whole = place.build(set.clone());
        for text in phrasings(&set).iter().step_by(11) {
            let of = |engine: &Engine| engine.understand(text, None).expect("works");
            assert_eq!(of(&rebuilt), of(&whole), "{text}");
        }
    }
}

#[test]
fn small_sets_are_always_fitted_whole() {
    let place = Place::default();
    let first = place.build(shop());
    let mut changed = shop();
    changed.intents[0].phrasings[0].text.push('啦');
    assert!(!place.rebuild(&first, changed).is_patched());
}
