//! Messages left.

use std::collections::HashSet;

use kefu_chat::store::{Known, KnownLeft, LeftAsk, LeftAt, LeftKey, MovedLeft, is_waiting};
use kefu_proto::v1;
use kefu_types::TenantId;

use super::tables::{HeadKey, Tables};

/// What a plan asks about them.
pub(super) fn answers(
    tables: &Tables,
    asked: &HashSet<LeftKey>,
    waiting: &HashSet<HeadKey>,
    known: &mut Known,
) {
    for key in asked {
        if let Some(row) = tables.left.get(key) {
            known.left.insert(*key, KnownLeft::from(row));
        }
    }
    for (tenant, id) in waiting {
        let of = of_tenant(tables, *tenant);
        let waits = |row: &&v1::LeftMessage| row.conversation_id == id.0 && is_waiting(row.state());
        let count = u32::try_from(of.filter(waits).count()).unwrap_or(u32::MAX);
        known.left_waiting.insert((*tenant, *id), count);
    }
}

/// Writes rows; that they may be is decided already.
pub(super) fn write(tables: &mut Tables, rows: &[MovedLeft<'_>]) {
    for MovedLeft { tenant, row, .. } in rows {
        tables.left.insert((*tenant, row.id), (*row).clone());
    }
}

pub(super) fn one(tables: &Tables, tenant: TenantId, at: LeftAt) -> Option<v1::LeftMessage> {
    match at {
        LeftAt::Id(id) => tables.left.get(&(tenant, id)).cloned(),
        LeftAt::Place(id, seq) => of_tenant(tables, tenant)
            .find(|row| (row.conversation_id, row.seq) == (id.0, seq))
            .cloned(),
    }
}

pub(super) fn list(tables: &Tables, ask: LeftAsk) -> Vec<v1::LeftMessage> {
    let is_asked = |row: &&v1::LeftMessage| {
        row.state() == ask.state && ask.group.is_none_or(|group| row.group_id == group)
    };
    let mut rows: Vec<v1::LeftMessage> = of_tenant(tables, ask.tenant)
        .filter(is_asked)
        .cloned()
        .collect();
    if !is_waiting(ask.state) {
        rows.reverse();
    }
    let behind = |row: &v1::LeftMessage| match ask.after {
        0 => true,
        after if is_waiting(ask.state) => row.id > after,
        after => row.id < after,
    };
    rows.retain(behind);
    rows.truncate(super::port::size(ask.limit));
    rows
}

/// By id.
fn of_tenant(tables: &Tables, tenant: TenantId) -> impl Iterator<Item = &v1::LeftMessage> {
    let all = tables.left.range((tenant, 0)..=(tenant, u64::MAX));
    all.map(|(_, row)| row)
}
