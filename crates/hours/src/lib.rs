//! When people are at their desks: weekly shifts in a time zone, holidays, and days that are
//! otherwise than their weekday.
//!
//! [`Hours::at`] answers for any instant whether it is open, until when, or when it opens next.
//!
//! Invariants: what is open closes at the instant that it says, what is closed opens at the instant
//! that it says, and nothing changes in between. Total: no instant, zone or table panics, and the
//! search for the next opening is bounded by [`DAYS_AHEAD_MAX`]. Pure: the instant is an argument.

mod hours;
mod shift;

pub use hours::{DAYS_AHEAD_MAX, Hours, State};
pub use shift::{BadShift, Shift};
