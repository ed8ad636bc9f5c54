//! The event history.

use kefu_chat::store::{Change, Outcome, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use sqlx::{AssertSqlSafe, PgConnection, query};

use super::{
    columns::{Columns, Parameters},
    error::sort,
    read::{bound, read_all},
    readers::Readers,
};
use crate::{
    events::{EVENT, event},
    rows::signed,
};

/// What a change that is about events only becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::Happened { tenant, events } => {
            let told: Vec<_> = events.iter().map(|event| (*tenant, event)).collect();
            put(connection, &told).await?;
            Ok(Outcome::Applied)
        }
        Change::ForgetEvents {
            tenant,
            below,
            events_max,
        } => {
            let sql = "DELETE FROM events WHERE tenant_id = $1 AND id IN (SELECT id FROM events \
                       WHERE tenant_id = $1 AND id < $2 ORDER BY id LIMIT $3)";
            let query = query(sql)
                .bind(signed(tenant.0))
                .bind(bound(*below))
                .bind(i64::from(*events_max));
            let done = query.execute(connection).await.map_err(sort)?;
            Ok(if done.rows_affected() > 0 {
                Outcome::Applied
            } else {
                Outcome::Missing
            })
        }
        _ => Ok(Outcome::Missing),
    }
}

/// Writes events, all in one statement. One that is there already is the same one.
pub(crate) async fn put(
    connection: &mut PgConnection,
    events: &[(TenantId, &v1::HistoryEvent)],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let ints =
        |read: fn(&v1::HistoryEvent) -> i64| events.iter().map(move |(_, event)| read(event));
    let columns = Columns::default()
        .ints(
            "tenant_id",
            events.iter().map(|(tenant, _)| signed(tenant.0)),
        )
        .ints("id", ints(|event| signed(event.id)))
        .ints("kind", ints(|event| event.kind.into()))
        .ints("at_ms", ints(|event| event.at_ms))
        .ints(
            "conversation_id",
            ints(|event| signed(event.conversation_id)),
        )
        .ints("agent_id", ints(|event| signed(event.agent_id)))
        .ints("group_id", ints(|event| signed(event.group_id)))
        .ints("by_id", ints(|event| signed(event.by_id)))
        .ints("value", ints(|event| event.value))
        .texts(
            "reason",
            events.iter().map(|(_, event)| event.reason.as_str()),
        );
    let mut parameters = Parameters::default();
    let rows = parameters.unnest("n", columns);
    let sql =
        format!("INSERT INTO events ({EVENT}) SELECT {EVENT} FROM {rows} ON CONFLICT DO NOTHING");
    let query = parameters.bind(sql);
    query.execute(connection).await.map(drop).map_err(sort)
}

pub(crate) async fn page(
    readers: &Readers,
    tenant: TenantId,
    after: u64,
    limit: u32,
) -> Result<Vec<v1::HistoryEvent>, StoreError> {
    let question = || {
        let sql = format!(
            "SELECT {EVENT} FROM events WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"
        );
        query(AssertSqlSafe(sql))
            .bind(signed(tenant.0))
            .bind(bound(after))
            .bind(i64::from(limit))
    };
    read_all(&readers.rows(question).await?, event)
}
