//! Messages of one conversation, and how far people are in it.

use kefu_chat::{
    Person, Reach,
    store::{Page, StoreError},
};
use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};
use sqlx::{AssertSqlSafe, SqlitePool, sqlite::SqliteRow};

use super::{error::sort, read::read_all};
use crate::rows::{self, MESSAGE, METADATA, signed};

/// A conversation of a tenant.
pub(super) type Place = (TenantId, ConversationId);

pub(super) async fn page(
    readers: &SqlitePool,
    place: Place,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    range(readers, MESSAGE, rows::shown, place, page, limit).await
}

pub(super) async fn metadata(
    readers: &SqlitePool,
    place: Place,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    range(readers, METADATA, rows::metadata, place, page, limit).await
}

/// The question for a page: one range of the primary key, wherever the page is.
pub(super) fn ranged(columns: &str, page: Page) -> (String, i64) {
    let (bound, order, seq) = match page {
        Page::After(seq) => (">", "ASC", seq),
        Page::Before(seq) => ("<", "DESC", seq),
    };
    let sql = format!(
        "SELECT {columns} FROM messages WHERE tenant_id = ? AND conversation_id = ? AND seq {bound} ? \
         ORDER BY seq {order} LIMIT ?"
    );
    (sql, i64::try_from(seq).unwrap_or(i64::MAX))
}

async fn range(
    readers: &SqlitePool,
    columns: &str,
    read: fn(&SqliteRow) -> Result<v1::Message, StoreError>,
    (tenant, id): Place,
    page: Page,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    let (sql, seq) = ranged(columns, page);
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(signed(id.0))
        .bind(seq)
        .bind(limit);
    let mut found = read_all(&query.fetch_all(readers).await.map_err(sort)?, read)?;
    found.sort_by_key(|message| message.seq);
    Ok(found)
}

/// The question for messages by id. Both the tenant's index by id and the conversation are named.
pub(super) fn by_ids() -> String {
    format!(
        "SELECT {MESSAGE} FROM messages INDEXED BY messages_by_id WHERE tenant_id = ? \
         AND id IN (SELECT value FROM json_each(?)) AND conversation_id = ? ORDER BY seq"
    )
}

pub(super) async fn by_id(
    readers: &SqlitePool,
    (tenant, id): Place,
    ids: &[u64],
) -> Result<Vec<v1::Message>, StoreError> {
    let ids: Vec<String> = ids.iter().map(|id| signed(*id).to_string()).collect();
    let query = sqlx::query(AssertSqlSafe(by_ids()))
        .bind(signed(tenant.0))
        .bind(format!("[{}]", ids.join(",")))
        .bind(signed(id.0));
    read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::shown)
}

pub(super) async fn cursors(
    readers: &SqlitePool,
    (tenant, id): Place,
    limit: u32,
) -> Result<Vec<(Person, Reach)>, StoreError> {
    let sql = "SELECT sender, sender_id, delivered_seq, read_seq FROM cursors WHERE tenant_id = ? \
               AND conversation_id = ? AND device_id = '' ORDER BY sender, sender_id LIMIT ?";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(signed(id.0))
        .bind(limit);
    let found = query.fetch_all(readers).await.map_err(sort)?;
    let read = |row| Ok((rows::person(row)?, rows::reach(row)?));
    found.iter().map(read).collect()
}
