//! The store, and the chat core over it.

mod batching;
mod conformance;
mod core;
mod opening;
