//! The conversation as a pure function: `step(state, event, policy) -> (state, effects)`.
//!
//! Both halves live in one machine: the bot's (idle, processing, waiting for a reply or a
//! confirmation) and the people's (queued, serving, wrap-up, closed). The chat core drives the
//! lifecycle events, the bot the events that carry understanding; the state travels between them
//! as JSON and is guarded by the conversation's version.
//!
//! Invariants, explored exhaustively in `tests/explore.rs` and property-tested:
//! at most one reply to a turn; no bot reply once a human is wanted or present; every state is
//! left by some event; no event panics in any state; a late result is ignored by its turn number.
//!
//! This crate must never know a clock, a socket, a model or a language's words: texts are chosen
//! by key and written by the bot.

mod effect;
mod event;
mod state;
mod step;

pub use effect::{Effect, Reply};
pub use event::{Choice, Event, IntentRef, SlotKind, SlotSpec, Understanding};
pub use state::{Asked, Phase, State, StateError, Topic};
pub use step::{Policy, step};
