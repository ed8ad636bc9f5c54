//! The event history.

use kefu_chat::store::{Change, Outcome};
use kefu_proto::v1;
use kefu_types::TenantId;

use super::{people::update_user, tables::Tables};

pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::SetState(change) => {
            let outcome = update_user(tables, &change.user);
            if outcome == Outcome::Applied {
                put(tables, [(change.user.tenant, &change.event)]);
            }
            outcome
        }
        Change::Happened { tenant, events } => {
            put(tables, events.iter().map(|event| (*tenant, event)));
            Outcome::Applied
        }
        Change::ForgetEvents {
            tenant,
            below,
            events_max,
        } => {
            let old = tables.events.range((*tenant, 0)..(*tenant, *below));
            let most = usize::try_from(*events_max).unwrap_or(usize::MAX);
            let gone: Vec<_> = old.take(most).map(|(key, _)| *key).collect();
            for key in &gone {
                tables.events.remove(key);
            }
            if gone.is_empty() {
                Outcome::Missing
            } else {
                Outcome::Applied
            }
        }
        _ => Outcome::Missing,
    }
}

/// One that is there already is the same one.
pub(super) fn put<'a>(
    tables: &mut Tables,
    events: impl IntoIterator<Item = (TenantId, &'a v1::HistoryEvent)>,
) {
    for (tenant, event) in events {
        let row = tables.events.entry((tenant, event.id));
        row.or_insert_with(|| event.clone());
    }
}

pub(super) fn page(
    tables: &Tables,
    tenant: TenantId,
    after: u64,
    limit: usize,
) -> Vec<v1::HistoryEvent> {
    let above = after.saturating_add(1);
    let found = tables.events.range((tenant, above)..=(tenant, u64::MAX));
    found.take(limit).map(|(_, event)| event.clone()).collect()
}
