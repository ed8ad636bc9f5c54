//! Forms as they go: confirmed, corrected, interrupted, forgotten, acted on.

mod common;

use std::collections::BTreeMap;

use common::{
    Talk, answer, careful, change, correct, done, failed, handed, human, intent, plain, slotted,
    value,
};
use kefu_dialog::{
    ActionOutcome, Effect, Event, Failure, Phase, Refusal, Reply, Understanding as U,
};

const HOUR_MS: i64 = 3_600_000;

fn reply(talk: &mut Talk, what: U) -> Reply {
    said(&talk.turn(what))
}

fn said(effects: &[Effect]) -> Reply {
    match effects.first() {
        Some(Effect::Say(reply)) => reply.clone(),
        other => panic!("expected a reply, got {other:?}"),
    }
}

/// The action that the turn asks for before it says anything.
fn acts(talk: &mut Talk, what: U) -> kefu_dialog::Action {
    match talk.turn(what).as_slice() {
        [Effect::Act(action)] => action.clone(),
        other => panic!("expected an action, got {other:?}"),
    }
}

fn ends(talk: &mut Talk, outcome: ActionOutcome) -> Reply {
    let turn = talk.state.turn;
    said(&talk.event(Event::ActionDone { turn, outcome }))
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// What a reply is about, in a word.
fn word(reply: &Reply) -> String {
    match reply {
        Reply::Answer { intent, then, .. } => match then {
            Some(then) => format!("answer {}, then {}", intent.id, word(then)),
            None => format!("answer {}", intent.id),
        },
        Reply::Ask {
            slot, again, back, ..
        } => {
            let how = if *back {
                " back"
            } else if *again {
                " again"
            } else {
                ""
            };
            format!("ask {}{how}", slot.name)
        }
        Reply::Check { again, back, .. } => {
            let how = if *back {
                " back"
            } else if *again {
                " again"
            } else {
                ""
            };
            format!("check{how}")
        }
        Reply::Which { .. } => "which".to_owned(),
        Reply::Failed { then, .. } => match then {
            Some(then) => format!("failed, then {}", word(then)),
            None => "failed".to_owned(),
        },
        Reply::Fallback { offer_human } => format!("fallback {offer_human}"),
        Reply::Confirm { options } => format!("offer {}", options.len()),
        Reply::Cancelled => "cancelled".to_owned(),
        Reply::Media => "media".to_owned(),
        Reply::Handoff { .. } => "handoff".to_owned(),
    }
}

/// Talks through the turns and compares each reply.
fn talk(turns: &[(U, &str)]) -> Talk {
    let mut talk = Talk::default();
    for (what, expected) in turns {
        let found = word(&reply(&mut talk, what.clone()));
        assert_eq!(found, *expected, "after {what:?}");
    }
    talk
}

#[test]
fn nothing_is_done_before_a_yes_to_the_values() {
    let mut talk = talk(&[
        (answer(careful(), &[]), "ask d"),
        (value(), "ask e"),
        (value(), "check"),
    ]);
    let action = acts(&mut talk, U::Affirm);
    assert_eq!(action.name, "order.cancel");
    assert_eq!(action.arguments, values(&[("d", "v"), ("e", "v")]));
    let Reply::Answer { values: told, .. } = ends(&mut talk, done()) else {
        panic!("an answer");
    };
    assert_eq!(
        told,
        values(&[("d", "v"), ("e", "v"), ("order.status", "sent")])
    );
    assert_eq!(talk.state.phase, Phase::Idle);
}

#[test]
fn a_result_never_replaces_what_the_visitor_said() {
    let mut talk = talk(&[(answer(careful(), &["d", "e"]), "check")]);
    acts(&mut talk, U::Affirm);
    let results = values(&[("d", "another order")]);
    let Reply::Answer { values: told, .. } = ends(&mut talk, ActionOutcome::Done { results })
    else {
        panic!("an answer");
    };
    assert_eq!(told["d"], "v");
}

#[test]
fn an_optional_slot_is_asked_and_may_be_left_out() {
    for skip in [U::Skip, U::Deny] {
        let mut talk = talk(&[(answer(careful(), &["d"]), "ask e"), (skip, "check")]);
        assert_eq!(acts(&mut talk, U::Affirm).arguments, values(&[("d", "v")]));
    }
    // Not read twice: on without it.
    talk(&[
        (answer(careful(), &["d"]), "ask e"),
        (U::Fallback, "ask e again"),
        (U::Fallback, "check"),
    ]);
    // One that is needed is not left out.
    talk(&[(answer(slotted(), &[]), "ask a"), (U::Skip, "ask a again")]);
}

#[test]
fn a_value_that_is_not_plausible_is_asked_for_again_with_the_reason() {
    let mut talk = talk(&[(answer(slotted(), &[]), "ask a")]);
    let why = Refusal::AboveMax;
    let Reply::Ask { refused, again, .. } = reply(&mut talk, U::SlotRefused { why }) else {
        panic!("a question");
    };
    assert_eq!((refused, again), (Some(why), true));
    assert_eq!(
        word(&reply(&mut talk, U::SlotRefused { why })),
        "fallback true"
    );
}

#[test]
fn a_correction_changes_the_slot_it_names_at_any_time() {
    // While another slot is asked for,
    let mut asking = talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (correct("a", "w"), "ask b"),
    ]);
    let Reply::Answer { values: told, .. } = reply(&mut asking, value()) else {
        panic!("an answer");
    };
    assert_eq!(told, values(&[("a", "w"), ("b", "v")]));
    // while it is checked,
    let mut checking = talk(&[
        (answer(careful(), &["d", "e"]), "check"),
        (correct("d", "w"), "check"),
    ]);
    let action = acts(&mut checking, U::Affirm);
    assert_eq!(action.arguments, values(&[("d", "w"), ("e", "v")]));
    // and when only the slot is named.
    talk(&[
        (answer(careful(), &["d", "e"]), "check"),
        (change("e"), "ask e"),
        (value(), "check"),
        (change("unknown"), "check again"),
    ]);
    talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (change("a"), "ask a"),
        (value(), "ask b"),
    ]);
}

