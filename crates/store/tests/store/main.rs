//! The stores, and the chat core over each of them.

#![allow(
    clippy::duplicate_mod,
    reason = "the tests of the core run over both stores, as they are"
)]

mod alerts;
mod batching;
mod both;
mod conformance;
mod cores;
mod layouts;
mod nul;
mod opening;
mod postgres;
mod postgres_opening;
mod rounds;
mod rows;
mod search;
mod sqlite;
mod stalls;
mod stores;
