//! The event history.

use std::sync::LazyLock;

use kefu_chat::store::{Change, Outcome, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::{failed, sort},
    kept::execute,
    read::read_all,
};
use crate::{
    events::{EVENT, event},
    rows::signed,
};

static PUT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO events ({EVENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT DO NOTHING"
    )
});

/// What a change that is about events only becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::Happened { tenant, events } => {
            let told: Vec<_> = events.iter().map(|event| (*tenant, event)).collect();
            put(connection, &told)?;
            Ok(Outcome::Applied)
        }
        Change::ForgetEvents {
            tenant,
            below,
            events_max,
        } => {
            let sql = "DELETE FROM events WHERE tenant_id = ?1 AND id IN (SELECT id FROM events \
                       WHERE tenant_id = ?1 AND id < ?2 ORDER BY id LIMIT ?3)";
            let values = params![signed(tenant.0), signed(*below), events_max];
            let gone = execute(connection, sql, values)?;
            Ok(if gone > 0 {
                Outcome::Applied
            } else {
                Outcome::Missing
            })
        }
        _ => Ok(Outcome::Missing),
    }
}

/// Writes events. One that is there already is the same one.
pub(crate) fn put(
    connection: &Connection,
    events: &[(TenantId, &v1::HistoryEvent)],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(&PUT).map_err(failed)?;
    for (tenant, event) in events {
        let values = params![
            signed(tenant.0),
            signed(event.id),
            event.kind,
            event.at_ms,
            signed(event.conversation_id),
            signed(event.agent_id),
            signed(event.group_id),
            signed(event.by_id),
            event.value,
            event.reason,
        ];
        statement.execute(values).map_err(failed)?;
    }
    Ok(())
}

pub(crate) async fn page(
    readers: &SqlitePool,
    tenant: TenantId,
    after: u64,
    limit: u32,
) -> Result<Vec<v1::HistoryEvent>, StoreError> {
    let sql =
        format!("SELECT {EVENT} FROM events WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT ?");
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::from(limit));
    let rows = query.fetch_all(readers).await.map_err(sort)?;
    read_all(&rows, event)
}
