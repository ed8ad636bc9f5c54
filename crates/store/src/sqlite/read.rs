//! Reading, on connections of its own: a reader never waits for the writer.

use kefu_chat::{
    ContentHash, Group, Head, Media, Person, Reach, Session, TokenHash, User,
    store::{
        AlertAsk, Change, Identity, LeftAsk, LeftAt, Lineage, Missed, MissedAsk, Outcome, Page,
        Store, StoreError, StoreFuture,
    },
};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{AgentId, ConversationId, MediaId, TenantId, VisitorId};
use sqlx::{AssertSqlSafe, sqlite::SqliteRow};

use super::{
    SqliteStore, alerts, assist, canned, catalogue, closing, error::sort, events, groups, history,
    identity, left, lineage, media, missed, notes, search, tags,
};
use crate::{
    rows::{self, HEAD, signed, unsigned},
    search::is_off,
};

pub(super) fn read_all<T>(
    rows: &[SqliteRow],
    read: fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

impl Store for SqliteStore {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> StoreFuture<'a, Vec<Outcome>> {
        Box::pin(self.apply_all(changes))
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        Box::pin(self.probe_disk())
    }

    fn ceiling(&self) -> StoreFuture<'_, u64> {
        Box::pin(async {
            let sql = "SELECT value FROM marks WHERE name = 'ceiling'";
            sqlx::query_scalar(sql)
                .fetch_one(&self.readers)
                .await
                .map(unsigned)
                .map_err(sort)
        })
    }

    fn lineage(&self) -> StoreFuture<'_, Lineage> {
        Box::pin(lineage::read(&self.readers))
    }

    fn tenant<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<TenantId>> {
        Box::pin(async move {
            let query = sqlx::query_scalar("SELECT id FROM tenants WHERE name = ?").bind(name);
            let id: Option<i64> = query.fetch_optional(&self.readers).await.map_err(sort)?;
            Ok(id.map(|id| TenantId(unsigned(id))))
        })
    }

    fn head(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Option<Head>> {
        Box::pin(async move {
            let sql = format!("SELECT {HEAD} FROM conversations WHERE tenant_id = ? AND id = ?");
            let query = sqlx::query(AssertSqlSafe(sql))
                .bind(signed(tenant.0))
                .bind(signed(id.0));
            query
                .fetch_optional(&self.readers)
                .await
                .map_err(sort)?
                .as_ref()
                .map(rows::head)
                .transpose()
        })
    }

    fn unsettled(&self, after: ConversationId, limit: u32) -> StoreFuture<'_, Vec<Head>> {
        Box::pin(async move {
            let sql = format!(
                "SELECT {HEAD} FROM conversations WHERE needs_care = 1 AND id > ? ORDER BY id LIMIT ?"
            );
            let query = sqlx::query(AssertSqlSafe(sql))
                .bind(signed(after.0))
                .bind(limit);
            read_all(
                &query.fetch_all(&self.readers).await.map_err(sort)?,
                rows::head,
            )
        })
    }

    fn heads<'a>(
        &'a self,
        tenant: TenantId,
        phases: &'a [v1::Phase],
        before: ConversationId,
        limit: u32,
    ) -> StoreFuture<'a, Vec<Head>> {
        Box::pin(async move {
            // One range of the index per phase, merged here: the first page costs what the last does.
            let sql = format!(
                "SELECT {HEAD} FROM conversations WHERE tenant_id = ? AND phase = ? AND id < ? \
                 ORDER BY id DESC LIMIT ?"
            );
            let before = i64::try_from(before.0).unwrap_or(i64::MAX);
            let mut heads = Vec::new();
            for phase in phases {
                let query = sqlx::query(AssertSqlSafe(sql.clone()));
                let query = query
                    .bind(signed(tenant.0))
                    .bind(i32::from(*phase))
                    .bind(before)
                    .bind(limit);
                heads.extend(read_all(
                    &query.fetch_all(&self.readers).await.map_err(sort)?,
                    rows::head,
                )?);
            }
            heads.sort_by_key(|head| std::cmp::Reverse(head.id));
            heads.dedup_by_key(|head| head.id);
            heads.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            Ok(heads)
        })
    }

    fn messages(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        Box::pin(history::page(&self.readers, (tenant, id), page, limit))
    }

    fn metadata(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Message>> {
        Box::pin(history::metadata(&self.readers, (tenant, id), page, limit))
    }

    fn messages_by_id<'a>(
        &'a self,
        tenant: TenantId,
        id: ConversationId,
        ids: &'a [u64],
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        Box::pin(history::by_id(&self.readers, (tenant, id), ids))
    }

    fn cursors(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<(Person, Reach)>> {
        Box::pin(history::cursors(&self.readers, (tenant, id), limit))
    }

    fn missed<'a>(&'a self, ask: &'a MissedAsk) -> StoreFuture<'a, Vec<Missed>> {
        Box::pin(missed::missed(&self.readers, ask))
    }

    fn search<'a>(
        &'a self,
        tenant: TenantId,
        query: &'a Query,
        conversation: Option<ConversationId>,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'a, Vec<v1::Message>> {
        Box::pin(async move {
            if !self.search {
                return Err(is_off());
            }
            search::search(&self.readers, (tenant, query), conversation, before, limit).await
        })
    }

    fn notes(
        &self,
        tenant: TenantId,
        id: ConversationId,
        page: Page,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        Box::pin(notes::page(&self.readers, tenant, id, page, limit))
    }

    fn mentions(
        &self,
        tenant: TenantId,
        agent: AgentId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Note>> {
        Box::pin(notes::mentions(&self.readers, tenant, agent, limit))
    }

    fn tags(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Vec<String>> {
        Box::pin(tags::of(&self.readers, tenant, id))
    }

    fn tag_names<'a>(
        &'a self,
        tenant: TenantId,
        prefix: &'a str,
        limit: u32,
    ) -> StoreFuture<'a, Vec<String>> {
        Box::pin(tags::names(&self.readers, tenant, prefix, limit))
    }

    fn canned(&self, tenant: TenantId, agent: AgentId) -> StoreFuture<'_, Vec<v1::CannedReply>> {
        Box::pin(canned::of(&self.readers, tenant, agent))
    }

    fn endings(
        &self,
        tenant: TenantId,
        id: ConversationId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::Ending>> {
        Box::pin(closing::endings(&self.readers, tenant, id, limit))
    }

    fn left(&self, tenant: TenantId, at: LeftAt) -> StoreFuture<'_, Option<v1::LeftMessage>> {
        Box::pin(left::one(&self.readers, tenant, at))
    }

    fn list_left(&self, ask: LeftAsk) -> StoreFuture<'_, Vec<v1::LeftMessage>> {
        Box::pin(left::list(&self.readers, ask))
    }

    fn assist_counts(
        &self,
        tenant: TenantId,
        from_day: i64,
    ) -> StoreFuture<'_, Vec<v1::AssistCount>> {
        Box::pin(assist::counted(&self.readers, tenant, from_day))
    }

    fn pages(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::PageSeen>> {
        Box::pin(assist::pages(&self.readers, tenant, visitor, limit))
    }

    fn events(
        &self,
        tenant: TenantId,
        after: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::HistoryEvent>> {
        Box::pin(events::page(&self.readers, tenant, after, limit))
    }

    fn word_alerts(&self, ask: AlertAsk) -> StoreFuture<'_, Vec<v1::WordAlert>> {
        Box::pin(alerts::page(&self.readers, ask))
    }

    fn identity<'a>(
        &'a self,
        tenant: TenantId,
        subject: &'a str,
    ) -> StoreFuture<'a, Option<Identity>> {
        Box::pin(identity::of(&self.readers, tenant, subject))
    }

    fn media(&self, tenant: TenantId, id: MediaId) -> StoreFuture<'_, Option<Media>> {
        Box::pin(media::one(&self.readers, tenant, id))
    }

    fn gone_media(&self, limit: u32) -> StoreFuture<'_, Vec<Media>> {
        Box::pin(media::all_gone(&self.readers, limit))
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        Box::pin(async {
            let rows = sqlx::query("SELECT * FROM users ORDER BY tenant_id, id")
                .fetch_all(&self.readers)
                .await;
            read_all(&rows.map_err(sort)?, rows::user)
        })
    }

    fn user(&self, tenant: TenantId, id: AgentId) -> StoreFuture<'_, Option<User>> {
        Box::pin(async move {
            let query = sqlx::query("SELECT * FROM users WHERE tenant_id = ? AND id = ?");
            let query = query.bind(signed(tenant.0)).bind(signed(id.0));
            query
                .fetch_optional(&self.readers)
                .await
                .map_err(sort)?
                .as_ref()
                .map(rows::user)
                .transpose()
        })
    }

    fn groups(&self, tenant: Option<TenantId>) -> StoreFuture<'_, Vec<Group>> {
        Box::pin(groups::all(&self.readers, tenant))
    }

    fn session(&self, token: TokenHash) -> StoreFuture<'_, Option<Session>> {
        Box::pin(async move {
            let query =
                sqlx::query("SELECT * FROM sessions WHERE token_hash = ?").bind(token.0.to_vec());
            query
                .fetch_optional(&self.readers)
                .await
                .map_err(sort)?
                .as_ref()
                .map(rows::session)
                .transpose()
        })
    }

    fn setup(&self, token: TokenHash, at_ms: i64) -> StoreFuture<'_, Option<TenantId>> {
        Box::pin(async move {
            let sql = "SELECT tenant_id FROM setup_links AS link WHERE token_hash = ? AND expires_at_ms > ? \
                       AND NOT EXISTS (SELECT 1 FROM users WHERE users.tenant_id = link.tenant_id)";
            let query = sqlx::query_scalar(sql).bind(token.0.to_vec()).bind(at_ms);
            let id: Option<i64> = query.fetch_optional(&self.readers).await.map_err(sort)?;
            Ok(id.map(|id| TenantId(unsigned(id))))
        })
    }

    fn versions(
        &self,
        tenant: TenantId,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::CatalogueVersion>> {
        Box::pin(catalogue::versions(&self.readers, tenant, before, limit))
    }

    fn version(
        &self,
        tenant: TenantId,
        number: u64,
    ) -> StoreFuture<'_, Option<v1::CatalogueVersion>> {
        Box::pin(async move {
            let mut reader = self.readers.acquire().await.map_err(sort)?;
            catalogue::version(&mut reader, tenant, number).await
        })
    }

    fn piece(
        &self,
        tenant: TenantId,
        content: ContentHash,
        piece: u32,
    ) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(catalogue::piece(&self.readers, tenant, content, piece))
    }
}
