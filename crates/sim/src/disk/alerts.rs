//! Alerts of sensitive words. The simulator's people say none; the port has them.

use kefu_chat::store::{AlertAsk, Outcome, SeenAlerts};
use kefu_proto::v1;
use kefu_types::TenantId;

use super::tables::Tables;

pub(super) fn put(tables: &mut Tables, found: &[(TenantId, &v1::WordAlert)]) {
    for (tenant, alert) in found {
        tables.alerts.insert((*tenant, alert.id), (*alert).clone());
    }
}

pub(super) fn see(tables: &mut Tables, seen: &SeenAlerts) -> Outcome {
    for id in &seen.ids {
        let Some(alert) = tables.alerts.get_mut(&(seen.tenant, *id)) else {
            continue;
        };
        if alert.seen.iter().all(|by| by.agent_id != seen.agent.0) {
            alert.seen.push(v1::WordSeen {
                agent_id: seen.agent.0,
                seen_at_ms: seen.at_ms,
                ..v1::WordSeen::default()
            });
        }
    }
    Outcome::Applied
}

pub(super) fn page(tables: &Tables, ask: AlertAsk) -> Vec<v1::WordAlert> {
    let below = tables
        .alerts
        .range((ask.tenant, 0)..(ask.tenant, ask.before));
    let asked = |alert: &&v1::WordAlert| ask.seen.is_none_or(|seen| seen != alert.seen.is_empty());
    let newest = below.rev().map(|(_, alert)| alert).filter(asked);
    newest.take(super::port::size(ask.limit)).cloned().collect()
}
