//! Messages left: what a plan asks about them, what it ends with, and reading them.

use kefu_chat::store::{Known, LeftAsk, LeftAt, MovedLeft, Questions, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use prost::Message as _;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::{failed, sort},
    kept::{execute, kept},
};
use crate::{
    left::{BY_ID, BY_PLACE, WAITING, from, known as known_left, left, list_sql},
    rows::{Cells as _, signed, unsigned},
};

/// Answers to what a plan asks.
pub(crate) fn answers(
    connection: &Connection,
    asked: &Questions,
    known: &mut Known,
) -> Result<(), StoreError> {
    let sql = "SELECT version, state FROM left_messages WHERE tenant_id = ? AND id = ?";
    for (tenant, id) in &asked.left {
        let found = kept(connection, sql, [signed(tenant.0), signed(*id)])?;
        if let Some(row) = found.first() {
            let row = known_left(unsigned(row.int("version")?), row.int("state")?)?;
            known.left.insert((*tenant, *id), row);
        }
    }
    let sql = format!(
        "SELECT count(*) FROM left_messages WHERE tenant_id = ? AND conversation_id = ? AND {WAITING}"
    );
    for (tenant, id) in &asked.left_waiting {
        let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
        let keys = [signed(tenant.0), signed(id.0)];
        let count = statement.query_row(keys, |row| row.get(0));
        known
            .left_waiting
            .insert((*tenant, *id), count.map_err(failed)?);
    }
    Ok(())
}

/// Writes rows; that they may be is decided already.
pub(crate) fn write(connection: &Connection, rows: &[MovedLeft<'_>]) -> Result<(), StoreError> {
    let sql = "INSERT INTO left_messages (tenant_id, id, conversation_id, seq, group_id, state, version, \
               agent_id, created_at_ms, updated_at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
               ON CONFLICT (tenant_id, id) DO UPDATE SET state = excluded.state, \
               version = excluded.version, agent_id = excluded.agent_id, \
               updated_at_ms = excluded.updated_at_ms, body = excluded.body";
    for MovedLeft { tenant, row, .. } in rows {
        let values = params![
            signed(tenant.0),
            signed(row.id),
            signed(row.conversation_id),
            signed(row.seq),
            signed(row.group_id),
            row.state,
            signed(row.version),
            signed(row.agent_id),
            row.created_at_ms,
            row.updated_at_ms,
            row.encode_to_vec(),
        ];
        execute(connection, sql, values)?;
    }
    Ok(())
}

pub(crate) async fn one(
    readers: &SqlitePool,
    tenant: TenantId,
    at: LeftAt,
) -> Result<Option<v1::LeftMessage>, StoreError> {
    let query = match at {
        LeftAt::Id(id) => sqlx::query(BY_ID).bind(signed(tenant.0)).bind(signed(id)),
        LeftAt::Place(id, seq) => sqlx::query(BY_PLACE)
            .bind(signed(tenant.0))
            .bind(signed(id.0))
            .bind(signed(seq)),
    };
    let found = query.fetch_optional(readers).await.map_err(sort)?;
    found.as_ref().map(left).transpose()
}

pub(crate) async fn list(
    readers: &SqlitePool,
    ask: LeftAsk,
) -> Result<Vec<v1::LeftMessage>, StoreError> {
    let mut query = sqlx::query(AssertSqlSafe(list_sql(&ask)))
        .bind(signed(ask.tenant.0))
        .bind(i32::from(ask.state))
        .bind(from(&ask))
        .bind(ask.limit);
    if let Some(group) = ask.group {
        query = query.bind(signed(group));
    }
    let rows = query.fetch_all(readers).await.map_err(sort)?;
    rows.iter().map(left).collect()
}
