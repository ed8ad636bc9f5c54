//! The intents that ship: every one can be pressed, asked, filled and answered in both languages.

mod common;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use common::{NOW_MS, Reply, Talk, pressed};
use jiff::civil::date;
use kefu_bot::{Bot, BotSettings};
use kefu_dialog::Phase;
use kefu_intents::{Catalogue, SlotType};
use kefu_nlu::{Engine, NoVectorCache, Settings};
use kefu_types::ManualClock;

/// Keywords and character n-grams alone: no model is needed for this.
fn engine() -> Arc<Engine> {
    static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../intents");
        let catalogue = Catalogue::load_dir(&dir, date(2026, 11, 12));
        let catalogue = catalogue.unwrap_or_else(|error| panic!("{error}"));
        let settings = Settings::default();
        let engine = Engine::build(
            Arc::new(catalogue),
            None,
            &NoVectorCache,
            &settings,
            &|_, _| {},
        );
        Arc::new(engine.expect("the engine is built"))
    });
    ENGINE.clone()
}

fn talk(language: &str) -> Talk {
    let clock = Arc::new(ManualClock::new(NOW_MS));
    Talk {
        bot: Bot::new(engine(), BotSettings::default(), clock),
        language: language.to_owned(),
        ..Talk::new()
    }
}

/// Something that fills a slot of this kind.
fn value(kind: &SlotType) -> String {
    match kind {
        SlotType::OrderNumber => "JD20261112".to_owned(),
        SlotType::Phone => "13812345678".to_owned(),
        SlotType::Date => "2026-11-12".to_owned(),
        SlotType::Amount => "99.50".to_owned(),
        SlotType::Number => "2".to_owned(),
        SlotType::Email => "li@example.com".to_owned(),
        SlotType::Address => "杭州市西湖区文三路9号".to_owned(),
        SlotType::Enumeration(values) => values.keys().next().cloned().unwrap_or_default(),
        SlotType::Pattern(regex) => panic!("no example for {regex}"),
        SlotType::Text => "就是坏了".to_owned(),
    }
}

#[test]
fn every_intent_can_be_pressed_filled_and_answered() {
    let engine = engine();
    let (mut filled, mut confirmed) = (0, 0);
    for intent in &engine.catalogue().intents {
        for language in ["zh", "en"] {
            let mut talk = talk(language);
            let payload = format!("intent:{}", intent.id);
            let mut reply = talk.turn(vec![pressed(&payload, "")]);
            for slot in &intent.slots {
                assert_eq!(reply.trace.decision, "ask", "{}: {reply:?}", intent.id);
                reply = talk.say(&value(&slot.kind));
                filled += 1;
            }
            if intent.confirm.is_some() {
                assert_eq!(reply.trace.decision, "ask", "{}: {reply:?}", intent.id);
                assert!(!reply.text.contains(['{', '}']), "{}", reply.text);
                let yes = reply.buttons.first().map(|(label, _)| label.clone());
                reply = talk.press(&reply, &yes.unwrap_or_default());
                confirmed += 1;
            }
            let open = matches!(talk.state.phase, Phase::Idle | Phase::Queued);
            assert!(open, "{}: {reply:?}", intent.id);
            assert!(
                !reply.text.contains(['{', '}']),
                "{}: {}",
                intent.id,
                reply.text
            );
            let known = |(_, payload): &(String, String)| {
                let id = payload.strip_prefix("intent:");
                id.is_none_or(|id| engine.catalogue().get(id).is_some())
            };
            assert!(
                reply.buttons.iter().all(known),
                "{}: {:?}",
                intent.id,
                reply.buttons
            );
        }
    }
    assert!(filled > 0, "no shipped intent asks anything");
    assert!(confirmed > 0, "no shipped intent has its values checked");
}

#[test]
fn the_first_story() {
    let mut talk = talk("zh");
    let seen = |reply: &Reply| (reply.trace.decision.clone(), !reply.buttons.is_empty());
    assert_eq!(seen(&talk.say("我要退货")), ("answer".to_owned(), true));
    // Without a model only characters speak, so nonsense here has none that the set knows; the
    // whole-product tests say nonsense of common characters to the real model.
    assert_eq!(
        seen(&talk.say("齉龘靐齾爩 zxqvk wjjp")),
        ("fallback".to_owned(), true)
    );
    assert_eq!(talk.say("你好").trace.decision, "answer");
    let reply = talk.say("转人工");
    assert_eq!(reply.trace.decision, "handoff");
    assert_eq!(talk.state.phase, Phase::Queued);
}
