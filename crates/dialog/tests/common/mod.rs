//! The abstract alphabet: one intent of every kind, and every event with each turn number that
//! makes a difference (the current one, an earlier one, one that is not yet).
#![allow(dead_code, reason = "every test file uses another part")]

pub mod laws;

use std::collections::BTreeMap;

use kefu_dialog::{
    ActionOutcome, Choice, Effect, Event, Failure, IntentRef, Policy, Refusal, SlotKind, SlotSpec,
    State, Understanding, step,
};

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

/// Asks for one value that must be given and one that need not, checks both, and acts.
pub fn careful() -> IntentRef {
    let mut intent = intent("careful", &["d", "e"], None);
    intent.slots[1].optional = true;
    IntentRef {
        confirm: true,
        action: Some("order.cancel".to_owned()),
        ..intent
    }
}

pub fn intent(id: &str, slots: &[&str], handoff: Option<&str>) -> IntentRef {
    let slot = |name: &&str| SlotSpec::new(name, SlotKind::Phone);
    IntentRef {
        id: id.to_owned(),
        slots: slots.iter().map(slot).collect(),
        handoff: handoff.map(str::to_owned),
        ..IntentRef::default()
    }
}

pub fn correct(name: &str, value: &str) -> Understanding {
    Understanding::Correct {
        values: BTreeMap::from([(name.to_owned(), value.to_owned())]),
    }
}

pub fn change(slot: &str) -> Understanding {
    Understanding::Change {
        slot: slot.to_owned(),
    }
}

pub fn done() -> ActionOutcome {
    ActionOutcome::Done {
        results: BTreeMap::from([("order.status".to_owned(), "sent".to_owned())]),
    }
}

pub const fn failed(why: Failure) -> ActionOutcome {
    ActionOutcome::Failed { why }
}

/// A conversation that is talked through turn by turn, a minute after each other.
#[derive(Default)]
pub struct Talk {
    pub state: State,
    pub policy: Policy,
    pub now_ms: i64,
}

impl Talk {
    pub fn event(&mut self, event: Event) -> Vec<Effect> {
        let (next, effects) = step(&self.state, &event, &self.policy);
        self.state = next;
        effects
    }

    pub fn hears(&mut self) -> Vec<Effect> {
        self.now_ms += 60_000;
        let at_ms = self.now_ms;
        self.event(Event::VisitorMessage { at_ms })
    }

    /// One whole turn: the visitor writes, the bot reads it as `what`.
    pub fn turn(&mut self, what: Understanding) -> Vec<Effect> {
        self.hears();
        let turn = self.state.turn;
        self.event(Event::Understood { turn, what })
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
        answer(careful(), &[]),
        answer(careful(), &["d"]),
        answer(careful(), &["d", "e"]),
        correct("d", "w"),
        correct("b", "w"),
        correct("unknown", "w"),
        change("d"),
        change("a"),
        change("unknown"),
        Understanding::Skip,
        Understanding::SlotRefused {
            why: Refusal::AboveMax,
        },
        Understanding::Aside { intent: urgent() },
        Understanding::Fallback,
        Understanding::Unsaid,
        Understanding::Media,
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

pub fn outcomes() -> Vec<ActionOutcome> {
    let failures = [Failure::NotFound, Failure::Refused, Failure::Timeout];
    std::iter::once(done())
        .chain(failures.into_iter().map(failed))
        .collect()
}

/// Every event that can make a difference in a state whose turn is `turn`, heard `heard_ms`.
pub fn alphabet(turn: u64, heard_ms: i64, policy: &Policy) -> Vec<Event> {
    let mut events = vec![
        Event::VisitorMessage { at_ms: heard_ms },
        Event::VisitorMessage {
            at_ms: heard_ms + policy.forget_after_ms + 1,
        },
        Event::HumanRequested {
            reason: "pressed".to_owned(),
        },
        Event::QueueLeft,
        Event::MessageLeft,
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
    }
    let read = |what| Event::Understood { turn, what };
    events.extend(understandings().into_iter().map(read));
    let acted = |outcome| Event::ActionDone { turn, outcome };
    events.extend(outcomes().into_iter().map(acted));
    // What is late or early is told by its number alone, before anybody looks at the rest.
    for turn in [turn.wrapping_sub(1), turn.wrapping_add(1)] {
        let late = [answer(plain(), &[]), value(), Understanding::Fallback];
        events.extend(late.map(|what| Event::Understood { turn, what }));
        let outcome = done();
        events.push(Event::ActionDone { turn, outcome });
    }
    events
}

pub fn replies(effects: &[Effect]) -> usize {
    let is_reply = |effect: &&Effect| matches!(effect, Effect::Say(_));
    effects.iter().filter(is_reply).count()
}
