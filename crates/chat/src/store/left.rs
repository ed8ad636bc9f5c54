//! Messages left, on their way to the store. A row changes only by comparing its version, and when a
//! message of the conversation belongs to the change, in one transaction with it.

use kefu_proto::v1::{self, LeftState};
use kefu_types::{ConversationId, TenantId};

use super::known::HeadKey;

/// One message left.
pub type LeftKey = (TenantId, u64);

/// What a message left becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftMove {
    /// Whose.
    pub tenant: TenantId,
    /// The row from now on, without the words. Version 1 is a new one; any other follows the one before.
    pub row: v1::LeftMessage,
    /// How many of the conversation may wait for an answer; looked at for new ones.
    pub waiting_max: u32,
}

impl LeftMove {
    /// Which.
    #[must_use]
    pub const fn key(&self) -> LeftKey {
        (self.tenant, self.row.id)
    }

    /// Of which conversation.
    #[must_use]
    pub const fn place(&self) -> HeadKey {
        (self.tenant, ConversationId(self.row.conversation_id))
    }

    /// The message that goes with the change has this sequence: what was left, or its answer.
    pub(crate) const fn placed(&mut self, seq: u64) {
        if self.row.seq == 0 {
            self.row.seq = seq;
        } else {
            self.row.answer_seq = seq;
        }
    }
}

/// A stored message left as far as conditions look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLeft {
    /// Its version.
    pub version: u64,
    /// It waits for an answer.
    pub waiting: bool,
}

impl From<&v1::LeftMessage> for KnownLeft {
    fn from(row: &v1::LeftMessage) -> Self {
        Self {
            version: row.version,
            waiting: is_waiting(row.state()),
        }
    }
}

/// Whether somebody still has to do something about it.
#[must_use]
pub const fn is_waiting(state: LeftState) -> bool {
    matches!(state, LeftState::Open | LeftState::Taken)
}

/// A row to be written.
#[derive(Debug, Clone, Copy)]
pub struct MovedLeft<'a> {
    /// Whose.
    pub tenant: TenantId,
    /// What it is now.
    pub row: &'a v1::LeftMessage,
    /// The version that is stored; 0: none.
    pub before: u64,
}

/// Which one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftAt {
    /// By its id.
    Id(u64),
    /// By the place of the visitor's message.
    Place(ConversationId, u64),
}

/// Which page of a list. Those that wait come longest first, the others newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftAsk {
    /// Whose.
    pub tenant: TenantId,
    /// Only those in it.
    pub state: LeftState,
    /// Only those of this group.
    pub group: Option<u64>,
    /// Only those behind this one in that order; 0: from the beginning.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
}
