//! One agent at the desk.

use kefu_types::{AgentId, ConversationId};
use std::collections::BTreeSet;

/// An agent as the router sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub agent: AgentId,
    /// A workspace of theirs is connected.
    pub online: bool,
    /// They chose to take conversations, and may.
    pub free: bool,
    /// Conversations they may own.
    pub capacity: u32,
    /// Conversations they own: serving and wrap-up.
    pub owned: BTreeSet<ConversationId>,
    /// Conversations about to be theirs.
    pub reserved: BTreeSet<ConversationId>,
    /// Counts up over the whole desk with everything that is given or taken: small is idle long.
    pub touched: u64,
}

impl Seat {
    /// An agent who is not there yet.
    #[must_use]
    pub const fn new(agent: AgentId) -> Self {
        Self {
            agent,
            online: false,
            free: false,
            capacity: 0,
            owned: BTreeSet::new(),
            reserved: BTreeSet::new(),
            touched: 0,
        }
    }

    /// Owned and about to be owned.
    #[must_use]
    pub fn load(&self) -> u32 {
        u32::try_from(self.owned.union(&self.reserved).count()).unwrap_or(u32::MAX)
    }

    /// Whether one more fits.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.load() < self.capacity
    }

    /// Whether the router may give them one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.online && self.free && self.has_room()
    }
}
