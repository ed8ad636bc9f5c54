//! The store, and the chat core over it.

mod conformance;
mod core;
mod opening;
