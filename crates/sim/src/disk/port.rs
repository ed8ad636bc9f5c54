//! The port, over a connection.

use kefu_chat::{
    ContentHash, Group, Head, Media, Person, Reach, Session, TokenHash, User, searched,
    store::{
        AlertAsk, Change, Identity, LeftAsk, LeftAt, Lineage, Missed, MissedAsk, Outcome, Page,
        Store, StoreFuture,
    },
};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{AgentId, ConversationId, MediaId, TenantId, VisitorId};

use super::{
    Connection, alerts, assist, catalogue, closing, events, filed, history, identity, left, missed,
    notes,
};

pub(super) fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn needs_care(head: &Head) -> bool {
    head.is_processing()
        || matches!(
            head.phase(),
            v1::Phase::Queued | v1::Phase::Serving | v1::Phase::WrapUp
        )
}

impl Store for Connection {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> StoreFuture<'a, Vec<Outcome>> {
        Box::pin(self.write(changes))
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        Box::pin(Self::probe(self))
    }

    fn ceiling(&self) -> StoreFuture<'_, u64> {
        Box::pin(self.read(|tables| tables.ceiling))
    }

    fn lineage(&self) -> StoreFuture<'_, Lineage> {
        Box::pin(self.read(|tables| tables.lineage))
    }

    fn tenant<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<TenantId>> {
        Box::pin(self.read(move |tables| tables.tenants.get(name).copied()))
    }

    fn head(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Option<Head>> {
        let (key, bent) = ((tenant, id), self.bent());
        Box::pin(self.read(move |tables| tables.heads.get(&key).map(|head| bent(head))))
    }

    fn unsettled(&self, after: ConversationId, limit: u32) -> StoreFuture<'_, Vec<Head>> {
        let (planted, bent) = (self.planted(), self.bent());
        Box::pin(self.read(move |tables| {
            let wanted = |head: &&std::sync::Arc<Head>| head.id > after && needs_care(head);
            let heads = tables.heads.values().filter(wanted);
            let mut heads: Vec<Head> = heads.map(|head| bent(head)).collect();
            heads.sort_by_key(|head| head.id);
            heads.truncate(size(limit));
            heads.retain(|head| planted.is_none_or(|planted| planted.finds(head)));
            heads
        }))
    }

    fn heads<'a>(
        &'a self,
        tenant: TenantId,
        phases: &'a [v1::Phase],
        before: ConversationId,
        limit: u32,
    ) -> StoreFuture<'a, Vec<Head>> {
        Box::pin(self.read(move |tables| {
            let below = tables
                .heads
                .range((tenant, ConversationId(0))..(tenant, before));
            let listed = below
                .rev()
                .filter(|(_, head)| phases.contains(&head.phase()));
            listed
                .take(size(limit))
                .map(|(_, head)| (**head).clone())
                .collect()
        }))
    }

    fn messages(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        let planted = self.planted();
        Box::pin(self.read(move |tables| history::page(tables, (tenant, id), page, limit, planted)))
    }

    fn metadata(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        let planted = self.planted();
        Box::pin(self.read(move |tables| {
            let rows = history::page(tables, (tenant, id), page, limit, planted);
            rows.into_iter().map(history::metadata).collect()
        }))
    }

    fn messages_by_id<'a>(
        &'a self,
        tenant: TenantId,
        id: ConversationId,
        ids: &'a [u64],
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        let planted = self.planted();
        Box::pin(self.read(move |tables| history::by_id(tables, (tenant, id), ids, planted)))
    }

    fn cursors(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<(Person, Reach)>> {
        Box::pin(self.read(move |tables| history::cursors(tables, (tenant, id), size(limit))))
    }

    fn missed<'a>(&'a self, ask: &'a MissedAsk) -> StoreFuture<'a, Vec<Missed>> {
        let planted = self.planted();
        Box::pin(self.read(move |tables| missed::missed(tables, ask, planted)))
    }

    /// Looks at everything: a few thousand messages are no reason for an index.
    fn search<'a>(
        &'a self,
        tenant: TenantId,
        query: &'a Query,
        conversation: Option<ConversationId>,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        Box::pin(self.read(move |tables| {
            let all = (tenant, ConversationId(0))..=(tenant, ConversationId(u64::MAX));
            let wanted = |message: &&v1::Message| {
                message.id < before
                    && conversation.is_none_or(|id| id.0 == message.conversation_id)
                    && query.matches(searched(message).into_iter())
            };
            let rows = tables.messages.range(all).flat_map(|(_, rows)| rows);
            let mut found: Vec<v1::Message> = rows.filter(wanted).cloned().collect();
            found.sort_by_key(|message| std::cmp::Reverse(message.id));
            found.truncate(size(limit));
            found
        }))
    }

    fn notes(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        Box::pin(self.read(move |tables| notes::page(tables, (tenant, id), page, size(limit))))
    }

    fn mentions(
        &self,
        tenant: TenantId,
        agent: AgentId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        Box::pin(self.read(move |tables| notes::mentions(tables, (tenant, agent), size(limit))))
    }

    fn tags(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Vec<String>> {
        Box::pin(self.read(move |tables| filed::tags(tables, (tenant, id))))
    }

    fn tag_names<'a>(
        &'a self,
        tenant: TenantId,
        prefix: &'a str,
        limit: u32,
    ) -> StoreFuture<'a, Vec<String>> {
        Box::pin(self.read(move |tables| filed::tag_names(tables, tenant, prefix, size(limit))))
    }

    fn canned(&self, tenant: TenantId, agent: AgentId) -> StoreFuture<'_, Vec<v1::CannedReply>> {
        Box::pin(self.read(move |tables| filed::canned(tables, tenant, agent)))
    }

    fn endings(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Ending>> {
        Box::pin(self.read(move |tables| closing::endings(tables, tenant, id, size(limit))))
    }

    fn left(&self, tenant: TenantId, at: LeftAt) -> StoreFuture<'_, Option<v1::LeftMessage>> {
        Box::pin(self.read(move |tables| left::one(tables, tenant, at)))
    }

    fn list_left(&self, ask: LeftAsk) -> StoreFuture<'_, Vec<v1::LeftMessage>> {
        let planted = self.planted();
        Box::pin(self.read(move |tables| {
            let rows = left::list(tables, ask);
            match planted {
                Some(planted) => planted.listed(rows),
                None => rows,
            }
        }))
    }

    fn assist_counts(
        &self,
        tenant: TenantId,
        from_day: i64,
    ) -> StoreFuture<'_, Vec<v1::AssistCount>> {
        Box::pin(self.read(move |tables| assist::counts(tables, tenant, from_day)))
    }

    fn pages(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::PageSeen>> {
        Box::pin(self.read(move |tables| assist::pages(tables, tenant, visitor, size(limit))))
    }

    fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::HistoryEvent>> {
        Box::pin(self.read(move |tables| events::page(tables, tenant, after, size(limit))))
    }

    fn word_alerts(&self, ask: AlertAsk) -> StoreFuture<'_, Vec<v1::WordAlert>> {
        Box::pin(self.read(move |tables| alerts::page(tables, ask)))
    }

    fn identity<'a>(
        &'a self,
        tenant: TenantId,
        subject: &'a str,
    ) -> StoreFuture<'a, Option<Identity>> {
        Box::pin(self.read(move |tables| identity::of(tables, tenant, subject)))
    }

    fn media(&self, tenant: TenantId, id: MediaId) -> StoreFuture<'_, Option<Media>> {
        Box::pin(self.read(move |tables| tables.media.get(&(tenant, id)).cloned()))
    }

    fn gone_media(&self, limit: u32) -> StoreFuture<'_, Vec<Media>> {
        Box::pin(self.read(move |tables| {
            let gone = tables.media.values().filter(|media| media.gone_at_ms != 0);
            let mut gone: Vec<Media> = gone.cloned().collect();
            gone.sort_by_key(|media| (media.gone_at_ms, media.id));
            gone.truncate(size(limit));
            gone
        }))
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        Box::pin(self.read(|tables| tables.users.values().cloned().collect()))
    }

    fn user(&self, tenant: TenantId, id: AgentId) -> StoreFuture<'_, Option<User>> {
        Box::pin(self.read(move |tables| tables.users.get(&(tenant, id)).cloned()))
    }

    fn groups(&self, tenant: Option<TenantId>) -> StoreFuture<'_, Vec<Group>> {
        let planted = self.planted();
        Box::pin(self.read(move |tables| {
            let of = |group: &&Group| tenant.is_none_or(|tenant| group.tenant == tenant);
            let groups = tables.groups.values().filter(of).cloned();
            let bent = |group| match planted {
                Some(planted) => planted.group(group),
                None => group,
            };
            groups.map(bent).collect()
        }))
    }

    fn session(&self, token: TokenHash) -> StoreFuture<'_, Option<Session>> {
        Box::pin(self.read(move |tables| tables.sessions.get(&token.0).cloned()))
    }

    fn setup(&self, token: TokenHash, at_ms: i64) -> StoreFuture<'_, Option<TenantId>> {
        Box::pin(self.read(move |tables| {
            let mut good = tables.setups.iter().filter(|(tenant, (known, until))| {
                let has_users = tables.users.keys().any(|(whose, _)| whose == *tenant);
                *known == token.0 && at_ms < *until && !has_users
            });
            good.next().map(|(tenant, _)| *tenant)
        }))
    }

    fn versions(
        &self,
        tenant: TenantId,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::CatalogueVersion>> {
        Box::pin(self.read(move |tables| catalogue::versions(tables, tenant, before, size(limit))))
    }

    fn version(
        &self,
        tenant: TenantId,
        number: u64,
    ) -> StoreFuture<'_, Option<v1::CatalogueVersion>> {
        Box::pin(self.read(move |tables| tables.versions.get(&(tenant, number)).cloned()))
    }

    fn piece(
        &self,
        tenant: TenantId,
        content: ContentHash,
        piece: u32,
    ) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(self.read(move |tables| catalogue::piece(tables, tenant, content, piece)))
    }
}
