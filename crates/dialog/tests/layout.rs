//! The stored JSON. A change here is a change of the layout: raise `SCHEMA` and upgrade the old.

mod common;

use common::{Talk, answer, careful, confirm, handed, plain, slotted, value};
use kefu_dialog::{
    Asked, Event, Phase, Policy, Reply, SCHEMA, State, StateError, Understanding, step,
};

fn after(turns: &[Understanding]) -> State {
    let mut talk = Talk::default();
    for what in turns {
        talk.turn(what.clone());
    }
    talk.state
}

#[test]
fn a_new_conversation() {
    insta::assert_snapshot!(State::default().to_json(), @r#"{"schema":2,"turn":0,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null,"heard_ms":null,"settled":0}"#);
}

#[test]
fn a_slot_half_way() {
    let state = after(&[answer(plain(), &[]), answer(slotted(), &["a"])]);
    insta::assert_snapshot!(state.to_json(), @r#"{"schema":2,"turn":2,"phase":{"at":"waiting_reply","topic":{"intent":{"id":"slotted","slots":[{"name":"a","kind":{"type":"phone"}},{"name":"b","kind":{"type":"phone"}}]},"filled":{"a":"v"},"turns":1,"misses":0,"asking":{"name":"b","kind":{"type":"phone"}},"attempts":1}},"fallbacks":0,"last_answer":["plain",1],"heard_ms":120000,"settled":2}"#);
}

#[test]
fn a_turn_that_may_answer_a_choice() {
    let state = after(&[Understanding::Fallback, confirm(&[plain(), handed()])]);
    let (state, _) = step(
        &state,
        &Event::VisitorMessage { at_ms: 240_000 },
        &Policy::default(),
    );
    insta::assert_snapshot!(state.to_json(), @r#"{"schema":2,"turn":3,"phase":{"at":"processing","asked":{"what":"choice","options":[{"id":"plain"},{"id":"handed","slots":[{"name":"c","kind":{"type":"phone"}}],"handoff":"complaint"}],"again":false},"waited":false},"fallbacks":1,"last_answer":null,"heard_ms":240000,"settled":2}"#);
}

#[test]
fn a_state_of_a_newer_version_is_refused_and_nonsense_too() {
    let newer = State::default().to_json().replace(
        &format!("\"schema\":{SCHEMA}"),
        &format!("\"schema\":{}", SCHEMA + 1),
    );
    assert!(
        matches!(State::from_json(&newer), Err(StateError::Newer { found }) if found == SCHEMA + 1)
    );
    for text in ["", "null", "{}", "[1]", "{\"schema\":1}"] {
        assert!(
            matches!(State::from_json(text), Err(StateError::Malformed(_))),
            "{text}"
        );
    }
}

#[test]
fn a_checked_form_over_an_interrupted_one() {
    let state = after(&[answer(slotted(), &["a"]), answer(careful(), &["d", "e"])]);
    insta::assert_snapshot!(state.to_json(), @r#"{"schema":2,"turn":2,"phase":{"at":"waiting_approval","form":{"intent":{"id":"careful","slots":[{"name":"d","kind":{"type":"phone"}},{"name":"e","kind":{"type":"phone"},"optional":true}],"confirm":true,"action":"order.cancel"},"filled":{"d":"v","e":"v"},"turns":1,"misses":0},"which":false,"attempts":1},"fallbacks":0,"last_answer":null,"paused":[{"intent":{"id":"slotted","slots":[{"name":"a","kind":{"type":"phone"}},{"name":"b","kind":{"type":"phone"}}]},"filled":{"a":"v"},"turns":1,"misses":0}],"heard_ms":120000,"settled":2}"#);
}

/// States as the first layout wrote them, with what they must still mean.
const FIRST_LAYOUT: [&str; 8] = [
    r#"{"schema":1,"turn":0,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null}"#,
    r#"{"schema":1,"turn":2,"phase":{"at":"waiting_reply","topic":{"intent":{"id":"slotted","slots":[{"name":"a","kind":{"type":"phone"}},{"name":"b","kind":{"type":"phone"}}]},"filled":{"a":"v"},"asking":{"name":"b","kind":{"type":"phone"}},"attempts":1}},"fallbacks":0,"last_answer":["plain",1]}"#,
    r#"{"schema":1,"turn":3,"phase":{"at":"processing","asked":{"what":"slot","topic":{"intent":{"id":"slotted","slots":[{"name":"a","kind":{"type":"date"}},{"name":"b","kind":{"type":"amount"}}]},"filled":{"a":"2026-11-12"},"asking":{"name":"b","kind":{"type":"amount"}},"attempts":2}},"waited":true},"fallbacks":1,"last_answer":null}"#,
    r#"{"schema":1,"turn":3,"phase":{"at":"processing","asked":{"what":"choice","options":[{"id":"plain"},{"id":"handed","slots":[{"name":"c","kind":{"type":"phone"}}],"handoff":"complaint"}],"again":false},"waited":false},"fallbacks":1,"last_answer":null}"#,
    r#"{"schema":1,"turn":3,"phase":{"at":"waiting_confirm","options":[{"id":"x"}]},"fallbacks":0,"last_answer":null}"#,
    r#"{"schema":1,"turn":9,"phase":{"at":"waiting_reply","topic":{"intent":{"id":"e","slots":[{"name":"k","kind":{"type":"enumeration","values":{"顺丰":["sf"]}}}],"handoff":"h"},"filled":{},"asking":{"name":"k","kind":{"type":"enumeration","values":{"顺丰":["sf"]}}},"attempts":1}},"fallbacks":0,"last_answer":null}"#,
    r#"{"schema":1,"turn":5,"phase":{"at":"serving"},"fallbacks":0,"last_answer":null}"#,
    r#"{"schema":1,"turn":5,"phase":{"at":"closed"},"fallbacks":0,"last_answer":null}"#,
];

#[test]
fn states_of_the_first_layout_go_on() {
    for old in FIRST_LAYOUT {
        let state = State::from_json(old).unwrap_or_else(|error| panic!("{old}: {error}"));
        assert_eq!(state.schema, SCHEMA, "it is upgraded");
        assert!(state.paused.is_empty());
        let again = State::from_json(&state.to_json());
        assert_eq!(again.ok(), Some(state), "and stored in the new layout");
    }
    // A turn that the old version began is ended by the new one.
    let state = State::from_json(FIRST_LAYOUT[2]).expect("a state");
    let Phase::Processing {
        asked: Asked::Slot { topic },
        ..
    } = &state.phase
    else {
        panic!("{state:?}");
    };
    assert_eq!(topic.form.filled["a"], "2026-11-12");
    let event = Event::Understood {
        turn: 3,
        what: value(),
    };
    let (next, effects) = step(&state, &event, &Policy::default());
    assert_eq!(next.phase, Phase::Idle);
    let [kefu_dialog::Effect::Say(Reply::Answer { values, .. })] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(values.len(), 2);
}
