//! Messages left: what a plan ends with, and reading them.

use kefu_chat::store::{LeftAsk, LeftAt, MovedLeft, StoreError};
use kefu_proto::v1;
use kefu_types::TenantId;
use prost::Message as _;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{error::sort, readers::Readers};
use crate::{
    left::{BY_ID, BY_PLACE, from, left, list_sql},
    rows::signed,
};

/// Writes rows that are still as the plan found them. Says whether all were.
pub(crate) async fn write(
    connection: &mut PgConnection,
    rows: &[MovedLeft<'_>],
) -> Result<bool, StoreError> {
    for moved in rows {
        let written = if moved.before == 0 {
            create(connection, moved).await?
        } else {
            update(connection, moved).await?
        };
        if written == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn create(
    connection: &mut PgConnection,
    MovedLeft { tenant, row, .. }: &MovedLeft<'_>,
) -> Result<u64, StoreError> {
    let sql = "INSERT INTO left_messages (tenant_id, id, conversation_id, seq, group_id, state, version, \
               agent_id, created_at_ms, updated_at_ms, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(signed(row.id))
        .bind(signed(row.conversation_id))
        .bind(signed(row.seq))
        .bind(signed(row.group_id))
        .bind(i64::from(row.state))
        .bind(signed(row.version))
        .bind(signed(row.agent_id))
        .bind(row.created_at_ms)
        .bind(row.updated_at_ms)
        .bind(row.encode_to_vec());
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(done.rows_affected())
}

/// Of two cores at once the second waits for the first, and then finds another version.
async fn update(
    connection: &mut PgConnection,
    MovedLeft {
        tenant,
        row,
        before,
    }: &MovedLeft<'_>,
) -> Result<u64, StoreError> {
    let sql = "UPDATE left_messages SET state = $1, version = $2, agent_id = $3, updated_at_ms = $4, \
               body = $5 WHERE tenant_id = $6 AND id = $7 AND version = $8";
    let query = sqlx::query(sql)
        .bind(i64::from(row.state))
        .bind(signed(row.version))
        .bind(signed(row.agent_id))
        .bind(row.updated_at_ms)
        .bind(row.encode_to_vec())
        .bind(signed(tenant.0))
        .bind(signed(row.id))
        .bind(signed(*before));
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(done.rows_affected())
}

pub(crate) async fn one(
    readers: &Readers,
    tenant: TenantId,
    at: LeftAt,
) -> Result<Option<v1::LeftMessage>, StoreError> {
    let question = || match at {
        LeftAt::Id(id) => sqlx::query(BY_ID).bind(signed(tenant.0)).bind(signed(id)),
        LeftAt::Place(id, seq) => sqlx::query(BY_PLACE)
            .bind(signed(tenant.0))
            .bind(signed(id.0))
            .bind(signed(seq)),
    };
    readers.row(question).await?.as_ref().map(left).transpose()
}

pub(crate) async fn list(
    readers: &Readers,
    ask: LeftAsk,
) -> Result<Vec<v1::LeftMessage>, StoreError> {
    let question = || {
        let query = sqlx::query(AssertSqlSafe(list_sql(&ask)))
            .bind(signed(ask.tenant.0))
            .bind(i64::from(i32::from(ask.state)))
            .bind(from(&ask))
            .bind(i64::from(ask.limit));
        match ask.group {
            Some(group) => query.bind(signed(group)),
            None => query,
        }
    };
    readers.rows(question).await?.iter().map(left).collect()
}
