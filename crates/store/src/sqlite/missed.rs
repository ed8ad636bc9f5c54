//! What a device missed: five statements for a page, however many conversations it has. Each
//! statement is handed to another thread and back, which costs more than what it reads.

use std::collections::HashMap;

use kefu_chat::{
    Head,
    store::{Missed, MissedAsk, StoreError},
};
use kefu_proto::v1;
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{error::sort, read::read_all};
use crate::{
    missed::{Places, assemble, page},
    rows::{self, Cells as _, HEAD, signed, unsigned},
    search::message_columns,
};

pub(super) async fn missed(
    readers: &SqlitePool,
    ask: &MissedAsk,
) -> Result<Vec<Missed>, StoreError> {
    let heads = heads(readers, ask).await?;
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let places = places(readers, ask, &heads).await?;
    let messages = messages(readers, ask, &heads, &places).await?;
    let unread = unread(readers, ask, &heads, &places).await?;
    Ok(assemble(heads, &places, &unread, messages))
}

/// Conversations with a place in each, as JSON: `[[id, seq], …]`.
fn asked(heads: &[Head], seq: impl Fn(&Head) -> u64) -> String {
    let each = heads.iter().map(|head| {
        let seq = i64::try_from(seq(head)).unwrap_or(i64::MAX);
        format!("[{},{seq}]", signed(head.id.0))
    });
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

async fn places(
    readers: &SqlitePool,
    ask: &MissedAsk,
    heads: &[Head],
) -> Result<Places, StoreError> {
    let sql = "SELECT k.conversation_id, k.device_id, k.delivered_seq, k.read_seq \
               FROM json_each(?) AS asked CROSS JOIN cursors AS k ON k.tenant_id = ? \
               AND k.conversation_id = asked.value ->> 0 AND k.sender = ? AND k.sender_id = ? \
               AND k.device_id IN ('', ?)";
    let query = sqlx::query(sql)
        .bind(asked(heads, |_| 0))
        .bind(signed(ask.tenant.0))
        .bind(ask.person.sender)
        .bind(signed(ask.person.id))
        .bind(&ask.device);
    Places::read(&query.fetch_all(readers).await.map_err(sort)?)
}

/// The first ones after what the device has. Sequences have no gaps, so a range bounds them.
async fn messages(
    readers: &SqlitePool,
    ask: &MissedAsk,
    heads: &[Head],
    places: &Places,
) -> Result<Vec<v1::Message>, StoreError> {
    let sql = format!(
        "SELECT {} FROM json_each(?) AS asked CROSS JOIN messages AS m ON m.tenant_id = ? \
         AND m.conversation_id = asked.value ->> 0 AND m.seq > asked.value ->> 1 \
         AND m.seq <= (asked.value ->> 1) + ?",
        message_columns("m")
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(asked(heads, |head| places.delivered_seq(head)))
        .bind(signed(ask.tenant.0))
        .bind(ask.messages_max);
    read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::shown)
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
    let query = sqlx::query(AssertSqlSafe(owned()))
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

/// Conversations that the person owns. SQLite would rather read all of the tenant's in the order of their ids.
pub(super) fn owned() -> String {
    format!(
        "SELECT {HEAD} FROM conversations INDEXED BY conversations_by_owner WHERE tenant_id = ? \
         AND owner_id = ? AND owner_id <> 0 AND id > ? ORDER BY id LIMIT ?"
    )
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
async fn unread(
    readers: &SqlitePool,
    ask: &MissedAsk,
    heads: &[Head],
    places: &Places,
) -> Result<HashMap<u64, u32>, StoreError> {
    let sql = "SELECT asked.value ->> 0 AS asked_id, (SELECT count(*) FROM (SELECT 1 FROM messages \
               WHERE tenant_id = ? AND conversation_id = asked.value ->> 0 \
               AND seq > asked.value ->> 1 AND NOT (sender = ? AND sender_id = ?) \
               AND recalled_seq = 0 AND substr(body, 1, 1) NOT IN (X'22', X'2a') LIMIT ?)) AS unread \
               FROM json_each(?) AS asked";
    let query = sqlx::query(sql)
        .bind(signed(ask.tenant.0))
        .bind(ask.person.sender)
        .bind(signed(ask.person.id))
        .bind(ask.unread_max)
        .bind(asked(heads, |head| places.unread_after(ask, head)));
    let mut counts = HashMap::new();
    for row in &query.fetch_all(readers).await.map_err(sort)? {
        let unread = u32::try_from(row.int("unread")?).unwrap_or(ask.unread_max);
        counts.insert(unsigned(row.int("asked_id")?), unread);
    }
    Ok(counts)
}
