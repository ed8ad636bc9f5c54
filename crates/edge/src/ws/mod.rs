//! WebSocket: one frame a message, Protobuf or JSON from one definition.

mod codec;
mod conversations;
mod delivering;
mod end;
mod frames;
mod hello;
mod marks;
mod outbox;
mod recovering;
mod seats;
mod sends;
mod socket;
mod upgrade;
mod workspace;

pub(crate) use seats::Seats;
pub(crate) use upgrade::upgrade;
