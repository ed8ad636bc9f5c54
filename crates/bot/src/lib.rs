//! The bot's use case: a turn in, a commit out; and the link that brings turns and takes commits.
//!
//! A turn is read in this order: what was pressed, what had been asked (a slot, a choice), and
//! only then the NLU. The dialog's `step` decides the reply, [`Bot`] words it.
//!
//! Invariants: the bot keeps nothing between turns but the engine, so it can be killed at any
//! moment; every turn that can be read has exactly one commit, whatever the encoder does; a
//! failing turn never ends the process. This crate must not open a socket of its own (the channel
//! comes in), read a file, or log what people wrote.

mod bot;
mod link;
mod ops;
mod reading;
mod trace;
mod wording;

pub use bot::{Bot, BotSettings, TurnError};
pub use link::{LinkSettings, Status, run};
pub use ops::{BotOps, MetricsText};
pub use reading::TURN_CHARS_MAX;
pub use wording::{Phrases, Texts};
