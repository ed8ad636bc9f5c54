//! Alerts of sensitive words, whatever the database: one row for each who has seen it, one for an alert
//! that nobody has.

use kefu_chat::store::{AlertAsk, StoreError};
use kefu_proto::v1;
use prost::Message as _;

use crate::rows::{Cells, unreadable, unsigned};

/// A page. The parameters are tenant, the id below which it begins and how many. Whether they were seen is no
/// parameter: those that nobody has are few, and have an index of their own.
pub(crate) fn page_sql(ask: &AlertAsk) -> String {
    let seen = match ask.seen {
        None => "",
        Some(true) => " AND seen",
        Some(false) => " AND NOT seen",
    };
    format!(
        "SELECT a.id, a.body, v.agent_id, v.seen_at_ms FROM (SELECT tenant_id, id, body FROM word_alerts \
         WHERE tenant_id = $1 AND id < $2{seen} ORDER BY id DESC LIMIT $3) AS a \
         LEFT JOIN word_alert_views AS v ON v.tenant_id = a.tenant_id AND v.alert_id = a.id \
         ORDER BY a.id DESC, v.seen_at_ms, v.agent_id"
    )
}

/// The id below which a page begins.
pub(crate) fn below(ask: &AlertAsk) -> i64 {
    i64::try_from(ask.before).unwrap_or(i64::MAX)
}

/// Rows of [`page_sql`].
pub(crate) fn alerts<R: Cells>(rows: &[R]) -> Result<Vec<v1::WordAlert>, StoreError> {
    let mut alerts: Vec<v1::WordAlert> = Vec::new();
    for row in rows {
        let id = unsigned(row.int("id")?);
        if alerts.last().is_none_or(|last| last.id != id) {
            let alert = v1::WordAlert::decode(row.bytes("body")?);
            alerts.push(alert.map_err(|error| unreadable("word_alerts", error))?);
        }
        if let Some(last) = alerts.last_mut() {
            last.seen.extend(seen(row)?);
        }
    }
    Ok(alerts)
}

fn seen(row: &impl Cells) -> Result<Option<v1::WordSeen>, StoreError> {
    let (Some(agent), Some(at_ms)) = (row.maybe_int("agent_id")?, row.maybe_int("seen_at_ms")?)
    else {
        return Ok(None);
    };
    Ok(Some(v1::WordSeen {
        agent_id: unsigned(agent),
        seen_at_ms: at_ms,
        ..v1::WordSeen::default()
    }))
}
