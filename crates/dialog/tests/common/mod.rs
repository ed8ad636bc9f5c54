//! The abstract alphabet: three kinds of intents, and every event with each turn number that
//! makes a difference (the current one, an earlier one, one that is not yet).
#![allow(dead_code, reason = "every test file uses another part")]

use std::collections::BTreeMap;

use kefu_dialog::{Choice, Effect, Event, IntentRef, SlotKind, SlotSpec, Understanding};

pub fn plain() -> IntentRef {
    intent("plain", &[], None)
}

pub fn slotted() -> IntentRef {
    intent("slotted", &["a", "b"], None)
}

pub fn handed() -> IntentRef {
    intent("handed", &["c"], Some("complaint"))
}

pub fn urgent() -> IntentRef {
    intent("urgent", &[], Some("urgent"))
}

pub fn intent(id: &str, slots: &[&str], handoff: Option<&str>) -> IntentRef {
    let slot = |name: &&str| SlotSpec {
        name: (*name).to_owned(),
        kind: SlotKind::Phone,
    };
    IntentRef {
        id: id.to_owned(),
        slots: slots.iter().map(slot).collect(),
        handoff: handoff.map(str::to_owned),
    }
}

pub fn answer(intent: IntentRef, names: &[&str]) -> Understanding {
    let values: BTreeMap<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), "v".to_owned()))
        .collect();
    Understanding::Answer { intent, values }
}

pub fn confirm(options: &[IntentRef]) -> Understanding {
    Understanding::Confirm {
        options: options.to_vec(),
    }
}

pub fn human() -> Understanding {
    Understanding::Human {
        reason: "asked".to_owned(),
    }
}

pub fn value() -> Understanding {
    Understanding::SlotValue {
        value: "v".to_owned(),
    }
}

pub fn understandings() -> Vec<Understanding> {
    vec![
        answer(plain(), &[]),
        answer(slotted(), &[]),
        answer(slotted(), &["a"]),
        answer(slotted(), &["b", "unknown"]),
        answer(slotted(), &["a", "b"]),
        answer(handed(), &[]),
        answer(handed(), &["c"]),
        answer(urgent(), &[]),
        confirm(&[]),
        confirm(&[plain()]),
        confirm(&[slotted(), handed()]),
        confirm(&[plain(), slotted(), handed(), urgent()]),
        Understanding::Aside { intent: urgent() },
        Understanding::Fallback,
        human(),
        Understanding::Cancel,
        Understanding::Affirm,
        Understanding::Deny,
        Understanding::Choice(Choice::Option(0)),
        Understanding::Choice(Choice::Option(1)),
        Understanding::Choice(Choice::Option(usize::MAX)),
        Understanding::Choice(Choice::None),
        value(),
    ]
}

/// Every event that can make a difference in a state whose turn is `turn`.
pub fn alphabet(turn: u64) -> Vec<Event> {
    let mut events = vec![
        Event::VisitorMessage,
        Event::HumanRequested {
            reason: "pressed".to_owned(),
        },
        Event::QueueLeft,
        Event::Assigned,
        Event::Requeued,
        Event::Ended,
        Event::WrapUpDone,
        Event::ReturnedToBot,
        Event::Closed,
    ];
    for turn in [turn, turn.wrapping_sub(1), turn.wrapping_add(1)] {
        events.push(Event::TurnExpired { turn });
        events.push(Event::BotAway { turn });
        let read = |what| Event::Understood { turn, what };
        events.extend(understandings().into_iter().map(read));
    }
    events
}

pub fn replies(effects: &[Effect]) -> usize {
    let is_reply = |effect: &&Effect| matches!(effect, Effect::Say(_));
    effects.iter().filter(is_reply).count()
}
