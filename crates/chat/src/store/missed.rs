//! What a device has missed.

use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};

use crate::model::{Head, Person, Reach};

/// A question for one page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissedAsk {
    /// Whose.
    pub tenant: TenantId,
    /// Who asks.
    pub person: Person,
    /// With which device.
    pub device: String,
    /// A visitor's only conversation. Without it, the agent's owned ones and those where their
    /// cursor is behind the end.
    pub only: Option<ConversationId>,
    /// Above this id.
    pub after: ConversationId,
    /// Conversations.
    pub limit: u32,
    /// First messages of each.
    pub messages_max: u32,
    /// Unread ones are counted up to here …
    pub unread_max: u32,
    /// … and among this many newest messages.
    pub unread_scan_max: u32,
}

/// One conversation of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// The conversation.
    pub head: Head,
    /// How far the device is.
    pub delivered_seq: u64,
    /// How far the person is.
    pub reach: Reach,
    /// Messages of others after `reach.read_seq`: see [`is_unread`].
    pub unread: u32,
    /// The first ones after `delivered_seq`.
    pub messages: Vec<v1::Message>,
}

impl MissedAsk {
    /// The sequence after which unread messages are looked for, so that a count looks at no more
    /// than it may.
    #[must_use]
    pub fn unread_after(&self, last_seq: u64, read_seq: u64) -> u64 {
        read_seq.max(last_seq.saturating_sub(self.unread_scan_max.into()))
    }
}

/// Whether a message counts as unread for `person` when they have not read so far.
#[must_use]
pub fn is_unread(person: Person, message: &v1::Message) -> bool {
    let kind = super::kind_of(message.body.as_ref());
    let own = message.sender == person.sender && message.sender_id == person.id;
    let fact = matches!(kind, v1::BodyKind::Notice | v1::BodyKind::Recall);
    !own && !fact && message.recalled_seq == 0
}
