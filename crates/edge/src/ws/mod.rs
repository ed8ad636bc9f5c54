//! Connections: one task for each, and WebSocket to reach it, one frame a message, Protobuf or JSON
//! from one definition. Without WebSocket the same task is reached by requests (`stream`).

mod board;
mod codec;
mod conversations;
mod delivering;
mod end;
mod frames;
mod hello;
mod incoming;
mod left;
mod marks;
mod notes;
mod outbox;
mod recovering;
mod seats;
mod sends;
mod socket;
mod subprotocol;
mod upgrade;
mod workspace;

pub(crate) use codec::Codec;
pub(crate) use end::End;
pub(crate) use incoming::Heard;
pub(crate) use outbox::writer;
pub(crate) use seats::{Seat, Seats};
#[cfg(feature = "fuzzing")]
pub(crate) use subprotocol::Subprotocol;
pub(crate) use upgrade::{admit, talk, upgrade};
