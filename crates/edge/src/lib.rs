//! The door: pages, REST, WebSocket, events and polls in front of the chat core.
//!
//! The edge keeps sockets and nothing that matters: killed, its clients reconnect elsewhere and
//! resume by sequence. Invariants:
//! - what a client is shown of a conversation is contiguous, in order, each message once
//!   (`delivery`), whatever the link to the core loses, repeats or reorders;
//! - who somebody is and what they may do is decided by the core: the edge only carries tokens;
//! - visitors see no trace, no reason, no preview (`visible`);
//! - the bytes of pictures and files pass here; what is true of them is the core's (`media`);
//! - every queue, body and wait has a bound in [`Limits`], and a full one refuses or cuts.
//!
//! It must never write to a store, cache a permission, or log a body, a token or a query string.

mod api;
mod app;
mod delivery;
mod door;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod link;
mod measures;
mod media;
mod ops;
mod pages;
mod problem;
mod serve;
mod settings;
mod stream;
mod visible;
mod ws;

pub use api::document as openapi;
pub use door::{MetricsAccess, MetricsAccessError, Network};
pub use serve::{EdgeError, Wiring, serve};
pub use settings::{EdgeSettings, Limits, MediaSettings, Question, Site, Words};
