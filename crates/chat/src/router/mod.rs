//! Who serves whom: the groups of one tenant with their lines, and its agents, as a pure value.
//!
//! It is a projection of committed heads, groups and users plus presence, so a restart rebuilds it
//! by observing all of them again. Its decisions are reservations, or offers where an agent is to
//! be asked first; the store's compare-and-swap makes them true or refuses them, and then they are
//! given back. Time is an argument: milliseconds of a clock that never goes back.
//!
//! An agent *fits* a conversation that serves its group, or the group that helps once somebody
//! there has waited long enough; is online, free and not being asked; has room, as has the group;
//! and has not declined this one lately.
//!
//! Invariants, property-tested and, in a small world, walked whole (`tests/explore.rs`): a
//! conversation has one place and at most one owner, reserved ones included; the capacity of an
//! agent and of a group is not exceeded by a decision; nobody waits while somebody fits; inside a
//! lane of a group nobody is passed whom the same agent fits; between the lanes the turnstile
//! decides (ADR 25), and between groups that share agents the longest wait.
//!
//! No decision walks a line: it costs the number of groups and of the agents who are open.

mod choose;
mod decide;
mod desk;
mod estimate;
mod group;
mod line;
mod offers;
mod place;
mod places;
mod seat;
#[cfg(test)]
mod tests;

pub use decide::Assignment;
pub use desk::Desk;
pub use group::{LEVEL_BEST, LEVEL_LEAST, Members, Overflow, Rules, Strategy};
pub use offers::{MissedOffer, Offer};
pub use place::{DeskLimits, Place, Refused, Waiting};
pub use seat::{Seat, Terms};

/// Milliseconds of a monotonic clock. Signed, as somebody may wait since before it began.
pub type Time = i64;
