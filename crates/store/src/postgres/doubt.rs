//! A commit whose answer never came.
//!
//! Each batch leaves its number in this writer's row. When a commit's answer is lost, the row is
//! read before anything else is written. The old transaction held the row's lock before its commit
//! was sent, so the reading waits until that transaction has ended either way.

use kefu_chat::store::{Change, Outcome, StoreError};
use sqlx::PgConnection;

use super::error::sort;

/// What may have been stored.
#[derive(Debug)]
pub(crate) struct Doubt {
    pub(crate) number: i64,
    pub(crate) changes: Vec<Change>,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Whether the batch of this number was stored.
pub(crate) async fn is_stored(
    connection: &mut PgConnection,
    writer: &str,
    number: i64,
) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar("SELECT batch FROM writers WHERE id = $1 FOR UPDATE");
    let newest: Option<i64> = query
        .bind(writer)
        .fetch_optional(connection)
        .await
        .map_err(sort)?;
    Ok(newest == Some(number))
}

/// A row of this process's own. It begins at the largest id that anybody stored, and rows that
/// nobody moved for a week go.
pub(crate) async fn register(connection: &mut PgConnection) -> Result<String, StoreError> {
    let sql = "INSERT INTO writers (id, batch, ceiling, touched_at) \
               SELECT CAST(gen_random_uuid() AS TEXT), 0, coalesce(max(ceiling), 0), now() \
               FROM writers RETURNING id";
    let id = sqlx::query_scalar(sql).fetch_one(&mut *connection).await;
    let id = id.map_err(sort)?;
    let sql = "DELETE FROM writers WHERE touched_at < now() - INTERVAL '7 days'";
    sqlx::query(sql).execute(connection).await.map_err(sort)?;
    Ok(id)
}
