//! What a message may quote, and what may be recalled. Decided inside the transaction that stores
//! it, so that of two recalls at once one wins, and a quote of a message that is being recalled is
//! stored before the recall or not at all.

use kefu_proto::v1::{self, Sender, body};
use kefu_types::{ConversationId, Millis, TenantId};

use super::ClientKey;

/// One message of a conversation, by sequence.
pub type MessageKey = (TenantId, ConversationId, u64);

/// What the message of an [`Advance`](super::Advance) says about an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// It answers the message with this sequence.
    Quote {
        /// Of the quoted message.
        seq: u64,
    },
    /// It takes back the message with this sequence.
    Recall {
        /// Of the message that is taken back.
        seq: u64,
        /// Messages from before this time cannot be any more.
        since_ms: Millis,
    },
}

/// A stored message as far as references look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownMessage {
    /// `v1::Sender` as a number.
    pub sender: i32,
    /// Visitor's or agent's id.
    pub sender_id: u64,
    /// What its body is.
    pub kind: v1::BodyKind,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
    /// The recall's sequence; 0: never.
    pub recalled_seq: u64,
}

/// Why something does not fit what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The conversation has no such message.
    #[error("the conversation has no message with this sequence")]
    NoMessage,
    /// Notices, recalls and what the service says by itself.
    #[error("only what people and bots said can be quoted or recalled")]
    Kind,
    /// Somebody else's.
    #[error("only one's own messages can be recalled")]
    Foreign,
    /// Taken back before.
    #[error("the message was recalled")]
    Recalled,
    /// Too long ago.
    #[error("the message is too old to be recalled")]
    Late,
    /// Media that is nobody's, somebody else's, of another conversation, sent before, expired, or
    /// not what the message says of it.
    #[error("this sender has uploaded no such media to this conversation, or has sent it already")]
    Media,
    /// Somebody did something about it since.
    #[error("the message left has changed since it was shown")]
    LeftMoved,
    /// Too many of one conversation wait for an answer.
    #[error("as many messages left as there may be wait for an answer already")]
    LeftFull,
    /// A cursor beyond the last message.
    #[error("a cursor cannot be beyond the conversation's last message")]
    Beyond,
    /// A cursor behind itself.
    #[error("a cursor of a device does not go back")]
    Backwards,
}

impl Reference {
    /// The sequence that it names.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        match self {
            Self::Quote { seq } | Self::Recall { seq, .. } => *seq,
        }
    }

    /// Whether `key`'s message may refer so to `target`.
    pub(super) fn check(
        &self,
        key: Option<&ClientKey>,
        target: Option<&KnownMessage>,
    ) -> Result<(), Unfit> {
        let target = target.ok_or(Unfit::NoMessage)?;
        if !said_by_somebody(target) {
            return Err(Unfit::Kind);
        }
        if let Self::Recall { since_ms, .. } = self {
            let own = key.is_some_and(|key| {
                (key.sender, key.sender_id) == (target.sender, target.sender_id)
            });
            if !own {
                return Err(Unfit::Foreign);
            }
            if target.recalled_seq == 0 && target.created_at_ms < *since_ms {
                return Err(Unfit::Late);
            }
        }
        if target.recalled_seq == 0 {
            Ok(())
        } else {
            Err(Unfit::Recalled)
        }
    }
}

fn said_by_somebody(message: &KnownMessage) -> bool {
    use v1::BodyKind::{Card, File, Image, Postback, Text};

    matches!(message.kind, Text | Card | Postback | Image | File)
        && [Sender::Visitor, Sender::Bot, Sender::Agent]
            .map(i32::from)
            .contains(&message.sender)
}

/// What a body is.
#[must_use]
pub fn kind_of(body: Option<&v1::Body>) -> v1::BodyKind {
    match body.and_then(|body| body.kind.as_ref()) {
        Some(body::Kind::Text(_)) => v1::BodyKind::Text,
        Some(body::Kind::Card(_)) => v1::BodyKind::Card,
        Some(body::Kind::Postback(_)) => v1::BodyKind::Postback,
        Some(body::Kind::Notice(_)) => v1::BodyKind::Notice,
        Some(body::Kind::Recall(_)) => v1::BodyKind::Recall,
        Some(body::Kind::Image(_)) => v1::BodyKind::Image,
        Some(body::Kind::File(_)) => v1::BodyKind::File,
        None => v1::BodyKind::Unspecified,
    }
}

/// A stored row as readers may have it: nothing is left of what was said where it was recalled.
#[must_use]
pub fn shown(mut message: v1::Message) -> v1::Message {
    if message.recalled_seq != 0 {
        message.body = None;
        message.trace = None;
        message.body_kind = v1::BodyKind::Unspecified.into();
        message.body_bytes = 0;
    }
    message
}

impl From<&v1::Message> for KnownMessage {
    fn from(message: &v1::Message) -> Self {
        Self {
            sender: message.sender,
            sender_id: message.sender_id,
            kind: kind_of(message.body.as_ref()),
            created_at_ms: message.created_at_ms,
            recalled_seq: message.recalled_seq,
        }
    }
}
