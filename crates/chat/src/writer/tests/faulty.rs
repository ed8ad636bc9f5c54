//! A store that fails as a test says, and never reads.

use std::{collections::VecDeque, sync::atomic::AtomicBool};

use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, MediaId, TenantId, VisitorId};
use parking_lot::Mutex;

use super::full;
use crate::{
    ContentHash, Media, Person, Reach,
    model::{Group, Head, Session, TokenHash, User},
    store::{
        AlertAsk, Change, Identity, LeftAsk, LeftAt, Lineage, Missed, MissedAsk, Outcome, Page,
        Store, StoreError, StoreFuture,
    },
};

/// A store that fails as it is told and remembers what became durable.
#[derive(Default)]
pub(super) struct Faulty {
    /// What the next calls of `apply` fail with; `None` succeeds.
    pub(super) plan: Mutex<VecDeque<Option<StoreError>>>,
    pub(super) batches: Mutex<Vec<Vec<u64>>>,
    pub(super) sick: AtomicBool,
}

/// A change that no store can hold.
pub(super) const POISON: u64 = 666;

pub(super) fn number(change: &Change) -> u64 {
    match change {
        Change::CreateTenant { id, .. } => id.0,
        _ => 0,
    }
}

impl Store for Faulty {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> StoreFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            // As a commit does, it lets others run.
            tokio::task::yield_now().await;
            if let Some(Some(error)) = self.plan.lock().pop_front() {
                return Err(error);
            }
            if changes.iter().any(|change| number(change) == POISON) {
                return Err(StoreError::Rejected("poison".to_owned()));
            }
            self.batches
                .lock()
                .push(changes.iter().map(number).collect());
            Ok(vec![Outcome::Applied; changes.len()])
        })
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        let sick = self.sick.load(std::sync::atomic::Ordering::SeqCst);
        Box::pin(async move { if sick { Err(full()) } else { Ok(()) } })
    }

    fn ceiling(&self) -> StoreFuture<'_, u64> {
        unread()
    }
    fn lineage(&self) -> StoreFuture<'_, Lineage> {
        unread()
    }
    fn tenant<'a>(&'a self, _: &'a str) -> StoreFuture<'a, Option<TenantId>> {
        unread()
    }
    fn head(&self, _: TenantId, _: ConversationId) -> StoreFuture<'_, Option<Head>> {
        unread()
    }
    fn unsettled(&self, _: ConversationId, _: u32) -> StoreFuture<'_, Vec<Head>> {
        unread()
    }
    fn heads<'a>(
        &'a self,
        _: TenantId,
        _: &'a [v1::Phase],
        _: ConversationId,
        _: u32,
    ) -> StoreFuture<'a, Vec<Head>> {
        unread()
    }
    fn messages(
        &self,
        _: TenantId,
        _: ConversationId,
        _: Page,
        _: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        unread()
    }
    fn metadata(
        &self,
        _: TenantId,
        _: ConversationId,
        _: Page,
        _: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        unread()
    }
    fn messages_by_id<'a>(
        &'a self,
        _: TenantId,
        _: ConversationId,
        _: &'a [u64],
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        unread()
    }
    fn cursors(
        &self,
        _: TenantId,
        _: ConversationId,
        _: u32,
    ) -> StoreFuture<'_, Vec<(Person, Reach)>> {
        unread()
    }
    fn missed<'a>(&'a self, _: &'a MissedAsk) -> StoreFuture<'a, Vec<Missed>> {
        unread()
    }
    fn search<'a>(
        &'a self,
        _: TenantId,
        _: &'a kefu_text::search::Query,
        _: Option<ConversationId>,
        _: u64,
        _: u32,
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        unread()
    }
    fn notes(
        &self,
        _: TenantId,
        _: ConversationId,
        _: Page,
        _: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        unread()
    }
    fn mentions(&self, _: TenantId, _: AgentId, _: u32) -> StoreFuture<'_, Vec<v1::Note>> {
        unread()
    }
    fn tags(&self, _: TenantId, _: ConversationId) -> StoreFuture<'_, Vec<String>> {
        unread()
    }
    fn tag_names<'a>(&'a self, _: TenantId, _: &'a str, _: u32) -> StoreFuture<'a, Vec<String>> {
        unread()
    }
    fn canned(&self, _: TenantId, _: AgentId) -> StoreFuture<'_, Vec<v1::CannedReply>> {
        unread()
    }
    fn endings(&self, _: TenantId, _: ConversationId, _: u32) -> StoreFuture<'_, Vec<v1::Ending>> {
        unread()
    }
    fn left(&self, _: TenantId, _: LeftAt) -> StoreFuture<'_, Option<v1::LeftMessage>> {
        unread()
    }
    fn list_left(&self, _: LeftAsk) -> StoreFuture<'_, Vec<v1::LeftMessage>> {
        unread()
    }
    fn assist_counts(&self, _: TenantId, _: i64) -> StoreFuture<'_, Vec<v1::AssistCount>> {
        unread()
    }
    fn pages(&self, _: TenantId, _: VisitorId, _: u32) -> StoreFuture<'_, Vec<v1::PageSeen>> {
        unread()
    }
    fn events(&self, _: TenantId, _: u64, _: u32) -> StoreFuture<'_, Vec<v1::HistoryEvent>> {
        unread()
    }
    fn word_alerts(&self, _: AlertAsk) -> StoreFuture<'_, Vec<v1::WordAlert>> {
        unread()
    }
    fn identity<'a>(&'a self, _: TenantId, _: &'a str) -> StoreFuture<'a, Option<Identity>> {
        unread()
    }
    fn media(&self, _: TenantId, _: MediaId) -> StoreFuture<'_, Option<Media>> {
        unread()
    }
    fn gone_media(&self, _: u32) -> StoreFuture<'_, Vec<Media>> {
        unread()
    }
    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        unread()
    }
    fn user(&self, _: TenantId, _: AgentId) -> StoreFuture<'_, Option<User>> {
        unread()
    }
    fn groups(&self, _: Option<TenantId>) -> StoreFuture<'_, Vec<Group>> {
        unread()
    }
    fn session(&self, _: TokenHash) -> StoreFuture<'_, Option<Session>> {
        unread()
    }
    fn setup(&self, _: TokenHash, _: i64) -> StoreFuture<'_, Option<TenantId>> {
        unread()
    }
    fn versions(&self, _: TenantId, _: u64, _: u32) -> StoreFuture<'_, Vec<v1::CatalogueVersion>> {
        unread()
    }
    fn version(&self, _: TenantId, _: u64) -> StoreFuture<'_, Option<v1::CatalogueVersion>> {
        unread()
    }
    fn piece(&self, _: TenantId, _: ContentHash, _: u32) -> StoreFuture<'_, Option<Vec<u8>>> {
        unread()
    }
}

/// The writer never reads.
fn unread<'a, T>() -> StoreFuture<'a, T> {
    Box::pin(async { Err(StoreError::Corrupt("the writer does not read".to_owned())) })
}
