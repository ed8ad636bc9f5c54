//! Answers to what a plan asks, in a few statements whatever the number of changes.
//!
//! The keys travel as one JSON array and are joined by `json_each`: one prepared statement for
//! any number.

use std::collections::HashMap;

use kefu_chat::store::{
    ClientKey, CursorKey, Devices, Known, KnownHead, KnownMessage, MessageKey, Questions,
    StoreError,
};
use kefu_types::{AgentId, ConversationId, TenantId};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::error::sort;
use crate::{
    keys::is_plain,
    rows::{self, KNOWN, signed, unsigned},
};

pub(crate) async fn answers(
    connection: &mut SqliteConnection,
    asked: Questions,
) -> Result<Known, StoreError> {
    let mut known = Known::default();
    if !asked.heads.is_empty() {
        let pairs = asked.heads.iter().map(|(tenant, id)| (tenant.0, id.0));
        known.heads = heads(connection, pairs).await?;
    }
    if !asked.owners.is_empty() {
        let pairs = asked.owners.iter().map(|(tenant, id)| (tenant.0, id.0));
        known.owners = owners(connection, pairs).await?;
    }
    if !asked.messages.is_empty() {
        known.messages = messages(connection, &asked).await?;
    }
    if !asked.cursors.is_empty() {
        known.cursors = cursors(connection, &asked).await?;
    }
    if !asked.keys.is_empty() {
        known.keys = keys(connection, asked).await?;
    }
    Ok(known)
}

/// `[[a, b], …]`.
fn json(pairs: impl Iterator<Item = (u64, u64)>) -> String {
    let pairs: Vec<String> = pairs
        .map(|(a, b)| format!("[{},{}]", signed(a), signed(b)))
        .collect();
    format!("[{}]", pairs.join(","))
}

async fn heads(
    connection: &mut SqliteConnection,
    pairs: impl Iterator<Item = (u64, u64)>,
) -> Result<HashMap<(TenantId, ConversationId), KnownHead>, StoreError> {
    let sql = "SELECT c.tenant_id, c.id, c.version, c.stamp, c.owner_id, c.last_seq \
               FROM json_each(?) AS asked CROSS JOIN conversations AS c \
               ON c.tenant_id = asked.value ->> 0 AND c.id = asked.value ->> 1";
    let rows = sqlx::query(sql)
        .bind(json(pairs))
        .fetch_all(connection)
        .await
        .map_err(sort)?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let number = |index: usize| unsigned(row.get::<i64, _>(index));
        let owner = Some(AgentId(number(4))).filter(|agent| agent.0 != 0);
        let key = (TenantId(number(0)), ConversationId(number(1)));
        (
            key,
            KnownHead {
                version: number(2),
                stamp: number(3),
                owner,
                last_seq: number(5),
            },
        )
    };
    Ok(rows.iter().map(read).collect())
}

async fn owners(
    connection: &mut SqliteConnection,
    pairs: impl Iterator<Item = (u64, u64)>,
) -> Result<HashMap<(TenantId, AgentId), u32>, StoreError> {
    let sql = "SELECT c.tenant_id, c.owner_id, count(*) \
               FROM json_each(?) AS asked CROSS JOIN conversations AS c \
               ON c.tenant_id = asked.value ->> 0 AND c.owner_id = asked.value ->> 1 AND c.owner_id <> 0 \
               GROUP BY c.tenant_id, c.owner_id";
    let rows = sqlx::query(sql)
        .bind(json(pairs))
        .fetch_all(connection)
        .await
        .map_err(sort)?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let number = |index: usize| unsigned(row.get::<i64, _>(index));
        (
            (TenantId(number(0)), AgentId(number(1))),
            row.get::<u32, _>(2),
        )
    };
    Ok(rows.iter().map(read).collect())
}

async fn messages(
    connection: &mut SqliteConnection,
    asked: &Questions,
) -> Result<HashMap<MessageKey, KnownMessage>, StoreError> {
    let list: Vec<String> = asked
        .messages
        .iter()
        .map(|(tenant, id, seq)| {
            let (tenant, id, seq) = (signed(tenant.0), signed(id.0), signed(*seq));
            format!("[{tenant},{id},{seq}]")
        })
        .collect();
    let sql = format!(
        "SELECT m.tenant_id, m.conversation_id, m.seq, {KNOWN} \
         FROM json_each(?) AS asked CROSS JOIN messages AS m \
         ON m.tenant_id = asked.value ->> 0 AND m.conversation_id = asked.value ->> 1 \
         AND m.seq = asked.value ->> 2"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(format!("[{}]", list.join(",")));
    let found = query.fetch_all(connection).await.map_err(sort)?;
    let read = |row| Ok((rows::message_key(row)?, rows::known_message(row)?));
    found.iter().map(read).collect()
}

async fn cursors(
    connection: &mut SqliteConnection,
    asked: &Questions,
) -> Result<HashMap<CursorKey, Devices>, StoreError> {
    let list: Vec<String> = asked
        .cursors
        .iter()
        .map(|(tenant, id, who)| {
            let (tenant, id) = (signed(tenant.0), signed(id.0));
            format!("[{tenant},{id},{},{}]", who.sender, signed(who.id))
        })
        .collect();
    let sql = "SELECT k.* FROM json_each(?) AS asked CROSS JOIN cursors AS k \
               ON k.tenant_id = asked.value ->> 0 AND k.conversation_id = asked.value ->> 1 \
               AND k.sender = asked.value ->> 2 AND k.sender_id = asked.value ->> 3";
    let query = sqlx::query(sql).bind(format!("[{}]", list.join(",")));
    let found = query.fetch_all(connection).await.map_err(sort)?;
    let mut known: HashMap<CursorKey, Devices> = HashMap::new();
    for row in &found {
        let (key, device, cursor) = rows::cursor(row)?;
        known.entry(key).or_default().insert(device, cursor);
    }
    Ok(known)
}

async fn keys(
    connection: &mut SqliteConnection,
    asked: Questions,
) -> Result<HashMap<ClientKey, kefu_proto::v1::Message>, StoreError> {
    // Plain ones need no escaping in JSON.
    let list: Vec<String> = asked
        .keys
        .iter()
        .filter(|key| is_plain(key))
        .map(|key| {
            let (tenant, conversation) = (signed(key.tenant.0), signed(key.conversation.0));
            format!(
                "[{tenant},{conversation},{},{},\"{}\"]",
                key.sender,
                signed(key.sender_id),
                key.client_id
            )
        })
        .collect();
    let sql = "SELECT m.* FROM json_each(?) AS asked CROSS JOIN messages AS m \
               ON m.tenant_id = asked.value ->> 0 AND m.conversation_id = asked.value ->> 1 \
               AND m.sender = asked.value ->> 2 AND m.sender_id = asked.value ->> 3 \
               AND m.client_id = asked.value ->> 4 AND m.client_id <> ''";
    let rows = sqlx::query(sql)
        .bind(format!("[{}]", list.join(",")))
        .fetch_all(connection)
        .await
        .map_err(sort)?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let message = rows::message(row)?;
        let key = ClientKey {
            tenant: TenantId(unsigned(row.get::<i64, _>("tenant_id"))),
            conversation: ConversationId(message.conversation_id),
            sender: message.sender,
            sender_id: message.sender_id,
            client_id: message.client_id.clone(),
        };
        found.insert(key, message);
    }
    Ok(found)
}
