//! Replies that bots propose to agents: who is asked, and for how long (ADR 52).

mod counts;
mod desk;
mod rules;
#[cfg(test)]
mod tests;

pub(crate) use counts::{ProposedCounts, day_of};
pub(crate) use desk::{AssistDesk, AssistKey, Said};
pub use rules::Assist;
