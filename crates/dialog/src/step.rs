//! The transition function.

use crate::{Effect, Event, State};

/// The few numbers that shape the dialog; part of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Fallbacks in a row after which a human is offered plainly.
    pub fallbacks_before_human: u8,
    /// How often a slot is asked for before a human is offered: 2 is one follow-up.
    pub slot_attempts: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { fallbacks_before_human: 2, slot_attempts: 2 }
    }
}

/// What `state` becomes by `event`, and what must be done about it. Total: an event that means
/// nothing in a state leaves it as it is and has no effects.
#[must_use]
pub fn step(state: &State, event: &Event, policy: &Policy) -> (State, Vec<Effect>) {
    let _ = (event, policy);
    (state.clone(), Vec::new())
}
