//! Dialogs as they go, one line per turn.

mod common;

use common::{Talk, answer, confirm, handed, human, plain, slotted, value};
use kefu_dialog::{Choice, Effect, Event, Phase, Reply, Understanding as U};

fn reply(talk: &mut Talk, what: U) -> Reply {
    match talk.turn(what).into_iter().next() {
        Some(Effect::Say(reply)) => reply,
        other => panic!("expected a reply, got {other:?}"),
    }
}

fn asks(reply: &Reply) -> (&str, bool) {
    match reply {
        Reply::Ask { slot, again, .. } => (&slot.name, *again),
        other => panic!("expected a question, got {other:?}"),
    }
}

fn answers(reply: &Reply) -> (&str, usize, u8) {
    match reply {
        Reply::Answer {
            intent,
            values,
            repeat,
            ..
        } => (&intent.id, values.len(), *repeat),
        other => panic!("expected an answer, got {other:?}"),
    }
}

#[test]
fn a_repeated_question_is_counted_for_another_wording() {
    let mut talk = Talk::default();
    assert_eq!(
        answers(&reply(&mut talk, answer(plain(), &[]))),
        ("plain", 0, 0)
    );
    assert_eq!(
        answers(&reply(&mut talk, answer(plain(), &[]))),
        ("plain", 0, 1)
    );
    let other = answer(slotted(), &["a", "b"]);
    assert_eq!(answers(&reply(&mut talk, other)), ("slotted", 2, 0));
    assert_eq!(
        answers(&reply(&mut talk, answer(plain(), &[]))),
        ("plain", 0, 0)
    );
}

#[test]
fn slots_are_asked_in_order_with_one_follow_up_each() {
    let mut talk = Talk::default();
    assert_eq!(
        asks(&reply(&mut talk, answer(slotted(), &[]))),
        ("a", false)
    );
    assert_eq!(asks(&reply(&mut talk, U::Fallback)), ("a", true));
    assert_eq!(asks(&reply(&mut talk, value())), ("b", false));
    assert_eq!(asks(&reply(&mut talk, U::Deny)), ("b", true));
    assert_eq!(answers(&reply(&mut talk, value())), ("slotted", 2, 0));
    assert_eq!(talk.state.phase, Phase::Idle);
}

#[test]
fn a_slot_that_stays_unread_ends_with_the_offer_of_a_human() {
    let mut talk = Talk::default();
    reply(&mut talk, answer(slotted(), &[]));
    reply(&mut talk, U::Fallback);
    assert_eq!(
        reply(&mut talk, U::Fallback),
        Reply::Fallback { offer_human: true }
    );
    assert_eq!(talk.state.phase, Phase::Idle);
}

#[test]
fn values_in_the_same_text_are_not_asked_again() {
    let mut talk = Talk::default();
    assert_eq!(
        asks(&reply(&mut talk, answer(slotted(), &["b"]))),
        ("a", false)
    );
    // The question once more, now with the value in it.
    assert_eq!(
        answers(&reply(&mut talk, answer(slotted(), &["a"]))),
        ("slotted", 2, 0)
    );
}

#[test]
fn small_talk_leaves_the_open_question_open() {
    let mut talk = Talk::default();
    reply(&mut talk, answer(slotted(), &["a"]));
    let aside = U::Aside { intent: plain() };
    assert_eq!(answers(&reply(&mut talk, aside.clone())), ("plain", 0, 0));
    assert_eq!(answers(&reply(&mut talk, value())), ("slotted", 2, 0));
    reply(&mut talk, confirm(&[plain(), slotted()]));
    reply(&mut talk, aside);
    let first = U::Choice(Choice::Option(0));
    assert_eq!(answers(&reply(&mut talk, first)).0, "plain");
}

#[test]
fn cancel_drops_what_was_open() {
    let mut talk = Talk::default();
    reply(&mut talk, answer(slotted(), &["a"]));
    assert_eq!(reply(&mut talk, U::Cancel), Reply::Cancelled);
    assert_eq!(
        asks(&reply(&mut talk, answer(slotted(), &[]))),
        ("a", false)
    );
}

#[test]
fn a_choice_is_taken_by_number_or_by_a_plain_yes_to_the_only_one() {
    let mut talk = Talk::default();
    reply(&mut talk, confirm(&[slotted(), plain()]));
    let second = U::Choice(Choice::Option(1));
    assert_eq!(answers(&reply(&mut talk, second)), ("plain", 0, 0));
    reply(&mut talk, confirm(&[slotted()]));
    assert_eq!(asks(&reply(&mut talk, U::Affirm)), ("a", false));
}

#[test]
fn yes_to_several_options_asks_which_once() {
    let mut talk = Talk::default();
    let offered = reply(&mut talk, confirm(&[slotted(), plain()]));
    assert_eq!(reply(&mut talk, U::Affirm), offered);
    assert_eq!(
        reply(&mut talk, U::Affirm),
        Reply::Fallback { offer_human: false }
    );
}

