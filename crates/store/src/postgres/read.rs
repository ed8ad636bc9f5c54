//! Reading, as the port asks it.

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
use sqlx::{AssertSqlSafe, postgres::PgRow, query};

use super::{
    PostgresStore, alerts, assist, canned, catalogue, closing, events, groups, history, identity,
    left, lineage, media, missed, notes, search, tags,
};
use crate::{
    contents, nul,
    rows::{self, Cells as _, HEAD, signed, unsigned},
    search::is_off,
};

pub(super) fn read_all<T>(
    rows: &[PgRow],
    read: fn(&PgRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

/// What counters are compared with: those beyond 63 bits are above every one.
pub(super) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Store for PostgresStore {
    fn apply<'a>(&'a self, changes: &'a [Change]) -> StoreFuture<'a, Vec<Outcome>> {
        Box::pin(async move {
            nul::refuse(changes)?;
            self.writer.lock().await.apply(changes).await
        })
    }

    fn probe(&self) -> StoreFuture<'_, ()> {
        Box::pin(async { self.writer.lock().await.probe().await })
    }

    fn ceiling(&self) -> StoreFuture<'_, u64> {
        Box::pin(async {
            let sql = "SELECT coalesce(max(ceiling), 0) AS ceiling FROM writers";
            let row = self.readers.row(|| query(sql)).await?;
            row.map_or(Ok(0), |row| row.int("ceiling").map(unsigned))
        })
    }

    fn lineage(&self) -> StoreFuture<'_, Lineage> {
        Box::pin(lineage::read(&self.readers))
    }

    fn tenant<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<TenantId>> {
        Box::pin(async move {
            if nul::is_in(name) {
                return Ok(None);
            }
            let sql = "SELECT id FROM tenants WHERE name = $1";
            let row = self
                .readers
                .row(|| query(sql).bind(name.to_owned()))
                .await?;
            row.map(|row| row.int("id").map(|id| TenantId(unsigned(id))))
                .transpose()
        })
    }

    fn head(&self, tenant: TenantId, id: ConversationId) -> StoreFuture<'_, Option<Head>> {
        Box::pin(async move {
            let question = || {
                let sql =
                    format!("SELECT {HEAD} FROM conversations WHERE tenant_id = $1 AND id = $2");
                query(AssertSqlSafe(sql))
                    .bind(signed(tenant.0))
                    .bind(signed(id.0))
            };
            let row = self.readers.row(question).await?;
            row.as_ref().map(rows::head).transpose()
        })
    }

    fn unsettled(&self, after: ConversationId, limit: u32) -> StoreFuture<'_, Vec<Head>> {
        Box::pin(async move {
            let question = || {
                let sql = format!(
                    "SELECT {HEAD} FROM conversations WHERE needs_care AND id > $1 ORDER BY id LIMIT $2"
                );
                query(AssertSqlSafe(sql))
                    .bind(signed(after.0))
                    .bind(i64::from(limit))
            };
            read_all(&self.readers.rows(question).await?, rows::head)
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
            let mut wanted: Vec<i64> = phases
                .iter()
                .map(|phase| i32::from(*phase).into())
                .collect();
            wanted.sort_unstable();
            wanted.dedup();
            // One range of the index per phase, merged: the first page costs what the last does.
            let question = || {
                let sql = format!(
                    "SELECT {HEAD} FROM UNNEST($1::bigint[]) AS wanted (wanted_phase) CROSS JOIN LATERAL \
                     (SELECT {HEAD} FROM conversations WHERE tenant_id = $2 AND phase = wanted_phase \
                     AND id < $3 ORDER BY id DESC LIMIT $4) AS found ORDER BY id DESC LIMIT $4"
                );
                query(AssertSqlSafe(sql))
                    .bind(wanted.clone())
                    .bind(signed(tenant.0))
                    .bind(bound(before.0))
                    .bind(i64::from(limit))
            };
            read_all(&self.readers.rows(question).await?, rows::head)
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
            if !self.readers.indexes() {
                return Err(is_off());
            }
            let question = search::search((tenant, query), conversation, before, limit);
            match question {
                Some(question) => read_all(&self.readers.rows(question).await?, rows::message),
                None => Ok(Vec::new()),
            }
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
            let sql = "SELECT * FROM users ORDER BY tenant_id, id";
            read_all(&self.readers.rows(|| query(sql)).await?, rows::user)
        })
    }

    fn user(&self, tenant: TenantId, id: AgentId) -> StoreFuture<'_, Option<User>> {
        Box::pin(async move {
            let sql = "SELECT * FROM users WHERE tenant_id = $1 AND id = $2";
            let question = || query(sql).bind(signed(tenant.0)).bind(signed(id.0));
            let row = self.readers.row(question).await?;
            row.as_ref().map(rows::user).transpose()
        })
    }

    fn groups(&self, tenant: Option<TenantId>) -> StoreFuture<'_, Vec<Group>> {
        Box::pin(groups::all(&self.readers, tenant))
    }

    fn session(&self, token: TokenHash) -> StoreFuture<'_, Option<Session>> {
        Box::pin(async move {
            let sql = "SELECT * FROM sessions WHERE token_hash = $1";
            let row = self
                .readers
                .row(|| query(sql).bind(token.0.to_vec()))
                .await?;
            row.as_ref().map(rows::session).transpose()
        })
    }

    fn setup(&self, token: TokenHash, at_ms: i64) -> StoreFuture<'_, Option<TenantId>> {
        Box::pin(async move {
            let sql = "SELECT tenant_id FROM setup_links AS link WHERE token_hash = $1 AND expires_at_ms > $2 \
                       AND NOT EXISTS (SELECT 1 FROM users WHERE users.tenant_id = link.tenant_id)";
            let question = || query(sql).bind(token.0.to_vec()).bind(at_ms);
            let row = self.readers.row(question).await?;
            row.map(|row| row.int("tenant_id").map(|id| TenantId(unsigned(id))))
                .transpose()
        })
    }

    fn versions(
        &self,
        tenant: TenantId,
        before: u64,
        limit: u32,
    ) -> StoreFuture<'_, Vec<v1::CatalogueVersion>> {
        Box::pin(async move {
            let sql = "SELECT info FROM catalogue_versions WHERE tenant_id = $1 AND number < $2 \
                       ORDER BY number DESC LIMIT $3";
            let question = || {
                query(sql)
                    .bind(signed(tenant.0))
                    .bind(bound(before))
                    .bind(i64::from(limit))
            };
            read_all(&self.readers.rows(question).await?, contents::info)
        })
    }

    fn version(
        &self,
        tenant: TenantId,
        number: u64,
    ) -> StoreFuture<'_, Option<v1::CatalogueVersion>> {
        Box::pin(async move {
            let rows = self
                .readers
                .rows(|| catalogue::version(tenant, number))
                .await?;
            contents::with_files(&rows)
        })
    }

    fn piece(
        &self,
        tenant: TenantId,
        content: ContentHash,
        piece: u32,
    ) -> StoreFuture<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let sql = "SELECT data FROM catalogue_pieces AS piece WHERE tenant_id = $1 AND sha256 = $2 \
                       AND piece = $3 AND EXISTS (SELECT 1 FROM catalogue_contents \
                       WHERE tenant_id = $1 AND sha256 = $2)";
            let question = || {
                query(sql)
                    .bind(signed(tenant.0))
                    .bind(content.0.to_vec())
                    .bind(i64::from(piece))
            };
            let row = self.readers.row(question).await?;
            row.map(|row| row.bytes("data").map(<[u8]>::to_vec))
                .transpose()
        })
    }
}
