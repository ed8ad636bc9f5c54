//! Tags of conversations.

use kefu_chat::store::{Outcome, StoreError, TagChange};
use kefu_types::{ConversationId, TenantId};
use rusqlite::{Connection, params};
use sqlx::SqlitePool;

use super::{
    error::sort,
    kept::{execute, kept},
};
use crate::rows::{Cells as _, signed};

/// What a change of tags becomes.
pub(crate) fn change(connection: &Connection, change: &TagChange) -> Result<Outcome, StoreError> {
    let place = [signed(change.tenant.0), signed(change.conversation.0)];
    let sql = "SELECT id FROM conversations WHERE tenant_id = ? AND id = ?";
    if kept(connection, sql, place)?.is_empty() {
        return Ok(Outcome::Missing);
    }
    let sql = "SELECT tag FROM conversation_tags WHERE tenant_id = ? AND conversation_id = ?";
    let before = kept(connection, sql, place)?;
    let before: Vec<String> = before
        .iter()
        .map(|row| row.text("tag"))
        .collect::<Result<_, _>>()?;
    let Some(after) = change.after(before.iter().cloned()) else {
        return Ok(Outcome::QuotaFull);
    };
    for tag in after.iter().filter(|tag| !before.contains(tag)) {
        let sql =
            "INSERT INTO conversation_tags (tenant_id, conversation_id, tag) VALUES (?, ?, ?)";
        execute(connection, sql, params![place[0], place[1], tag])?;
    }
    for tag in before.iter().filter(|tag| !after.contains(tag)) {
        let sql =
            "DELETE FROM conversation_tags WHERE tenant_id = ? AND conversation_id = ? AND tag = ?";
        execute(connection, sql, params![place[0], place[1], tag])?;
    }
    Ok(Outcome::Tagged(after))
}

/// Sorted here: databases sort texts as they like.
pub(crate) async fn of(
    readers: &SqlitePool,
    tenant: TenantId,
    id: ConversationId,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT tag FROM conversation_tags WHERE tenant_id = ? AND conversation_id = ?";
    let query = sqlx::query_scalar(sql)
        .bind(signed(tenant.0))
        .bind(signed(id.0));
    let mut tags: Vec<String> = query.fetch_all(readers).await.map_err(sort)?;
    tags.sort();
    Ok(tags)
}

/// Tags that begin so, the most used first.
pub(crate) async fn names(
    readers: &SqlitePool,
    tenant: TenantId,
    prefix: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT tag FROM conversation_tags WHERE tenant_id = ?1 AND substr(tag, 1, length(?2)) = ?2 \
               GROUP BY tag ORDER BY count(*) DESC, tag LIMIT ?3";
    let query = sqlx::query_scalar(sql)
        .bind(signed(tenant.0))
        .bind(prefix)
        .bind(limit);
    query.fetch_all(readers).await.map_err(sort)
}
