//! What a batch writes, row after row by statements that are prepared once.

use std::sync::LazyLock;

use kefu_chat::store::{CursorKey, DeviceCursor, MessageKey, MovedHead, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use prost::Message as _;
use rusqlite::{Connection, Statement, params};

use super::{error::failed, kept::execute};
use crate::rows::{CURSOR, HEAD, MESSAGE, needs_care, signed};

/// Columns of a head that stay as they were made.
const FIXED: [&str; 4] = ["tenant_id", "id", "visitor_id", "created_at_ms"];

static PUT_HEAD: LazyLock<String> = LazyLock::new(|| {
    let moving = HEAD.split(", ").map(str::trim);
    let moving = moving.filter(|column| !FIXED.contains(column));
    let updates: Vec<String> = moving
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(
        "INSERT INTO conversations ({HEAD}) VALUES ({}) ON CONFLICT (tenant_id, id) DO UPDATE SET {}",
        marks(HEAD),
        updates.join(", ")
    )
});

static PUT_MESSAGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO messages ({MESSAGE}) VALUES ({})",
        marks(MESSAGE)
    )
});

static PUT_CURSOR: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO cursors ({CURSOR}) VALUES ({}) ON CONFLICT DO UPDATE SET \
         delivered_seq = excluded.delivered_seq, read_seq = excluded.read_seq, \
         moved_at_ms = excluded.moved_at_ms",
        marks(CURSOR)
    )
});

/// A question mark for each column.
fn marks(columns: &str) -> String {
    vec!["?"; columns.split(',').count()].join(", ")
}

/// Runs one statement for every row.
fn each<T>(
    connection: &Connection,
    sql: &str,
    rows: &[T],
    put: impl Fn(&mut Statement<'_>, &T) -> rusqlite::Result<usize>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    for row in rows {
        put(&mut statement, row).map_err(failed)?;
    }
    Ok(())
}

/// Writes heads; that they may be is decided already.
pub(crate) fn heads(connection: &Connection, heads: &[MovedHead<'_>]) -> Result<(), StoreError> {
    let (whole, moved): (Vec<_>, Vec<_>) = heads.iter().partition(|moved| moved.whole);
    // Indexes of a column are written anew whenever it is set, even to what it was.
    let sql = "UPDATE conversations SET version = ?, stamp = ?, last_seq = ?, answered_seq = ?, \
               turn_version = ?, state = ?, updated_at_ms = ?, preview = ?, last_sender = ?, \
               preview_seq = ? WHERE tenant_id = ? AND id = ?";
    each(
        connection,
        sql,
        &moved,
        |statement, MovedHead { head, .. }| {
            statement.execute(params![
                signed(head.version),
                signed(head.stamp),
                signed(head.last_seq),
                signed(head.answered_seq),
                signed(head.turn_version),
                head.state.to_json(),
                head.updated_at_ms,
                head.preview,
                i32::from(head.last_sender),
                signed(head.preview_seq),
                signed(head.tenant.0),
                signed(head.id.0),
            ])
        },
    )?;
    each(
        connection,
        &PUT_HEAD,
        &whole,
        |statement, MovedHead { head, .. }| {
            statement.execute(params![
                signed(head.tenant.0),
                signed(head.id.0),
                signed(head.visitor.0),
                head.visitor_name,
                signed(head.version),
                signed(head.stamp),
                signed(head.last_seq),
                signed(head.answered_seq),
                signed(head.turn_version),
                i32::from(head.phase()),
                needs_care(head),
                head.state.to_json(),
                signed(head.agent.map_or(0, |agent| agent.0)),
                head.agent_name,
                signed(head.owner().map_or(0, |agent| agent.0)),
                i32::from(head.priority),
                head.rank.map(|rank| rank.lane),
                head.rank.map(|rank| rank.fresh),
                head.rank.map(|rank| signed(rank.ticket)),
                head.handoff_reason,
                head.created_at_ms,
                head.updated_at_ms,
                head.queued_at_ms,
                head.assigned_at_ms,
                head.preview,
                i32::from(head.last_sender),
                head.language.code(),
                head.page_language.code(),
                signed(head.preview_seq),
                signed(head.group.0),
                signed(head.last_agent.map_or(0, |agent| agent.0)),
                head.wanted_at_ms,
                head.replied_at_ms,
                head.reply_due_at_ms,
                head.resolution_due_at_ms,
            ])
        },
    )
}

/// Inserts messages. A key that exists already is an error: the plan would have said so.
pub(crate) fn messages(
    connection: &Connection,
    messages: &[(TenantId, &v1::Message)],
) -> Result<(), StoreError> {
    each(
        connection,
        &PUT_MESSAGE,
        messages,
        |statement, (tenant, message)| {
            let body = message.body.as_ref().map(v1::Body::encode_to_vec);
            statement.execute(params![
                signed(tenant.0),
                signed(message.conversation_id),
                signed(message.seq),
                signed(message.id),
                message.sender,
                signed(message.sender_id),
                message.sender_name,
                message.client_id,
                message.created_at_ms,
                body.unwrap_or_default(),
                message.trace.as_ref().map(v1::Trace::encode_to_vec),
                message.utc_offset_minutes,
                signed(message.quote_seq),
                signed(message.recalled_seq),
            ])
        },
    )
}

/// Marks stored messages as taken back.
pub(crate) fn recalled(
    connection: &Connection,
    recalled: &[(MessageKey, u64)],
) -> Result<(), StoreError> {
    let sql = "UPDATE messages SET recalled_seq = ? WHERE tenant_id = ? AND conversation_id = ? AND seq = ?";
    each(
        connection,
        sql,
        recalled,
        |statement, ((tenant, conversation, seq), fact_seq)| {
            statement.execute([
                signed(*fact_seq),
                signed(tenant.0),
                signed(conversation.0),
                signed(*seq),
            ])
        },
    )
}

/// Writes cursors as they are now, and takes away those that go.
pub(crate) fn cursors(
    connection: &Connection,
    cursors: &[(&CursorKey, &str, Option<DeviceCursor>)],
) -> Result<(), StoreError> {
    let mut stay = Vec::with_capacity(cursors.len());
    for (key, device, row) in cursors {
        match row {
            Some(row) => stay.push((*key, *device, *row)),
            None => forget(connection, key, device)?,
        }
    }
    each(
        connection,
        &PUT_CURSOR,
        &stay,
        |statement, ((tenant, conversation, person), device, row)| {
            statement.execute(params![
                signed(tenant.0),
                signed(conversation.0),
                person.sender,
                signed(person.id),
                device,
                signed(row.reach.delivered_seq),
                signed(row.reach.read_seq),
                row.moved_at_ms,
            ])
        },
    )
}

fn forget(
    connection: &Connection,
    (tenant, conversation, person): &CursorKey,
    device: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM cursors WHERE tenant_id = ? AND conversation_id = ? AND sender = ? \
               AND sender_id = ? AND device_id = ?";
    let values = params![
        signed(tenant.0),
        signed(conversation.0),
        person.sender,
        signed(person.id),
        device
    ];
    execute(connection, sql, values).map(drop)
}
