//! The load: conversations of one sender and one reader, paced by their acknowledgements or by a
//! clock, every message followed from its intended moment to the other side.

mod ledger;
mod pace;
mod run;
mod tally;

pub use ledger::{Conversation, Ledger, Place};
pub use run::{Run, closed, open};
pub use tally::{Tally, quantiles};

use std::future::Future;

/// What every message says, to all servers alike: 17 Chinese characters, 51 bytes.
pub const WORDS: &str = "请问我的包裹到哪里了，已经等了三天";

/// What a connection tells.
#[derive(Debug, Clone, Copy)]
pub enum Heard {
    /// The server took the sender's n-th message, and keeps it here.
    Acknowledged(u64, Place),
    /// The reader got the sender's n-th message.
    Delivered(u64, Place),
}

/// One connection of one person, in whatever protocol the server speaks.
pub trait Line: Send + 'static {
    /// Writes the n-th message, counted from 1.
    fn say(&mut self, n: u64) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// The next thing that the load waits for. May be dropped half way without losing anything.
    fn hear(&mut self) -> impl Future<Output = anyhow::Result<Heard>> + Send;
}
