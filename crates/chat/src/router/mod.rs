//! Who serves whom: the queue of one tenant and its agents, as a pure value.
//!
//! It is a projection of committed heads plus presence, so a restart rebuilds it by observing
//! every head again. Its decisions are reservations; the store's compare-and-swap makes them
//! true or refuses them, and then they are given back.
//!
//! Invariants, property-tested: an agent's owned and reserved conversations never exceed the
//! capacity at the moment of a decision; a conversation has one place; the queue is served in
//! order; among open seats the least loaded is chosen, and of those the one idle longest.

mod desk;
mod estimate;
mod seat;
#[cfg(test)]
mod tests;

pub use desk::{Assignment, Desk, Place, Refused};
pub use seat::Seat;
