//! The conversation as a pure function: `step(state, event, policy) -> (state, effects)`.
//!
//! Both halves live in one machine: the bot's (idle, processing, waiting for a reply or a
//! confirmation) and the people's (queued, serving, wrap-up, closed). The chat core drives the
//! lifecycle events, the bot the events that carry understanding; the state travels between them
//! as JSON and is guarded by the conversation's version.
//!
//! Invariants, explored exhaustively in `tests/explore.rs` and property-tested:
//! at most one reply to a turn; no bot reply once a human is wanted or present; every state is
//! left by some event; no event panics in any state; a late result is ignored by its turn number;
//! a value that was given changes only by a correction; every form ends.
//!
//! This crate must never know a clock, a socket or a model. It writes no text: replies are chosen
//! by key and worded by the bot. Only [`slots`] reads words, to find values in them.

mod effect;
mod event;
mod form;
mod intent;
mod people;
mod script;
pub mod slots;
mod state;
mod step;
mod turn;
mod understood;

pub use effect::{Action, Effect, Reply};
pub use event::{ActionOutcome, Choice, Event, Failure, Understanding};
pub use intent::{Bounds, IntentRef, Refusal, SlotKind, SlotSpec};
pub use people::REASON_REQUEUED;
pub use state::{Asked, Form, Phase, SCHEMA, State, StateError, Topic};
pub use step::{Policy, step};
pub use turn::REASON_BOT_AWAY;
