//! Which store this is, and its epoch.

use kefu_chat::store::{Lineage, Outcome, StoreError};
use rusqlite::Connection;
use sqlx::{Row as _, SqlitePool};

use super::error::{failed, sort};
use crate::rows::{signed, unsigned};

/// As the row says.
pub(crate) async fn read(readers: &SqlitePool) -> Result<Lineage, StoreError> {
    let row = sqlx::query("SELECT identity, epoch FROM lineage")
        .fetch_one(readers)
        .await
        .map_err(sort)?;
    Ok(Lineage {
        identity: unsigned(row.get(0)),
        epoch: unsigned(row.get(1)),
    })
}

/// A new epoch, if it is above the one of now.
pub(crate) fn begin(connection: &Connection, next: Lineage) -> Result<Outcome, StoreError> {
    let sql = "UPDATE lineage SET identity = CASE identity WHEN 0 THEN ?1 ELSE identity END, \
               epoch = ?2 WHERE epoch < ?2";
    let values = [signed(next.identity), signed(next.epoch)];
    Ok(match connection.execute(sql, values).map_err(failed)? {
        0 => Outcome::VersionConflict,
        _ => Outcome::Applied,
    })
}
