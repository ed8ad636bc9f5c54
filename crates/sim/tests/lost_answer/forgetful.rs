//! A store that commits and forgets to say so, or holds a write and then refuses it.

use std::sync::atomic::{AtomicU64, Ordering};

use kefu_chat::{
    ContentHash, Group, Head, Media, Person, Reach, Session, TokenHash, User,
    store::{
        AlertAsk, Change, Identity, LeftAsk, LeftAt, Lineage, Missed, MissedAsk, Outcome, Page,
        SharedStore, Store, StoreError, StoreFuture,
    },
};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{AgentId, ConversationId, MediaId, TenantId, VisitorId};
use parking_lot::Mutex;
use tokio::sync::oneshot;

pub(crate) struct Forgetful {
    inner: SharedStore,
    lost: AtomicU64,
    gate: Mutex<Option<Gate>>,
}

/// Where the next move of a conversation waits.
struct Gate {
    arrived: oneshot::Sender<()>,
    opened: oneshot::Receiver<bool>,
}

/// A move of a conversation that is held in front of the store.
pub(crate) struct Held {
    arrived: oneshot::Receiver<()>,
    open: oneshot::Sender<bool>,
}

impl Held {
    /// Returns when it is there: memory is ahead of the store from now on.
    pub(crate) async fn arrives(&mut self) {
        (&mut self.arrived).await.expect("somebody writes");
    }

    /// It is stored.
    pub(crate) fn store(self) {
        let _ = self.open.send(true);
    }

    /// It is refused for good.
    pub(crate) fn refuse(self) {
        let _ = self.open.send(false);
    }
}

impl Forgetful {
    pub(crate) const fn new(inner: SharedStore) -> Self {
        Self {
            inner,
            lost: AtomicU64::new(0),
            gate: Mutex::new(None),
        }
    }

    /// Holds the next batch in which a conversation moves.
    pub(crate) fn hold(&self) -> Held {
        let (arrived, comes) = oneshot::channel();
        let (open, opened) = oneshot::channel();
        *self.gate.lock() = Some(Gate { arrived, opened });
        Held {
            arrived: comes,
            open,
        }
    }

    async fn pass(&self, changes: &[Change]) -> Result<(), StoreError> {
        let moves = |change: &Change| matches!(change, Change::Advance(_));
        if !changes.iter().any(moves) {
            return Ok(());
        }
        let gate = self.gate.lock().take();
        let Some(gate) = gate else { return Ok(()) };
        let _ = gate.arrived.send(());
        if gate.opened.await == Ok(true) {
            return Ok(());
        }
        Err(StoreError::Rejected(
            "it was held and is refused".to_owned(),
        ))
    }

    /// The answers of the next writes are lost, small ones too.
    pub(crate) fn lose(&self, answers: u64) {
        self.lost.store(answers, Ordering::SeqCst);
    }

    fn is_lost(&self) -> Result<(), StoreError> {
        let less = |left: u64| left.checked_sub(1);
        match self
            .lost
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        {
            Ok(_) => Err(StoreError::Retryable("the answer is lost".to_owned())),
            Err(_) => Ok(()),
        }
    }
}

