//! What the core asks of a database.

use std::{future::Future, pin::Pin, sync::Arc};

use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{AgentId, ConversationId, MediaId, TenantId, VisitorId};

use crate::{
    model::{ContentHash, Group, Head, Media, Person, Reach, Session, TokenHash, User},
    store::{
        AlertAsk, Change, Identity, LeftAsk, LeftAt, Lineage, Missed, MissedAsk, Outcome,
        StoreError,
    },
};

/// A call under way.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Which part of a history, or of the notes beside it by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// From the sequence after this one upward.
    After(u64),
    /// The page that ends just below this sequence.
    Before(u64),
}

/// A database. Reads may run beside writes and see what is committed.
pub trait Store: Send + Sync + 'static {
    /// One durable transaction: when this returns, every `Applied` survives the loss of power.
    /// Outcomes are in the order of the changes, and each change sees those before it.
    /// On an error nothing may be acknowledged.
    fn apply<'a>(&'a self, changes: &'a [Change]) -> StoreFuture<'a, Vec<Outcome>>;

    /// A small durable write: whether [`Store::apply`] could work again.
    fn probe(&self) -> StoreFuture<'_, ()>;

    /// The largest id ever stored, so that a generator can start above it.
    fn ceiling(&self) -> StoreFuture<'_, u64>;

    /// Which store it is, and in which epoch.
    fn lineage(&self) -> StoreFuture<'_, Lineage>;

    /// A tenant by name.
    fn tenant<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<TenantId>>;

    /// A conversation.
    fn head(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Option<Head>>;

    /// Conversations of all tenants that need care after a restart (a bot owes an answer, queued,
    /// serving, wrap-up), by id, from above `after`.
    fn unsettled(&self, after: ConversationId, limit: u32) -> StoreFuture<'_, Vec<Head>>;

    /// Conversations in these phases, newest first, below `before`.
    fn heads<'a>(
        &'a self,
        tenant: TenantId,
        phases: &'a [v1::Phase],
        before: ConversationId,
        limit: u32,
    ) -> StoreFuture<'a, Vec<Head>>;

    /// Messages, ascending by sequence. Here as in all that follows, of what was recalled nothing
    /// is given but that it was: see [`shown`](super::shown).
    fn messages(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>>;

    /// As [`Store::messages`], without bodies and with what they are instead.
    fn metadata(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>>;

    /// Those of these messages that the conversation has, ascending by sequence.
    fn messages_by_id<'a>(
        &'a self,
        tenant: TenantId,
        id: ConversationId,
        ids: &'a [u64],
    ) -> StoreFuture<'a, Vec<v1::Message>>;

    /// How far people are in a conversation, the visitor first, then by person, at most `limit`.
    fn cursors(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<(Person, Reach)>>;

    /// A page of what a device has missed, by id of the conversation.
    fn missed<'a>(&'a self, ask: &'a MissedAsk) -> StoreFuture<'a, Vec<Missed>>;

    /// Messages that match, of the tenant or of one conversation, newest first by id, with ids
    /// below `before`. What matches is [`Query::matches`] of [`searched`](crate::searched).
    /// [`StoreError::Rejected`] where nothing is indexed because search is off.
    fn search<'a>(
        &'a self,
        tenant: TenantId,
        query: &'a Query,
        conversation: Option<ConversationId>,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'a, Vec<v1::Message>>;

    /// Notes of a conversation, ascending by number.
    fn notes(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>>;

    /// Notes whose mention of this agent was not seen yet, newest first.
    fn mentions(
        &self,
        tenant: TenantId,
        agent: AgentId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>>;

    /// Tags of a conversation, sorted.
    fn tags(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Vec<String>>;

    /// Tags of the tenant that begin with `prefix`, the most used first, then by name.
    fn tag_names<'a>(
        &'a self,
        tenant: TenantId,
        prefix: &'a str,
        limit: u32,
    ) -> StoreFuture<'a, Vec<String>>;

    /// Canned replies of the tenant's and of this agent's own, by shortcut, then by owner.
    fn canned(&self, tenant: TenantId, agent: AgentId) -> StoreFuture<'_, Vec<v1::CannedReply>>;

    /// What is known of the talks of a conversation, newest first.
    fn endings(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Ending>>;

    /// One message left.
    fn left(&self, tenant: TenantId, at: LeftAt) -> StoreFuture<'_, Option<v1::LeftMessage>>;

    /// A page of messages left.
    fn list_left(&self, ask: LeftAsk) -> StoreFuture<'_, Vec<v1::LeftMessage>>;

    /// How often what was proposed was shown and taken, from this UTC day on, by intent and day.
    fn assist_counts(
        &self,
        tenant: TenantId,
        from_day: i64,
    ) -> StoreFuture<'_, Vec<v1::AssistCount>>;

    /// The last pages of a visitor, newest first.
    fn pages(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::PageSeen>>;

    /// The event history, ascending by id, from above `after`.
    fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::HistoryEvent>>;

    /// A page of alerts of sensitive words, newest first, each with who has seen it by the time; names
    /// of those are not stored.
    fn word_alerts(&self, ask: AlertAsk) -> StoreFuture<'_, Vec<v1::WordAlert>>;

    /// One upload.
    fn media(&self, tenant: TenantId, id: MediaId) -> StoreFuture<'_, Option<Media>>;

    /// Uploads of all tenants that are gone and not forgotten, the longest gone first.
    fn gone_media(&self, limit: u32) -> StoreFuture<'_, Vec<Media>>;

    /// All users of all tenants.
    fn users(&self) -> StoreFuture<'_, Vec<User>>;

    /// One user.
    fn user(&self, tenant: TenantId, id: AgentId) -> StoreFuture<'_, Option<User>>;

    /// Groups with their members, of one tenant or of all, by tenant and id.
    fn groups(&self, tenant: Option<TenantId>) -> StoreFuture<'_, Vec<Group>>;

    /// A session by the hash of its token; its row says whose tenant.
    fn session(&self, token: TokenHash) -> StoreFuture<'_, Option<Session>>;

    /// Who somebody of the business's is here, by the business's own id of them.
    fn identity<'a>(
        &'a self,
        tenant: TenantId,
        subject: &'a str,
    ) -> StoreFuture<'a, Option<Identity>>;

    /// Whether the setup link is good at this time (UTC milliseconds), and whose it is.
    fn setup(&self, token: TokenHash, at_ms: i64) -> StoreFuture<'_, Option<TenantId>>;

    /// Versions of a tenant's intents, newest first, below the number `before`, without files.
    fn versions(
        &self,
        tenant: TenantId,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::CatalogueVersion>>;

    /// One version with its files, by path, without their contents.
    fn version(
        &self,
        tenant: TenantId,
        number: u64,
    ) -> StoreFuture<'_, Option<v1::CatalogueVersion>>;

    /// A piece of contents that are sealed.
    fn piece(
        &self,
        tenant: TenantId,
        content: ContentHash,
        piece: u32,
    ) -> StoreFuture<'_, Option<Vec<u8>>>;
}

/// A shared store.
pub type SharedStore = Arc<dyn Store>;
