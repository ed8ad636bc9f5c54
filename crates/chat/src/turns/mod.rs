//! Turns that bots owe an answer to, and the bots.
//!
//! A projection of committed heads, as the router is: every head in which a bot owes an answer has
//! exactly one open turn, whoever holds it. Pure but for the channels to the bots.

mod desk;
#[cfg(test)]
mod tests;

pub(crate) use desk::{BotKey, Seen, TurnDesk};
