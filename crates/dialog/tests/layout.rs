//! The stored JSON. A change here is a change of the layout: raise `SCHEMA` and upgrade the old.

mod common;

use common::{answer, confirm, handed, plain, slotted};
use kefu_dialog::{Event, Policy, SCHEMA, State, StateError, Understanding, step};

fn after(turns: &[Understanding]) -> State {
    let mut state = State::default();
    for what in turns {
        (state, _) = step(&state, &Event::VisitorMessage, &Policy::default());
        let event = Event::Understood {
            turn: state.turn,
            what: what.clone(),
        };
        (state, _) = step(&state, &event, &Policy::default());
    }
    state
}

#[test]
fn a_new_conversation() {
    insta::assert_snapshot!(State::default().to_json(), @r#"{"schema":1,"turn":0,"phase":{"at":"idle"},"fallbacks":0,"last_answer":null}"#);
}

#[test]
fn a_slot_half_way() {
    let state = after(&[answer(plain(), &[]), answer(slotted(), &["a"])]);
    insta::assert_snapshot!(state.to_json(), @r#"{"schema":1,"turn":2,"phase":{"at":"waiting_reply","topic":{"intent":{"id":"slotted","slots":[{"name":"a","kind":{"type":"phone"}},{"name":"b","kind":{"type":"phone"}}]},"filled":{"a":"v"},"asking":{"name":"b","kind":{"type":"phone"}},"attempts":1}},"fallbacks":0,"last_answer":["plain",1]}"#);
}

#[test]
fn a_turn_that_may_answer_a_choice() {
    let state = after(&[Understanding::Fallback, confirm(&[plain(), handed()])]);
    let (state, _) = step(&state, &Event::VisitorMessage, &Policy::default());
    insta::assert_snapshot!(state.to_json(), @r#"{"schema":1,"turn":3,"phase":{"at":"processing","asked":{"what":"choice","options":[{"id":"plain"},{"id":"handed","slots":[{"name":"c","kind":{"type":"phone"}}],"handoff":"complaint"}],"again":false},"waited":false},"fallbacks":1,"last_answer":null}"#);
}

#[test]
fn a_state_of_a_newer_version_is_refused_and_nonsense_too() {
    let newer = State::default()
        .to_json()
        .replace("\"schema\":1", &format!("\"schema\":{}", SCHEMA + 1));
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
fn a_field_that_came_later_may_be_missing() {
    let old = r#"{"schema":1,"turn":3,"phase":{"at":"waiting_confirm","options":[{"id":"x"}]},"fallbacks":0,"last_answer":null}"#;
    assert!(State::from_json(old).is_ok());
}
