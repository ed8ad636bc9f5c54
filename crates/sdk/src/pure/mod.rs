//! Decisions without IO: time and chance are arguments, what to do is the answer.
//!
//! Nothing below this module knows a socket, a task or a clock.

pub mod backoff;
pub mod chance;
pub mod heartbeat;
pub mod ladder;
pub mod marker;
pub mod outbox;
pub mod thread;
pub mod timers;
