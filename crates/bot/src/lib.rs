//! The bot's use case: a turn in, a commit out; the link that brings turns and takes commits; and
//! the intents, watched, published and swapped while turns go on ([`reload`]).
//!
//! A turn is read in this order: what was pressed, what had been asked (a slot, a choice), and
//! only then the NLU. The dialog's `step` decides the reply, [`Bot`] words it. Where an intent acts
//! before it answers, the turn waits for its [`Connector`]; it still has one reply and one commit.
//!
//! Invariants: the bot keeps nothing between turns but the engine, so it can be killed at any
//! moment; every turn that can be read has exactly one commit, whatever the encoder does; a
//! failing turn never ends the process. This crate must not open a socket of its own (the channel
//! comes in), read or write a file outside the intents directory and the place given for drafts, or
//! log what people wrote.

mod actions;
mod assist;
mod bot;
mod link;
mod ops;
mod pending;
mod reading;
pub mod reload;
mod trace;
mod wording;
mod zone;

pub use actions::{ActionError, ActionRequest, ActionSettings, Actions, Connector, NoConnector};
pub use assist::{AssistSettings, assist};
pub use bot::{Bot, BotSettings, TurnError};
pub use link::{LinkSettings, Status, run};
pub use ops::{BotOps, MetricsText};
pub use pending::{Pending, Progress};
pub use reading::TURN_CHARS_MAX;
pub use wording::{Phrases, Texts};
pub use zone::{UnknownZone, time_zone};
