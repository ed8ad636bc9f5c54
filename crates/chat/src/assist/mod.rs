//! Replies that bots propose to agents: who is asked, and for how long (ADR 52).

mod desk;
mod rules;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use desk::{AssistDesk, AssistKey, Said};
pub use rules::Assist;
pub(crate) use tally::{Tally, day_of};
