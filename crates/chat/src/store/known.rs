//! What a plan must know before it can decide, and what it is told.

use std::collections::{HashMap, HashSet};

use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId, TenantId};

use super::{
    Change, ClientKey, CursorKey, Devices, KnownLeft, KnownMessage, LeftKey, LeftMove, MediaKey,
    MessageKey,
};
use crate::model::{Head, Media, media_of};

pub(super) type HeadKey = (TenantId, ConversationId);
pub(super) type AgentKey = (TenantId, AgentId);
pub(super) type GroupKey = (TenantId, GroupId);

/// What must be known before the changes can be decided.
#[derive(Debug, Default)]
pub struct Questions {
    /// Version, stamp, owner, group and last sequence of these.
    pub heads: HashSet<HeadKey>,
    /// Whether these are stored.
    pub keys: HashSet<ClientKey>,
    /// How many conversations these own (serving and wrap-up).
    pub owners: HashSet<AgentKey>,
    /// How many conversations of these anybody owns. Whoever answers holds these groups, after the
    /// owners, until the end of the transaction.
    pub rooms: HashSet<GroupKey>,
    /// Whose these are, what they are, and whether they were recalled.
    pub messages: HashSet<MessageKey>,
    /// All cursors of these people there.
    pub cursors: HashSet<CursorKey>,
    /// Whose these are, and whether they may still be sent.
    pub media: HashSet<MediaKey>,
    /// Version of these messages left, and whether they wait for an answer.
    pub left: HashSet<LeftKey>,
    /// How many messages left of these conversations wait for an answer.
    pub left_waiting: HashSet<HeadKey>,
}

impl Questions {
    /// Collects what `changes` depend on.
    #[must_use]
    pub fn of(changes: &[Change]) -> Self {
        let mut questions = Self::default();
        for change in changes {
            match change {
                Change::Advance(advance) => {
                    let (tenant, id) = (advance.head.tenant, advance.head.id);
                    questions.heads.insert((tenant, id));
                    questions.keys.extend(advance.key.clone());
                    questions
                        .owners
                        .extend(advance.guard.map(|guard| (tenant, guard.agent)));
                    let groups = advance.room.iter().flat_map(|room| room.groups.iter());
                    questions.rooms.extend(groups.map(|group| (tenant, *group)));
                    let referred = advance.reference.map(|it| (tenant, id, it.seq()));
                    questions.messages.extend(referred);
                    let keyed = advance.keyed();
                    let media = keyed.and_then(|message| media_of(message.body.as_ref()));
                    questions.media.extend(media.map(|media| (tenant, media)));
                    questions.about_left(advance.left.as_deref());
                }
                Change::MoveLeft(moved) => questions.about_left(Some(moved)),
                Change::Probe { key, .. } => {
                    questions.keys.insert(key.clone());
                }
                Change::Mark(mark) => {
                    questions.heads.insert((mark.tenant, mark.conversation));
                    questions.cursors.insert(mark.key());
                }
                _ => {}
            }
        }
        questions
    }

    fn about_left(&mut self, moved: Option<&LeftMove>) {
        if let Some(moved) = moved {
            self.left.insert(moved.key());
            self.left_waiting.insert(moved.place());
        }
    }
}

/// A conversation as far as conditions look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownHead {
    /// Its version.
    pub version: u64,
    /// Of the change that made it.
    pub stamp: u64,
    /// Whose capacity it takes.
    pub owner: Option<AgentId>,
    /// In whose line it waits, or for whom it is served.
    pub group: GroupId,
    /// Sequence of its newest message.
    pub last_seq: u64,
}

impl KnownHead {
    /// The group whose room it takes.
    pub(super) fn room(self) -> Option<GroupId> {
        self.owner.map(|_| self.group)
    }
}

impl From<&Head> for KnownHead {
    fn from(head: &Head) -> Self {
        Self {
            version: head.version,
            stamp: head.stamp,
            owner: head.owner(),
            group: head.group,
            last_seq: head.last_seq,
        }
    }
}

/// The answers.
#[derive(Debug, Default)]
pub struct Known {
    /// Those that exist.
    pub heads: HashMap<HeadKey, KnownHead>,
    /// Those that are stored: the message as it was written, recalled or not.
    pub keys: HashMap<ClientKey, v1::Message>,
    /// Those that own any.
    pub owners: HashMap<AgentKey, u32>,
    /// Those of which any is owned.
    pub rooms: HashMap<GroupKey, u32>,
    /// Those that exist.
    pub messages: HashMap<MessageKey, KnownMessage>,
    /// Those that have any.
    pub cursors: HashMap<CursorKey, Devices>,
    /// Those that exist.
    pub media: HashMap<MediaKey, Media>,
    /// Those that exist.
    pub left: HashMap<LeftKey, KnownLeft>,
    /// Those that have any.
    pub left_waiting: HashMap<HeadKey, u32>,
}
