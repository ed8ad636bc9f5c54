//! The transition function.

use crate::{Effect, Event, State, people, turn, understood};

/// The few numbers that shape the dialog; part of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Fallbacks in a row after which a human is offered plainly.
    pub fallbacks_before_human: u8,
    /// How often a slot is asked for before a human is offered: 2 is one follow-up.
    pub slot_attempts: u8,
    /// Forms that wait at once while other questions are dealt with; 0: another question ends the form.
    pub digressions_max: u8,
    /// Questions that one form may ask in all, corrections and returns included.
    pub form_turns_max: u8,
    /// How long the visitor may be silent before what was open is forgotten, in milliseconds.
    pub forget_after_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            fallbacks_before_human: 2,
            slot_attempts: 2,
            digressions_max: 2,
            form_turns_max: 20,
            forget_after_ms: 30 * 60 * 1_000,
        }
    }
}

/// What `state` becomes by `event`, and what must be done about it. Total: an event that means
/// nothing in a state leaves it as it is and has no effects.
#[must_use]
pub fn step(state: &State, event: &Event, policy: &Policy) -> (State, Vec<Effect>) {
    let mut next = state.clone();
    let effects = match event {
        Event::VisitorMessage { at_ms } => turn::visitor_message(&mut next, *at_ms, policy),
        Event::TurnExpired { turn } => turn::expired(&mut next, *turn),
        Event::BotAway { turn } => turn::bot_away(&mut next, *turn),
        Event::Understood { turn, what } => {
            understood::understood(&mut next, *turn, what.clone(), policy)
        }
        Event::ActionDone { turn, outcome } => {
            understood::action_done(&mut next, *turn, outcome.clone(), policy)
        }
        Event::HumanRequested { reason } => people::human_requested(&mut next, reason),
        Event::QueueLeft => people::queue_left(&mut next),
        Event::MessageLeft => people::message_left(&mut next),
        Event::Assigned => people::assigned(&mut next),
        Event::Requeued => people::requeued(&mut next),
        Event::Ended => people::ended(&mut next),
        Event::WrapUpDone => people::wrap_up_done(&mut next),
        Event::ReturnedToBot => people::returned_to_bot(&mut next),
        Event::Closed => people::closed(&mut next),
    };
    (next, effects)
}
