//! Many rows in few statements.

use kefu_chat::{
    Head,
    store::{CursorKey, DeviceCursor, MessageKey, StoreError},
};
use kefu_proto::v1;
use kefu_types::TenantId;
use prost::Message as _;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, query::Query, sqlite::SqliteArguments};

use super::error::sort;
use crate::rows::{CURSOR, HEAD, MESSAGE, needs_care, signed};

/// Rows of one statement. A few sizes only, so that each is prepared once and kept.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];

type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Writes `rows` by as few statements of the known sizes as they make.
async fn write<T>(
    connection: &mut SqliteConnection,
    mut rows: &[T],
    sql: impl Fn(usize) -> String,
    bind: impl for<'q> Fn(Statement<'q>, &T) -> Statement<'q>,
) -> Result<(), StoreError> {
    while !rows.is_empty() {
        let size = CHUNKS
            .into_iter()
            .find(|size| *size <= rows.len())
            .unwrap_or(1);
        let (chunk, rest) = rows.split_at(size);
        let mut statement = sqlx::query(AssertSqlSafe(sql(size)));
        for row in chunk {
            statement = bind(statement, row);
        }
        statement.execute(&mut *connection).await.map_err(sort)?;
        rows = rest;
    }
    Ok(())
}

/// `(?, ?), (?, ?)` for `rows` rows of as many columns as `columns` names.
fn values(columns: &str, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns.split(',').count()].join(", "));
    vec![row; rows].join(", ")
}

/// Inserts or replaces heads; that they may be is decided already.
pub(crate) async fn heads(
    connection: &mut SqliteConnection,
    heads: &[&Head],
) -> Result<(), StoreError> {
    let updates: Vec<String> = HEAD
        .split(',')
        .map(str::trim)
        .filter(|column| !matches!(*column, "tenant_id" | "id" | "visitor_id" | "created_at_ms"))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let updates = updates.join(", ");
    let sql = |rows| {
        let values = values(HEAD, rows);
        format!(
            "INSERT INTO conversations ({HEAD}) VALUES {values} ON CONFLICT (tenant_id, id) DO UPDATE SET {updates}"
        )
    };
    write(connection, heads, sql, |statement, head| {
        bind_head(statement, head)
    })
    .await
}

fn bind_head<'q>(statement: Statement<'q>, head: &Head) -> Statement<'q> {
    statement
        .bind(signed(head.tenant.0))
        .bind(signed(head.id.0))
        .bind(signed(head.visitor.0))
        .bind(head.visitor_name.clone())
        .bind(signed(head.version))
        .bind(signed(head.stamp))
        .bind(signed(head.last_seq))
        .bind(signed(head.answered_seq))
        .bind(signed(head.turn_version))
        .bind(i32::from(head.phase()))
        .bind(needs_care(head))
        .bind(head.state.to_json())
        .bind(signed(head.agent.map_or(0, |agent| agent.0)))
        .bind(head.agent_name.clone())
        .bind(signed(head.owner().map_or(0, |agent| agent.0)))
        .bind(i32::from(head.priority))
        .bind(head.rank.map(|rank| rank.lane))
        .bind(head.rank.map(|rank| rank.fresh))
        .bind(head.rank.map(|rank| signed(rank.ticket)))
        .bind(head.handoff_reason.clone())
        .bind(head.created_at_ms)
        .bind(head.updated_at_ms)
        .bind(head.queued_at_ms)
        .bind(head.assigned_at_ms)
        .bind(head.preview.clone())
        .bind(i32::from(head.last_sender))
        .bind(head.language.code())
        .bind(head.page_language.code())
        .bind(signed(head.preview_seq))
}

/// Inserts messages. A key that exists already is an error: the plan would have said so.
pub(crate) async fn messages(
    connection: &mut SqliteConnection,
    messages: &[(TenantId, &v1::Message)],
) -> Result<(), StoreError> {
    let sql = |rows| {
        format!(
            "INSERT INTO messages ({MESSAGE}) VALUES {}",
            values(MESSAGE, rows)
        )
    };
    write(connection, messages, sql, |statement, (tenant, message)| {
        bind_message(statement, *tenant, message)
    })
    .await
}

fn bind_message<'q>(
    statement: Statement<'q>,
    tenant: TenantId,
    message: &v1::Message,
) -> Statement<'q> {
    statement
        .bind(signed(tenant.0))
        .bind(signed(message.conversation_id))
        .bind(signed(message.seq))
        .bind(signed(message.id))
        .bind(message.sender)
        .bind(signed(message.sender_id))
        .bind(message.sender_name.clone())
        .bind(message.client_id.clone())
        .bind(message.created_at_ms)
        .bind(
            message
                .body
                .as_ref()
                .map_or_else(Vec::new, v1::Body::encode_to_vec),
        )
        .bind(message.trace.as_ref().map(v1::Trace::encode_to_vec))
        .bind(message.utc_offset_minutes)
        .bind(signed(message.quote_seq))
        .bind(signed(message.recalled_seq))
}

/// Marks stored messages as taken back. Few at a time: people type them.
pub(crate) async fn recalled(
    connection: &mut SqliteConnection,
    recalled: &[(MessageKey, u64)],
) -> Result<(), StoreError> {
    let sql = "UPDATE messages SET recalled_seq = ? WHERE tenant_id = ? AND conversation_id = ? AND seq = ?";
    for ((tenant, conversation, seq), fact_seq) in recalled {
        let statement = sqlx::query(sql)
            .bind(signed(*fact_seq))
            .bind(signed(tenant.0))
            .bind(signed(conversation.0))
            .bind(signed(*seq));
        statement.execute(&mut *connection).await.map_err(sort)?;
    }
    Ok(())
}

/// Writes cursors as they are now, and takes away those that go.
pub(crate) async fn cursors(
    connection: &mut SqliteConnection,
    cursors: &[(&CursorKey, &str, Option<DeviceCursor>)],
) -> Result<(), StoreError> {
    let mut stay = Vec::with_capacity(cursors.len());
    for (key, device, row) in cursors {
        match row {
            Some(row) => stay.push((*key, *device, *row)),
            None => forget(connection, key, device).await?,
        }
    }
    let sql = |rows| {
        let values = values(CURSOR, rows);
        format!(
            "INSERT INTO cursors ({CURSOR}) VALUES {values} ON CONFLICT DO UPDATE SET \
             delivered_seq = excluded.delivered_seq, read_seq = excluded.read_seq, \
             moved_at_ms = excluded.moved_at_ms"
        )
    };
    write(connection, &stay, sql, |statement, (key, device, row)| {
        bind_cursor(statement, key, device)
            .bind(signed(row.reach.delivered_seq))
            .bind(signed(row.reach.read_seq))
            .bind(row.moved_at_ms)
    })
    .await
}

async fn forget(
    connection: &mut SqliteConnection,
    key: &CursorKey,
    device: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM cursors WHERE tenant_id = ? AND conversation_id = ? AND sender = ? \
               AND sender_id = ? AND device_id = ?";
    let statement = bind_cursor(sqlx::query(sql), key, device);
    let done = statement.execute(connection).await;
    done.map(drop).map_err(sort)
}

fn bind_cursor<'q>(statement: Statement<'q>, key: &CursorKey, device: &str) -> Statement<'q> {
    let (tenant, conversation, person) = key;
    statement
        .bind(signed(tenant.0))
        .bind(signed(conversation.0))
        .bind(person.sender)
        .bind(signed(person.id))
        .bind(device.to_owned())
}
