//! Messages of one conversation, and how far people are in it.

use kefu_chat::{
    Person, Reach,
    store::{Page, StoreError},
};
use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};
use sqlx::{AssertSqlSafe, postgres::PgRow, query};

use super::{
    read::{bound, read_all},
    readers::Readers,
};
use crate::rows::{self, MESSAGE, METADATA, signed};

/// A conversation of a tenant.
pub(super) type Place = (TenantId, ConversationId);

pub(super) async fn page(
    readers: &Readers,
    place: Place,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    range(readers, MESSAGE, rows::shown, place, page, limit).await
}

pub(super) async fn metadata(
    readers: &Readers,
    place: Place,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    range(readers, METADATA, rows::metadata, place, page, limit).await
}

/// The question for a page: one range of the primary key, wherever the page is.
pub(super) fn ranged(columns: &str, page: Page) -> (String, i64) {
    let (compared, order, seq) = match page {
        Page::After(seq) => (">", "ASC", seq),
        Page::Before(seq) => ("<", "DESC", seq),
    };
    let sql = format!(
        "SELECT {columns} FROM messages WHERE tenant_id = $1 AND conversation_id = $2 \
         AND seq {compared} $3 ORDER BY seq {order} LIMIT $4"
    );
    (sql, bound(seq))
}

async fn range(
    readers: &Readers,
    columns: &str,
    read: fn(&PgRow) -> Result<v1::Message, StoreError>,
    (tenant, id): Place,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    let (sql, seq) = ranged(columns, page);
    let question = || {
        query(AssertSqlSafe(sql.clone()))
            .bind(signed(tenant.0))
            .bind(signed(id.0))
            .bind(seq)
            .bind(i64::from(limit))
    };
    let mut found = read_all(&readers.rows(question).await?, read)?;
    found.sort_by_key(|message| message.seq);
    Ok(found)
}

/// The question for messages by id, by the tenant's index of ids.
pub(super) fn by_ids() -> String {
    format!(
        "SELECT {MESSAGE} FROM messages WHERE tenant_id = $1 AND id = ANY($2) \
         AND conversation_id = $3 ORDER BY seq"
    )
}

pub(super) async fn by_id(
    readers: &Readers,
    (tenant, id): Place,
    ids: &[u64],
) -> Result<Vec<v1::Message>, StoreError> {
    let ids: Vec<i64> = ids.iter().map(|id| signed(*id)).collect();
    let question = || {
        query(AssertSqlSafe(by_ids()))
            .bind(signed(tenant.0))
            .bind(ids.clone())
            .bind(signed(id.0))
    };
    read_all(&readers.rows(question).await?, rows::shown)
}

pub(super) async fn cursors(
    readers: &Readers,
    (tenant, id): Place,
    limit: u32,
) -> Result<Vec<(Person, Reach)>, StoreError> {
    let sql = "SELECT sender, sender_id, delivered_seq, read_seq FROM cursors WHERE tenant_id = $1 \
               AND conversation_id = $2 AND device_id = '' ORDER BY sender, sender_id LIMIT $3";
    let question = || {
        query(sql)
            .bind(signed(tenant.0))
            .bind(signed(id.0))
            .bind(i64::from(limit))
    };
    let found = readers.rows(question).await?;
    let read = |row| Ok((rows::person(row)?, rows::reach(row)?));
    found.iter().map(read).collect()
}
