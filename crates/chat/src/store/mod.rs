//! The port to the database.
//!
//! One call, [`Store::apply`], changes anything: a list of self-contained, conditional changes
//! as one durable transaction. What a change becomes is decided by [`Plan`], which is pure and
//! shared by all databases; an adapter only loads the rows a plan asks about and writes the rows
//! it ends with.

mod alerts;
mod arrival;
mod assist;
mod canned;
mod change;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod known;
mod left;
mod lineage;
mod mark;
mod media;
mod missed;
mod note;
mod outcome;
mod plan;
mod port;
mod reference;
mod room;
mod same;
mod state;
mod tags;

pub use alerts::{AlertAsk, SeenAlerts};
pub use arrival::{Arrival, Identity};
pub use assist::{NewPage, ProposedCount, taken_in};
pub use canned::SavedReply;
pub use change::{Advance, Change, ClientKey};
pub use error::StoreError;
pub use known::{Known, KnownHead, Questions};
pub use left::{KnownLeft, LeftAsk, LeftAt, LeftKey, LeftMove, MovedLeft, is_waiting};
pub use lineage::{Lineage, Seen, SharedWitness, Witness, WitnessFuture};
pub(crate) use lineage::{Reason, judge};
pub use mark::{ALL_DEVICES, CursorKey, DeviceCursor, Devices, Mark};
pub use media::{Expiry, MediaKey, SentMedia};
pub use missed::{Missed, MissedAsk, is_unread};
pub use note::NewNote;
pub use outcome::{Outcome, Stored};
pub use plan::{MovedHead, Plan, Rows};
pub use port::{Page, SharedStore, Store, StoreFuture};
pub use reference::{KnownMessage, MessageKey, Reference, Unfit, kind_of, shown};
pub use room::{GroupGuard, OwnerGuard};
pub(crate) use same::same_but_stars;
pub use state::StateChange;
pub use tags::TagChange;
