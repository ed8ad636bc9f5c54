//! Alerts of sensitive words, and who has seen them.

use kefu_chat::store::{AlertAsk, Outcome, SeenAlerts, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use prost::Message as _;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{error::sort, kept::execute};
use crate::{
    alerts::{alerts, below, page_sql},
    rows::signed,
};

/// Writes what was found.
pub(crate) fn put(
    connection: &Connection,
    found: &[(TenantId, &v1::WordAlert)],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO word_alerts (tenant_id, id, conversation_id, seq, seen, body) \
               VALUES (?, ?, ?, ?, 0, ?)";
    for (tenant, alert) in found {
        let values = params![
            signed(tenant.0),
            signed(alert.id),
            signed(alert.conversation_id),
            signed(alert.seq),
            alert.encode_to_vec(),
        ];
        execute(connection, sql, values)?;
    }
    Ok(())
}

/// Somebody has seen some.
pub(crate) fn see(connection: &Connection, seen: &SeenAlerts) -> Result<Outcome, StoreError> {
    let (tenant, agent) = (signed(seen.tenant.0), signed(seen.agent.0));
    let view = "INSERT INTO word_alert_views (tenant_id, alert_id, agent_id, seen_at_ms) \
                SELECT tenant_id, id, ?, ? FROM word_alerts WHERE tenant_id = ? AND id = ? \
                ON CONFLICT DO NOTHING";
    let mark = "UPDATE word_alerts SET seen = 1 WHERE tenant_id = ? AND id = ? AND seen = 0";
    for id in &seen.ids {
        let id = signed(*id);
        execute(connection, view, [agent, seen.at_ms, tenant, id])?;
        execute(connection, mark, [tenant, id])?;
    }
    Ok(Outcome::Applied)
}

pub(crate) async fn page(
    readers: &SqlitePool,
    ask: AlertAsk,
) -> Result<Vec<v1::WordAlert>, StoreError> {
    let query = sqlx::query(AssertSqlSafe(page_sql(&ask)))
        .bind(signed(ask.tenant.0))
        .bind(below(&ask))
        .bind(ask.limit);
    alerts(&query.fetch_all(readers).await.map_err(sort)?)
}
