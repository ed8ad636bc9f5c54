//! What a batch changes in rows that are there already: recalls, and how far devices are.

use kefu_chat::store::{CursorKey, DeviceCursor, MessageKey, StoreError};
use sqlx::PgConnection;

use super::{
    columns::{Columns, Parameters},
    error::sort,
};
use crate::rows::signed;

/// Marks stored messages as taken back. The heads of their conversations were moved before, by
/// what was known of them, so no other core can have done it since.
pub(crate) async fn recall(
    connection: &mut PgConnection,
    recalled: &[(MessageKey, u64)],
) -> Result<(), StoreError> {
    if recalled.is_empty() {
        return Ok(());
    }
    let columns = Columns::default()
        .ints("tenant_id", recalled.iter().map(|(key, _)| signed(key.0.0)))
        .ints(
            "conversation_id",
            recalled.iter().map(|(key, _)| signed(key.1.0)),
        )
        .ints("seq", recalled.iter().map(|(key, _)| signed(key.2)))
        .ints("fact_seq", recalled.iter().map(|(_, fact)| signed(*fact)));
    run(connection, columns, |rows| {
        format!(
            "UPDATE messages AS m SET recalled_seq = n.fact_seq FROM {rows} \
             WHERE m.tenant_id = n.tenant_id AND m.conversation_id = n.conversation_id \
             AND m.seq = n.seq"
        )
    })
    .await
}

/// Writes cursors, in the one order that all cores keep. Where another core moved the same one at
/// the same time, the larger numbers stay: neither was acknowledged in vain.
pub(crate) async fn cursors(
    connection: &mut PgConnection,
    cursors: &[(&CursorKey, &str, Option<DeviceCursor>)],
) -> Result<(), StoreError> {
    let (mut stay, mut go) = (Vec::new(), Vec::new());
    for (key, device, row) in cursors {
        match row {
            Some(row) => stay.push((*key, *device, *row)),
            None => go.push((*key, *device)),
        }
    }
    if !stay.is_empty() {
        let columns = keys(stay.iter().map(|(key, device, _)| (*key, *device)))
            .ints(
                "delivered_seq",
                stay.iter()
                    .map(|(_, _, row)| signed(row.reach.delivered_seq)),
            )
            .ints(
                "read_seq",
                stay.iter().map(|(_, _, row)| signed(row.reach.read_seq)),
            )
            .ints(
                "moved_at_ms",
                stay.iter().map(|(_, _, row)| row.moved_at_ms),
            );
        let names = columns.names();
        run(connection, columns, |rows| {
            format!(
                "INSERT INTO cursors AS k ({names}) SELECT {names} FROM {rows} \
                 ON CONFLICT (tenant_id, conversation_id, sender, sender_id, device_id) DO UPDATE SET \
                 delivered_seq = greatest(k.delivered_seq, excluded.delivered_seq), \
                 read_seq = greatest(k.read_seq, excluded.read_seq), \
                 moved_at_ms = greatest(k.moved_at_ms, excluded.moved_at_ms)"
            )
        })
        .await?;
    }
    if go.is_empty() {
        return Ok(());
    }
    run(connection, keys(go.into_iter()), |rows| {
        format!(
            "DELETE FROM cursors AS k USING {rows} WHERE k.tenant_id = n.tenant_id \
             AND k.conversation_id = n.conversation_id AND k.sender = n.sender \
             AND k.sender_id = n.sender_id AND k.device_id = n.device_id"
        )
    })
    .await
}

fn keys<'a>(rows: impl Iterator<Item = (&'a CursorKey, &'a str)> + Clone) -> Columns<'a> {
    Columns::default()
        .ints("tenant_id", rows.clone().map(|(key, _)| signed(key.0.0)))
        .ints(
            "conversation_id",
            rows.clone().map(|(key, _)| signed(key.1.0)),
        )
        .ints("sender", rows.clone().map(|(key, _)| key.2.sender.into()))
        .ints("sender_id", rows.clone().map(|(key, _)| signed(key.2.id)))
        .texts("device_id", rows.map(|(_, device)| device))
}

async fn run(
    connection: &mut PgConnection,
    columns: Columns<'_>,
    sql: impl FnOnce(&str) -> String,
) -> Result<(), StoreError> {
    let mut parameters = Parameters::default();
    let rows = parameters.unnest("n", columns);
    let query = parameters.bind(sql(&rows));
    query.execute(connection).await.map(drop).map_err(sort)
}
