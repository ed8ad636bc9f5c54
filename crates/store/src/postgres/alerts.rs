//! Alerts of sensitive words, and who has seen them.

use kefu_chat::store::{AlertAsk, Outcome, SeenAlerts, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use prost::Message as _;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{error::sort, readers::Readers};
use crate::{
    alerts::{alerts, below, page_sql},
    rows::signed,
};

/// Writes what was found: seldom anything.
pub(crate) async fn put(
    connection: &mut PgConnection,
    found: &[(TenantId, &v1::WordAlert)],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO word_alerts (tenant_id, id, conversation_id, seq, seen, body) \
               VALUES ($1, $2, $3, $4, FALSE, $5)";
    for (tenant, alert) in found {
        let query = sqlx::query(sql)
            .bind(signed(tenant.0))
            .bind(signed(alert.id))
            .bind(signed(alert.conversation_id))
            .bind(signed(alert.seq))
            .bind(alert.encode_to_vec());
        query.execute(&mut *connection).await.map_err(sort)?;
    }
    Ok(())
}

/// Somebody has seen some.
pub(crate) async fn see(
    connection: &mut PgConnection,
    seen: &SeenAlerts,
) -> Result<Outcome, StoreError> {
    let ids: Vec<i64> = seen.ids.iter().map(|id| signed(*id)).collect();
    let sql = "INSERT INTO word_alert_views (tenant_id, alert_id, agent_id, seen_at_ms) \
               SELECT tenant_id, id, $1, $2 FROM word_alerts WHERE tenant_id = $3 AND id = ANY($4) \
               ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql)
        .bind(signed(seen.agent.0))
        .bind(seen.at_ms)
        .bind(signed(seen.tenant.0))
        .bind(&ids);
    query.execute(&mut *connection).await.map_err(sort)?;
    // In the order of the key, the same for all cores.
    let sql = "UPDATE word_alerts SET seen = TRUE WHERE tenant_id = $1 AND id IN (SELECT id \
               FROM word_alerts WHERE tenant_id = $1 AND id = ANY($2) AND NOT seen ORDER BY id FOR UPDATE)";
    let query = sqlx::query(sql).bind(signed(seen.tenant.0)).bind(ids);
    query.execute(connection).await.map_err(sort)?;
    Ok(Outcome::Applied)
}

pub(crate) async fn page(
    readers: &Readers,
    ask: AlertAsk,
) -> Result<Vec<v1::WordAlert>, StoreError> {
    let question = || {
        sqlx::query(AssertSqlSafe(page_sql(&ask)))
            .bind(signed(ask.tenant.0))
            .bind(below(&ask))
            .bind(i64::from(ask.limit))
    };
    alerts(&readers.rows(question).await?)
}
