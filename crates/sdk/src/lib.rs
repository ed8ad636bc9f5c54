//! The client of Kefu as a library: conversations over lines that break.
//!
//! It promises what its TypeScript sibling does: **each message is handed on once, in order, without
//! a gap**, and **a message that was sent is stored once**, whatever the network, the service and
//! restarts do.
//!
//! ```no_run
//! # async fn example() -> Result<(), kefu_sdk::Problem> {
//! use kefu_sdk::{Options, RoomEvent, Visitor};
//!
//! let visitor = Visitor::enter(Options::new("http://127.0.0.1:8811"), None).await?;
//! let mut room = visitor.room()?;
//! let sent = room.send("where is my order?")?; // at once, with a connection or without
//! while let Some(event) = room.next().await {
//!     if let RoomEvent::Messages(fresh) = event {
//!         println!("{} new, {} in all", fresh.len(), room.messages().len());
//!         room.read();
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! What decides is pure ([`pure`], [`machine`]): events in, effects out, time and chance as
//! arguments. What acts ([`client`]) is one task for each client, and one for each link
//! ([`net`]). It must not know the service's other crates: all it shares with them is `proto/`.

#![forbid(unsafe_code)]

pub mod client;
pub mod diagnostics;
mod limits;
pub mod machine;
pub mod net;
pub mod outbox;
mod problem;
pub mod pure;

pub use kefu_proto::v1 as proto;

pub use client::{
    Agent, Client, Mouth, Options, Person, Rest, Room, RoomEvent, Sent, Visitor, WorkspaceEvent,
    text,
};
pub use diagnostics::{DiagnosticEvent, Dump, EventName};
pub use http::Method;
pub use limits::Limits;
pub use machine::State;
pub use net::Codec;
pub use outbox::{FileOutbox, MemoryOutbox, OutboxStore, Outgoing, Syncs};
pub use problem::Problem;
pub use pure::marker::Reach;