#[test]
fn two_misunderstandings_offer_a_human_and_an_answer_clears_them() {
    let mut talk = Talk::default();
    assert_eq!(
        reply(&mut talk, U::Fallback),
        Reply::Fallback { offer_human: false }
    );
    reply(&mut talk, confirm(&[plain(), slotted()]));
    assert_eq!(
        reply(&mut talk, U::Choice(Choice::None)),
        Reply::Fallback { offer_human: true }
    );
    reply(&mut talk, answer(plain(), &[]));
    assert_eq!(
        reply(&mut talk, U::Fallback),
        Reply::Fallback { offer_human: false }
    );
}

#[test]
fn a_stray_yes_is_no_misunderstanding() {
    let mut talk = Talk::default();
    for stray in [U::Affirm, U::Deny, value(), U::Choice(Choice::Option(0))] {
        assert_eq!(
            reply(&mut talk, stray),
            Reply::Fallback { offer_human: false }
        );
    }
    assert_eq!(talk.state.fallbacks, 0);
}

#[test]
fn a_hand_off_says_its_answer_queues_and_is_silent() {
    let mut talk = Talk::default();
    reply(&mut talk, answer(handed(), &[]));
    let effects = talk.turn(value());
    let [
        Effect::Say(Reply::Handoff { intent, values }),
        Effect::Enqueue { reason, front },
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!(
        intent.as_ref().map(|intent| intent.id.as_str()),
        Some("handed")
    );
    assert_eq!(values.get("c").map(String::as_str), Some("v"));
    assert_eq!((reason.as_str(), front), ("complaint", &false));
    assert!(talk.turn(answer(plain(), &[])).is_empty());
    assert_eq!(talk.state.phase, Phase::Queued);
}

#[test]
fn asking_for_a_human_takes_the_values_along() {
    let mut talk = Talk::default();
    reply(&mut talk, answer(slotted(), &["a"]));
    let Reply::Handoff {
        intent: None,
        values,
    } = reply(&mut talk, human())
    else {
        panic!("a hand-off");
    };
    assert_eq!(values.len(), 1);
}

#[test]
fn a_message_during_a_turn_makes_its_result_late() {
    let mut talk = Talk::default();
    talk.hears();
    assert_eq!(talk.hears(), [Effect::RequestTurn { turn: 2 }]);
    let what = answer(plain(), &[]);
    let late = Event::Understood {
        turn: 1,
        what: what.clone(),
    };
    assert!(talk.event(late).is_empty());
    assert_eq!(talk.event(Event::Understood { turn: 2, what }).len(), 1);
}

#[test]
fn a_slow_bot_is_waited_for_once_and_then_replaced() {
    let mut talk = Talk::default();
    talk.hears();
    assert_eq!(
        talk.event(Event::TurnExpired { turn: 1 }),
        [Effect::SayPleaseWait]
    );
    assert!(talk.event(Event::TurnExpired { turn: 1 }).is_empty());
    let mut other = Talk {
        state: talk.state.clone(),
        ..Talk::default()
    };
    let what = answer(plain(), &[]);
    assert_eq!(other.event(Event::Understood { turn: 1, what }).len(), 1);
    let effects = talk.event(Event::BotAway { turn: 1 });
    assert!(matches!(
        effects.as_slice(),
        [Effect::Enqueue { front: false, .. }]
    ));
}

#[test]
fn the_people_half_goes_round() {
    let mut talk = Talk::default();
    let reason = "pressed".to_owned();
    talk.event(Event::HumanRequested { reason });
    talk.event(Event::Assigned);
    talk.event(Event::Ended);
    // The visitor has one more thing to say to the same agent.
    assert!(talk.hears().is_empty());
    assert_eq!(talk.state.phase, Phase::Serving);
    let effects = talk.event(Event::Requeued);
    assert!(matches!(
        effects.as_slice(),
        [Effect::Release, Effect::Enqueue { front: true, .. }]
    ));
    talk.event(Event::Assigned);
    talk.event(Event::Ended);
    assert_eq!(talk.event(Event::WrapUpDone), [Effect::Release]);
    let reopened = talk.hears();
    assert_eq!(reopened, [Effect::Reopen, Effect::RequestTurn { turn: 1 }]);
}

#[test]
fn a_message_left_ends_the_wait_and_whatever_the_bot_had_in_hand() {
    let mut talk = Talk::default();
    talk.turn(human());
    assert_eq!(talk.state.phase, Phase::Queued);
    assert_eq!(talk.event(Event::MessageLeft), [Effect::Dequeue]);
    assert_eq!(talk.state.phase, Phase::Idle);
    // A question that was open is not asked any more.
    reply(&mut talk, answer(slotted(), &[]));
    assert_eq!(talk.event(Event::MessageLeft), []);
    assert_eq!(talk.state.phase, Phase::Idle);
    // An answer under way comes too late, and the next message is answered as ever.
    talk.hears();
    let turn = talk.state.turn;
    talk.event(Event::MessageLeft);
    let what = answer(plain(), &[]);
    assert_eq!(talk.event(Event::Understood { turn, what }), []);
    let next = reply(&mut talk, answer(plain(), &[]));
    assert_eq!(answers(&next), ("plain", 0, 0));
    // With an agent there it changes nothing.
    talk.turn(human());
    talk.event(Event::Assigned);
    assert_eq!(talk.event(Event::MessageLeft), []);
    assert_eq!(talk.state.phase, Phase::Serving);
}