impl Store for Forgetful {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> StoreFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            self.pass(changes).await?;
            let outcomes = self.inner.apply(changes).await?;
            self.is_lost()?;
            Ok(outcomes)
        })
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.is_lost() })
    }

    fn ceiling(&self) -> StoreFuture<'_, u64> {
        self.inner.ceiling()
    }

    fn lineage(&self) -> StoreFuture<'_, Lineage> {
        self.inner.lineage()
    }

    fn tenant<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<TenantId>> {
        self.inner.tenant(name)
    }

    fn head(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Option<Head>> {
        self.inner.head(tenant, id)
    }

    fn unsettled(&self, after: ConversationId, limit: u32) -> StoreFuture<'_, Vec<Head>> {
        self.inner.unsettled(after, limit)
    }

    fn heads<'a>(
        &'a self,
        tenant: TenantId,
        phases: &'a [v1::Phase],
        before: ConversationId,
        limit: u32,
    ) -> StoreFuture<'a, Vec<Head>> {
        self.inner.heads(tenant, phases, before, limit)
    }

    fn messages(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        self.inner.messages(tenant, id, page, limit)
    }

    fn metadata(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        self.inner.metadata(tenant, id, page, limit)
    }

    fn messages_by_id<'a>(
        &'a self,
        tenant: TenantId,
        id: ConversationId,
        ids: &'a [u64],
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        self.inner.messages_by_id(tenant, id, ids)
    }

    fn cursors(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<(Person, Reach)>> {
        self.inner.cursors(tenant, id, limit)
    }

    fn missed<'a>(&'a self, ask: &'a MissedAsk) -> StoreFuture<'a, Vec<Missed>> {
        self.inner.missed(ask)
    }

    fn search<'a>(
        &'a self,
        tenant: TenantId,
        query: &'a Query,
        conversation: Option<ConversationId>,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        self.inner
            .search(tenant, query, conversation, before, limit)
    }

    fn notes(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        self.inner.notes(tenant, id, page, limit)
    }

    fn mentions(
        &self,
        tenant: TenantId,
        agent: AgentId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        self.inner.mentions(tenant, agent, limit)
    }

    fn tags(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Vec<String>> {
        self.inner.tags(tenant, id)
    }

    fn tag_names<'a>(
        &'a self,
        tenant: TenantId,
        prefix: &'a str,
        limit: u32,
    ) -> StoreFuture<'a, Vec<String>> {
        self.inner.tag_names(tenant, prefix, limit)
    }

    fn identity<'a>(
        &'a self,
        tenant: TenantId,
        subject: &'a str,
    ) -> StoreFuture<'a, Option<Identity>> {
        self.inner.identity(tenant, subject)
    }

    fn canned(&self, tenant: TenantId, agent: AgentId) -> StoreFuture<'_, Vec<v1::CannedReply>> {
        self.inner.canned(tenant, agent)
    }

    fn endings(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Ending>> {
        self.inner.endings(tenant, id, limit)
    }

    fn left(&self, tenant: TenantId, at: LeftAt) -> StoreFuture<'_, Option<v1::LeftMessage>> {
        self.inner.left(tenant, at)
    }

    fn list_left(&self, ask: LeftAsk) -> StoreFuture<'_, Vec<v1::LeftMessage>> {
        self.inner.list_left(ask)
    }

    fn assist_counts(
        &self,
        tenant: TenantId,
        from_day: i64,
    ) -> StoreFuture<'_, Vec<v1::AssistCount>> {
        self.inner.assist_counts(tenant, from_day)
    }

    fn pages(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::PageSeen>> {
        self.inner.pages(tenant, visitor, limit)
    }

    fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::HistoryEvent>> {
        self.inner.events(tenant, after, limit)
    }

    fn word_alerts(&self, ask: AlertAsk) -> StoreFuture<'_, Vec<v1::WordAlert>> {
        self.inner.word_alerts(ask)
    }

    fn media(&self, tenant: TenantId, id: MediaId) -> StoreFuture<'_, Option<Media>> {
        self.inner.media(tenant, id)
    }

    fn gone_media(&self, limit: u32) -> StoreFuture<'_, Vec<Media>> {
        self.inner.gone_media(limit)
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        self.inner.users()
    }

    fn user(&self, tenant: TenantId, id: AgentId) -> StoreFuture<'_, Option<User>> {
        self.inner.user(tenant, id)
    }

    fn groups(&self, tenant: Option<TenantId>) -> StoreFuture<'_, Vec<Group>> {
        self.inner.groups(tenant)
    }

    fn session(&self, token: TokenHash) -> StoreFuture<'_, Option<Session>> {
        self.inner.session(token)
    }

    fn setup(&self, token: TokenHash, at_ms: i64) -> StoreFuture<'_, Option<TenantId>> {
        self.inner.setup(token, at_ms)
    }

    fn versions(
        &self,
        tenant: TenantId,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::CatalogueVersion>> {
        self.inner.versions(tenant, before, limit)
    }

    fn version(
        &self,
        tenant: TenantId,
        number: u64,
    ) -> StoreFuture<'_, Option<v1::CatalogueVersion>> {
        self.inner.version(tenant, number)
    }

    fn piece(
        &self,
        tenant: TenantId,
        content: ContentHash,
        piece: u32,
    ) -> StoreFuture<'_, Option<Vec<u8>>> {
        self.inner.piece(tenant, content, piece)
    }
}
