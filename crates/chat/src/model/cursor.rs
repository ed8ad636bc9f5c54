//! How far people are in a conversation.

use kefu_proto::v1;
use kefu_types::ConversationId;

/// Somebody who reads: a visitor or a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Person {
    /// `v1::Sender` as a number: visitor or agent.
    pub sender: i32,
    /// Visitor's or user's id.
    pub id: u64,
}

/// How far a device, or the farthest device of a person, is. `read_seq` is never more than
/// `delivered_seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// It has everything up to here.
    pub delivered_seq: u64,
    /// The person has read everything up to here.
    pub read_seq: u64,
}

impl Reach {
    /// The larger of each number.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            delivered_seq: self.delivered_seq.max(other.delivered_seq),
            read_seq: self.read_seq.max(other.read_seq),
        }
    }

    /// The cursor of `person`, as it crosses the wire.
    #[must_use]
    pub const fn cursor(self, conversation: ConversationId, person: Person) -> v1::Cursor {
        v1::Cursor {
            conversation_id: conversation.0,
            who: person.sender,
            who_id: person.id,
            delivered_seq: self.delivered_seq,
            read_seq: self.read_seq,
        }
    }
}
