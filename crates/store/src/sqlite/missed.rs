//! What a device missed. A few point reads for each conversation of the page: SQLite is in this
//! process, and a page is small.

use std::collections::HashMap;

use kefu_chat::{
    Head,
    store::{Missed, MissedAsk, StoreError},
};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{error::sort, read::read_all};
use crate::{
    missed::{Places, assemble, page},
    rows::{self, HEAD, MESSAGE, signed},
};

pub(super) async fn missed(
    readers: &SqlitePool,
    ask: &MissedAsk,
) -> Result<Vec<Missed>, StoreError> {
    let heads = heads(readers, ask).await?;
    let (mut cursors, mut messages, mut unread) = (Vec::new(), Vec::new(), HashMap::new());
    for head in &heads {
        let sql = "SELECT conversation_id, device_id, delivered_seq, read_seq FROM cursors \
                   WHERE tenant_id = ? AND conversation_id = ? AND sender = ? AND sender_id = ? \
                   AND device_id IN ('', ?)";
        let query = sqlx::query(sql)
            .bind(signed(ask.tenant.0))
            .bind(signed(head.id.0))
            .bind(ask.person.sender)
            .bind(signed(ask.person.id))
            .bind(&ask.device);
        cursors.extend(query.fetch_all(readers).await.map_err(sort)?);
    }
    let places = Places::read(&cursors)?;
    for head in &heads {
        let sql = format!(
            "SELECT {MESSAGE} FROM messages WHERE tenant_id = ? AND conversation_id = ? AND seq > ? \
             ORDER BY seq LIMIT ?"
        );
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(signed(ask.tenant.0))
            .bind(signed(head.id.0))
            .bind(signed(places.delivered_seq(head)))
            .bind(ask.messages_max);
        let found = query.fetch_all(readers).await.map_err(sort)?;
        messages.extend(read_all(&found, rows::shown)?);
        unread.insert(head.id.0, count(readers, ask, head, &places).await?);
    }
    Ok(assemble(heads, &places, &unread, messages))
}

async fn heads(readers: &SqlitePool, ask: &MissedAsk) -> Result<Vec<Head>, StoreError> {
    let tenant = signed(ask.tenant.0);
    if let Some(only) = ask.only {
        let sql = format!("SELECT {HEAD} FROM conversations WHERE tenant_id = ? AND id = ?");
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(tenant)
            .bind(signed(only.0));
        return read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::head);
    }
    let after = i64::try_from(ask.after.0).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT {HEAD} FROM conversations WHERE tenant_id = ? AND owner_id = ? AND owner_id <> 0 \
         AND id > ? ORDER BY id LIMIT ?"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant)
        .bind(signed(ask.person.id));
    let query = query.bind(after).bind(ask.limit);
    let owned = read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::head)?;
    let query = sqlx::query(AssertSqlSafe(behind())).bind(tenant);
    let query = query.bind(ask.person.sender).bind(signed(ask.person.id));
    let query = query.bind(after).bind(ask.limit);
    let behind = read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::head)?;
    Ok(page(owned, behind, ask.limit))
}

/// Conversations where the person's cursor is behind the end.
pub(super) fn behind() -> String {
    let columns: Vec<String> = HEAD
        .split(", ")
        .map(|name| format!("c.{}", name.trim()))
        .collect();
    format!(
        "SELECT {} FROM cursors AS k INDEXED BY cursors_by_person CROSS JOIN conversations AS c \
         ON c.tenant_id = k.tenant_id AND c.id = k.conversation_id \
         WHERE k.tenant_id = ? AND k.sender = ? AND k.sender_id = ? AND k.device_id = '' \
         AND k.conversation_id > ? AND k.read_seq < c.last_seq ORDER BY k.conversation_id LIMIT ?",
        columns.join(", ")
    )
}

/// Others' messages after what the person has read: [`kefu_chat::store::is_unread`] by the rows.
async fn count(
    readers: &SqlitePool,
    ask: &MissedAsk,
    head: &Head,
    places: &Places,
) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM messages WHERE tenant_id = ? AND conversation_id = ? \
               AND seq > ? AND NOT (sender = ? AND sender_id = ?) AND recalled_seq = 0 \
               AND substr(body, 1, 1) NOT IN (X'22', X'2a') LIMIT ?)";
    let query = sqlx::query_scalar(sql)
        .bind(signed(ask.tenant.0))
        .bind(signed(head.id.0))
        .bind(signed(places.unread_after(ask, head)))
        .bind(ask.person.sender)
        .bind(signed(ask.person.id))
        .bind(ask.unread_max);
    query.fetch_one(readers).await.map_err(sort)
}