#[test]
fn a_no_asks_what_is_wrong() {
    let mut some = talk(&[
        (answer(careful(), &["d", "e"]), "check"),
        (U::Deny, "which"),
        (correct("e", "w"), "check"),
    ]);
    let action = acts(&mut some, U::Affirm);
    assert_eq!(action.arguments, values(&[("d", "v"), ("e", "w")]));
    talk(&[
        (answer(careful(), &["d", "e"]), "check"),
        (U::Deny, "which"),
        (U::Fallback, "which"),
        (U::Fallback, "fallback true"),
    ]);
    // Of one value there is no question which.
    let mut one = intent("one", &["d"], None);
    one.confirm = true;
    talk(&[(answer(one, &["d"]), "check"), (U::Deny, "ask d")]);
}

#[test]
fn the_same_question_again_keeps_what_was_given() {
    let mut talk = talk(&[(answer(slotted(), &["a"]), "ask b")]);
    let again = U::Answer {
        intent: slotted(),
        values: values(&[("a", "another"), ("b", "w")]),
    };
    let Reply::Answer { values: told, .. } = reply(&mut talk, again) else {
        panic!("an answer");
    };
    assert_eq!(told, values(&[("a", "v"), ("b", "w")]));
}

#[test]
fn another_question_is_answered_and_the_form_goes_on() {
    let talk = talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (answer(plain(), &[]), "answer plain, then ask b back"),
        (
            U::Aside { intent: plain() },
            "answer plain, then ask b back",
        ),
        (value(), "answer slotted"),
        (answer(careful(), &["d", "e"]), "check"),
        (answer(plain(), &[]), "answer plain, then check back"),
    ]);
    assert!(matches!(talk.state.phase, Phase::WaitingApproval { .. }));
}

#[test]
fn a_form_within_a_form_ends_first_and_the_oldest_of_too_many_is_forgotten() {
    let other = |id| answer(intent(id, &["x"], None), &[]);
    talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (other("one"), "ask x"),
        (other("two"), "ask x"),
        (other("three"), "ask x"),
        (value(), "answer three, then ask x back"),
        (value(), "answer two, then ask x back"),
        (value(), "answer one"),
    ]);
    // To one that waits the visitor may come back before.
    let back = talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (other("one"), "ask x"),
        (other("two"), "ask x"),
        (answer(slotted(), &[]), "ask b"),
        (value(), "answer slotted"),
    ]);
    assert!(back.state.paused.is_empty());
}

