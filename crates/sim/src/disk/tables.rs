//! The rows, in ordered maps: nothing here may depend on a hash.

use std::{collections::BTreeMap, sync::Arc};

use kefu_chat::{
    ContentHash, Group, Head, Media, Session, User, Visitor,
    store::{ClientKey, CursorKey, Devices, Identity, LeftKey, Lineage},
};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId, MediaId, Millis, TenantId, VisitorId};

pub(super) type HeadKey = (TenantId, ConversationId);

/// [`ClientKey`] as something that has an order.
pub(super) type MessageKey = (u64, u64, i32, u64, String);

pub(super) fn key_of(key: &ClientKey) -> MessageKey {
    let ClientKey {
        tenant,
        conversation,
        sender,
        sender_id,
        client_id,
    } = key;
    (
        tenant.0,
        conversation.0,
        *sender,
        *sender_id,
        client_id.clone(),
    )
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) tenants: BTreeMap<String, TenantId>,
    pub(super) visitors: BTreeMap<(TenantId, VisitorId), Visitor>,
    pub(super) heads: BTreeMap<HeadKey, Arc<Head>>,
    pub(super) messages: BTreeMap<HeadKey, Vec<v1::Message>>,
    /// Where the message of a client's key is.
    pub(super) keys: BTreeMap<MessageKey, v1::Message>,
    pub(super) cursors: BTreeMap<CursorKey, Devices>,
    pub(super) users: BTreeMap<(TenantId, AgentId), User>,
    pub(super) groups: BTreeMap<(TenantId, GroupId), Group>,
    /// By the hash of the token.
    pub(super) sessions: BTreeMap<[u8; 32], Session>,
    pub(super) identities: BTreeMap<(TenantId, String), Identity>,
    /// Used ones, by hash, with the time until which they are remembered.
    pub(super) identity_tokens: BTreeMap<(TenantId, [u8; 32]), Millis>,
    pub(super) setups: BTreeMap<TenantId, ([u8; 32], Millis)>,
    pub(super) versions: BTreeMap<(TenantId, u64), v1::CatalogueVersion>,
    /// Bytes and age of sealed contents.
    pub(super) contents: BTreeMap<(TenantId, ContentHash), (u64, Millis)>,
    pub(super) pieces: BTreeMap<(TenantId, ContentHash, u32), (Vec<u8>, Millis)>,
    pub(super) media: BTreeMap<(TenantId, MediaId), Media>,
    pub(super) notes: BTreeMap<HeadKey, Vec<v1::Note>>,
    /// Unread ones, by agent and note, with the note's conversation.
    pub(super) mentions: BTreeMap<((TenantId, AgentId), u64), HeadKey>,
    pub(super) tags: BTreeMap<HeadKey, Vec<String>>,
    pub(super) canned: BTreeMap<(TenantId, u64), v1::CannedReply>,
    /// By the sequence of the notice that closed the talk.
    pub(super) endings: BTreeMap<(TenantId, ConversationId, u64), v1::Ending>,
    pub(super) left: BTreeMap<LeftKey, v1::LeftMessage>,
    /// Of proposed replies: shown, taken, edited.
    pub(super) assist: BTreeMap<(TenantId, i64, String), (u64, u64, u64)>,
    /// Of each visitor, oldest first.
    pub(super) pages: BTreeMap<(TenantId, VisitorId), Vec<v1::PageSeen>>,
    /// Words that were found, with who has seen it.
    pub(super) alerts: BTreeMap<(TenantId, u64), v1::WordAlert>,
    /// The event history.
    pub(super) events: BTreeMap<(TenantId, u64), v1::HistoryEvent>,
    pub(super) ceiling: u64,
    pub(super) lineage: Lineage,
}

impl Tables {
    /// How many conversations an agent owns.
    pub(super) fn owned(&self, tenant: TenantId, agent: AgentId) -> u32 {
        self.count(tenant, |head| head.owner() == Some(agent))
    }

    /// How many conversations of a group anybody owns.
    pub(super) fn owned_in(&self, tenant: TenantId, group: GroupId) -> u32 {
        self.count(tenant, |head| head.owner().is_some() && head.group == group)
    }

    fn count(&self, tenant: TenantId, is_it: impl Fn(&Head) -> bool) -> u32 {
        let range = (tenant, ConversationId(0))..=(tenant, ConversationId(u64::MAX));
        let heads = self.heads.range(range);
        let count = heads.filter(|(_, head)| is_it(head)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}
