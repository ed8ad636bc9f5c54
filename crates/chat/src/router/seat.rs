//! One agent at the desk.

use kefu_types::{AgentId, ConversationId};
use std::collections::BTreeSet;

/// What an agent may and wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Terms {
    /// They chose to take conversations, and may.
    pub free: bool,
    /// Conversations they may own.
    pub capacity: u32,
    /// They are asked first.
    pub manual: bool,
}

/// An agent as the router sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Who.
    pub agent: AgentId,
    /// A workspace of theirs is connected.
    pub online: bool,
    /// What they may and want to do.
    pub terms: Terms,
    /// Conversations they own: serving and wrap-up.
    pub owned: BTreeSet<ConversationId>,
    /// Conversations about to be theirs, the offered one included.
    pub reserved: BTreeSet<ConversationId>,
    /// What they are being asked about: one at a time.
    pub offered: Option<ConversationId>,
    /// Offers in a row that they did not answer.
    pub missed: u32,
    /// Counts up over the whole desk with everything that is given or taken: small is idle long.
    pub touched: u64,
    /// Whether the groups have them among those who are open.
    pub(super) shown: bool,
}

impl Seat {
    /// An agent who is not there yet.
    #[must_use]
    pub const fn new(agent: AgentId) -> Self {
        Self {
            agent,
            online: false,
            terms: Terms {
                free: false,
                capacity: 0,
                manual: false,
            },
            owned: BTreeSet::new(),
            reserved: BTreeSet::new(),
            offered: None,
            missed: 0,
            touched: 0,
            shown: false,
        }
    }

    /// Owned and about to be owned.
    #[must_use]
    pub fn load(&self) -> u32 {
        let coming = self.reserved.iter().filter(|id| !self.owned.contains(id));
        u32::try_from(self.owned.len() + coming.count()).unwrap_or(u32::MAX)
    }

    /// Whether one more fits.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.load() < self.terms.capacity
    }

    /// Whether they are there and take conversations, however many they have.
    #[must_use]
    pub const fn serves(&self) -> bool {
        self.online && self.terms.free
    }

    /// Whether the router may give them one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.serves() && self.offered.is_none() && self.has_room()
    }
}
