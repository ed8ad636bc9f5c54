//! Which store this is, and its epoch. All cores on it share the row.

use kefu_chat::store::{Lineage, Outcome, StoreError};
use sqlx::PgConnection;

use super::{error::sort, readers::Readers};
use crate::rows::{Cells as _, signed, unsigned};

/// As the row says.
pub(crate) async fn read(readers: &Readers) -> Result<Lineage, StoreError> {
    let sql = "SELECT identity, epoch FROM lineage";
    let row = readers.row(|| sqlx::query(sql)).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the table lineage is empty".to_owned()))?;
    Ok(Lineage {
        identity: unsigned(row.int("identity")?),
        epoch: unsigned(row.int("epoch")?),
    })
}

/// A new epoch, if it is above the one of now: of two cores that begin one at the same time the
/// larger stays.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    next: Lineage,
) -> Result<Outcome, StoreError> {
    let sql = "UPDATE lineage SET identity = CASE identity WHEN 0 THEN $1 ELSE identity END, \
               epoch = $2 WHERE epoch < $2";
    let done = sqlx::query(sql)
        .bind(signed(next.identity))
        .bind(signed(next.epoch))
        .execute(connection)
        .await
        .map_err(sort)?;
    Ok(match done.rows_affected() {
        0 => Outcome::VersionConflict,
        _ => Outcome::Applied,
    })
}