#[test]
fn cancel_and_a_human_end_every_form() {
    let mut cancelled = talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (answer(careful(), &["d", "e"]), "check"),
        (U::Cancel, "cancelled"),
    ]);
    assert!(cancelled.state.paused.is_empty());
    assert_eq!(word(&reply(&mut cancelled, value())), "fallback false");
    let mut handed_over = talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (answer(careful(), &["d", "e"]), "check"),
    ]);
    let Reply::Handoff { values: told, .. } = reply(&mut handed_over, human()) else {
        panic!("a hand-over");
    };
    assert_eq!(
        told,
        values(&[("d", "v"), ("e", "v")]),
        "an agent sees what was given"
    );
    assert!(handed_over.state.paused.is_empty());
    let talk = talk(&[
        (answer(slotted(), &["a"]), "ask b"),
        (answer(handed(), &["c"]), "handoff"),
    ]);
    assert!(talk.state.paused.is_empty());
}

#[test]
fn a_form_is_forgotten_after_long_silence_and_offered_by_name() {
    let mut talk = talk(&[(answer(slotted(), &["a"]), "ask b")]);
    talk.now_ms += HOUR_MS;
    assert_eq!(word(&reply(&mut talk, U::Fallback)), "offer 1");
    assert_eq!(
        word(&reply(&mut talk, U::Affirm)),
        "ask a",
        "it begins anew"
    );
    talk.now_ms += HOUR_MS;
    assert_eq!(
        word(&reply(&mut talk, answer(plain(), &[]))),
        "answer plain"
    );
    talk.now_ms -= 2 * HOUR_MS;
    assert_eq!(word(&reply(&mut talk, answer(slotted(), &[]))), "ask a");
    assert_eq!(
        word(&reply(&mut talk, value())),
        "ask b",
        "a clock that went back forgets nothing"
    );
}

#[test]
fn a_form_ends_however_often_it_is_interrupted() {
    let mut talk = Talk::default();
    reply(&mut talk, answer(slotted(), &["a"]));
    let mut words = Vec::new();
    for _ in 0..30 {
        words.push(word(&reply(&mut talk, answer(plain(), &[]))));
    }
    let back = words.iter().filter(|word| word.contains("back")).count();
    assert_eq!(back, usize::from(talk.policy.form_turns_max) - 1);
    assert_eq!(words.last().map(String::as_str), Some("answer plain"));
}

#[test]
fn nothing_found_asks_for_another_value_a_few_times() {
    let mut talk = talk(&[(answer(careful(), &["d", "e"]), "check")]);
    acts(&mut talk, U::Affirm);
    assert_eq!(
        word(&ends(&mut talk, failed(Failure::NotFound))),
        "failed, then ask d"
    );
    assert_eq!(word(&reply(&mut talk, value())), "check");
    acts(&mut talk, U::Affirm);
    assert_eq!(word(&ends(&mut talk, failed(Failure::NotFound))), "failed");
    assert_eq!(talk.state.phase, Phase::Idle);
}

#[test]
fn other_failures_end_the_form_and_count_towards_a_human() {
    for why in [Failure::Refused, Failure::Timeout, Failure::Unavailable] {
        let mut talk = talk(&[
            (answer(slotted(), &["a"]), "ask b"),
            (answer(careful(), &["d", "e"]), "check"),
        ]);
        acts(&mut talk, U::Affirm);
        assert_eq!(
            word(&ends(&mut talk, failed(why))),
            "failed, then ask b back"
        );
        assert_eq!(talk.state.fallbacks, 1);
    }
}

#[test]
fn an_action_is_named_alike_until_its_turn_is_settled() {
    let mut talk = talk(&[(answer(careful(), &["d", "e"]), "check")]);
    let first = acts(&mut talk, U::Affirm);
    // That bot died, or one more word came before its commit: the stored state is the one before.
    let mut overtaken = Talk {
        now_ms: talk.now_ms,
        ..Talk::default()
    };
    reply(&mut overtaken, answer(careful(), &["d", "e"]));
    overtaken.hears();
    let again = acts(&mut overtaken, U::Affirm);
    assert!(overtaken.state.turn > talk.state.turn);
    assert_eq!(first, again, "the same thing, not done twice");
    // The next one is another.
    ends(&mut talk, done());
    reply(&mut talk, answer(careful(), &["d", "e"]));
    assert_ne!(acts(&mut talk, U::Affirm).settled, first.settled);
    // And so is one after people had it in hand.
    overtaken.event(Event::HumanRequested {
        reason: "pressed".to_owned(),
    });
    assert_eq!(overtaken.state.settled, overtaken.state.turn);
}

#[test]
fn an_action_that_ends_late_says_nothing() {
    let mut talk = talk(&[(answer(careful(), &["d", "e"]), "check")]);
    acts(&mut talk, U::Affirm);
    let turn = talk.state.turn;
    talk.hears();
    let outcome = done();
    assert!(talk.event(Event::ActionDone { turn, outcome }).is_empty());
}
