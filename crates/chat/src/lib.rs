//! The chat core: conversations, messages, sequences, the queue, assignment, presence, people.
//!
//! [`Core`] holds the use cases; the database comes in through the [`store::Store`] port, time,
//! randomness and ids through `kefu_types`. What is true is what is committed: heads in memory run
//! ahead of the store, but nobody is told of anything before its transaction is durable. Commits
//! then flow, in order, to one task that fans out, hands turns to bots and routes the queue; all
//! of that is a projection that a restart rebuilds.
//!
//! Invariants: persist, then acknowledge, then fan out; `seq` and `version` are counters changed
//! with what they count; one conversation has one owner; the bot speaks only as a commit against
//! the turn it was handed; nothing crosses a tenant; every queue is bounded.
//!
//! This crate must never link AI code or an adapter, read the ambient clock or generator, or log
//! what people say.

mod assist;
pub mod board;
mod closing;
mod core;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod history;
mod identity;
mod lanes;
mod left;
mod link;
mod model;
mod office;
mod people;
mod router;
mod settings;
mod silence;
mod sla;
pub mod store;
mod teamwork;
mod texts;
mod trail;
mod turns;
mod writer;

pub use assist::Assist;
pub use closing::{Choice, Closing};
pub use core::{AssistStream, CatalogueUpload, Core, Link, StartError, TurnStream, begin_epoch};
pub use error::CoreError;
pub use identity::{Algorithm, Claims, IdentityProblem, IdentityRules, Key, KeyError};
pub use lanes::{Lane, Turnstile};
pub use left::LeftRules;
pub use link::LinkEvents;
pub use model::{
    ContentHash, Group, Head, Media, Member, PIECE_BYTES, Person, Rank, Reach, RecordVersion,
    Session, SetupLink, Subject, TokenHash, User, Visitor, media_of, phase_of, searched,
};
pub use office::Office;
pub use router::{
    Assignment, Desk, DeskLimits, LEVEL_BEST, LEVEL_LEAST, Members, MissedOffer, Offer, Overflow,
    Place, Refused, Rules, Seat, Strategy, Terms, Time, Waiting,
};
pub use settings::{ChatSettings, Hashing, History, Limits, MediaRules, Search, Texts, Timing};
pub use sla::{Deadline, Promise, Sla};
pub use teamwork::Teamwork;
pub use trail::TrailRules;
pub use writer::Health;
