//! The history of intents: versions, their files, and contents that versions share.

use kefu_chat::{
    ContentHash, RecordVersion,
    store::{Change, Outcome, StoreError},
};
use kefu_proto::v1;
use kefu_types::{Millis, TenantId};
use prost::Message as _;
use rusqlite::{Connection, params};
use sqlx::{SqliteConnection, SqlitePool};

use super::{
    error::{failed, sort},
    kept::kept,
};
use crate::{
    contents::{files_of, info, with_files},
    rows::signed,
};

/// One version with its files, one row a file.
const VERSION: &str = "SELECT version.info, file.path, file.sha256, content.bytes \
    FROM catalogue_versions AS version \
    LEFT JOIN catalogue_files AS file USING (tenant_id, number) \
    LEFT JOIN catalogue_contents AS content ON content.tenant_id = file.tenant_id \
    AND content.sha256 = file.sha256 \
    WHERE version.tenant_id = ? AND version.number = ?";

/// What a change of the history becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::PutPiece {
            tenant,
            content,
            piece,
            data,
            at_ms,
        } => {
            let sql = "INSERT INTO catalogue_pieces (tenant_id, sha256, piece, data, created_at_ms) \
                       VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant_id, sha256, piece) \
                       DO UPDATE SET data = excluded.data, created_at_ms = excluded.created_at_ms";
            let values = params![signed(tenant.0), content.0, piece, data, at_ms];
            connection.execute(sql, values).map_err(failed)?;
            Ok(Outcome::Applied)
        }
        Change::SealContent {
            tenant,
            content,
            bytes,
            at_ms,
        } => seal(connection, *tenant, content, *bytes, *at_ms),
        Change::RecordVersion(record) => record_version(connection, record),
        _ => Ok(Outcome::Missing),
    }
}

fn seal(
    connection: &Connection,
    tenant: TenantId,
    content: &ContentHash,
    bytes: u64,
    at_ms: Millis,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO catalogue_contents (tenant_id, sha256, bytes, created_at_ms) \
               SELECT ?1, ?2, ?3, ?4 WHERE ?3 = (SELECT coalesce(sum(length(data)), 0) \
               FROM catalogue_pieces WHERE tenant_id = ?1 AND sha256 = ?2) \
               ON CONFLICT (tenant_id, sha256) DO UPDATE SET created_at_ms = excluded.created_at_ms";
    let values = params![signed(tenant.0), content.0, signed(bytes), at_ms];
    Ok(match connection.execute(sql, values).map_err(failed)? {
        0 => Outcome::Missing,
        _ => Outcome::Applied,
    })
}

fn record_version(connection: &Connection, record: &RecordVersion) -> Result<Outcome, StoreError> {
    let tenant = record.tenant;
    let sql = "SELECT max(number) FROM catalogue_versions WHERE tenant_id = ?";
    let last = connection.query_row(sql, [signed(tenant.0)], |row| row.get(0));
    let newest = match last.map_err(failed)? {
        Some(last) => with_files(&kept(connection, VERSION, [signed(tenant.0), last])?)?,
        None => None,
    };
    let number = match record.number_after(newest.as_ref()) {
        Ok(number) => number,
        Err(outcome) => return Ok(outcome),
    };
    let files = files_of(&record.version)?;
    let missing = missing(connection, tenant, &files)?;
    if !missing.is_empty() {
        return Ok(Outcome::MissingContents(missing));
    }
    let info = record.info(number);
    insert(connection, tenant, &info, &files)?;
    trim(connection, record, number)?;
    Ok(Outcome::Recorded {
        version: Box::new(info),
        new: true,
    })
}

fn missing(
    connection: &Connection,
    tenant: TenantId,
    files: &[(&str, ContentHash)],
) -> Result<Vec<ContentHash>, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM catalogue_contents WHERE tenant_id = ? AND sha256 = ?)";
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut missing = Vec::new();
    for (_, content) in files {
        let values = params![signed(tenant.0), content.0];
        let is_there: bool = statement
            .query_row(values, |row| row.get(0))
            .map_err(failed)?;
        if !is_there {
            missing.push(*content);
        }
    }
    missing.sort_unstable();
    missing.dedup();
    Ok(missing)
}

fn insert(
    connection: &Connection,
    tenant: TenantId,
    info: &v1::CatalogueVersion,
    files: &[(&str, ContentHash)],
) -> Result<(), StoreError> {
    let number = signed(info.number);
    let sql = "INSERT INTO catalogue_versions (tenant_id, number, info) VALUES (?, ?, ?)";
    let values = params![signed(tenant.0), number, info.encode_to_vec()];
    connection.execute(sql, values).map_err(failed)?;
    let sql = "INSERT INTO catalogue_files (tenant_id, number, path, sha256) VALUES (?, ?, ?, ?)";
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    for (path, content) in files {
        let values = params![signed(tenant.0), number, path, content.0];
        statement.execute(values).map_err(failed)?;
    }
    Ok(())
}

/// Drops versions beyond those to keep, and contents that nothing names any more.
fn trim(connection: &Connection, record: &RecordVersion, newest: u64) -> Result<(), StoreError> {
    let oldest_kept = (newest + 1).saturating_sub(u64::from(record.keep.max(1)));
    let unkept = "DELETE FROM catalogue_versions WHERE tenant_id = ? AND number < ?";
    // Contents first, then the pieces of what is not sealed. What was just uploaded for a version
    // that is not recorded yet is young, and stays.
    let unnamed = "DELETE FROM catalogue_contents WHERE tenant_id = ?1 AND created_at_ms < ?2 \
                   AND NOT EXISTS (SELECT 1 FROM catalogue_files AS file \
                   WHERE file.tenant_id = ?1 AND file.sha256 = catalogue_contents.sha256)";
    let unsealed = "DELETE FROM catalogue_pieces WHERE tenant_id = ?1 AND created_at_ms < ?2 \
                    AND NOT EXISTS (SELECT 1 FROM catalogue_contents AS content \
                    WHERE content.tenant_id = ?1 AND content.sha256 = catalogue_pieces.sha256)";
    for (sql, before) in [
        (unkept, signed(oldest_kept)),
        (unnamed, record.orphans_before_ms),
        (unsealed, record.orphans_before_ms),
    ] {
        let values = [signed(record.tenant.0), before];
        connection.execute(sql, values).map_err(failed)?;
    }
    Ok(())
}

/// Newest first, below `before`, without files.
pub(crate) async fn versions(
    readers: &SqlitePool,
    tenant: TenantId,
    before: u64,
    limit: u32,
) -> Result<Vec<v1::CatalogueVersion>, StoreError> {
    let sql = "SELECT info FROM catalogue_versions WHERE tenant_id = ? AND number < ? \
               ORDER BY number DESC LIMIT ?";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(i64::try_from(before).unwrap_or(i64::MAX))
        .bind(limit);
    let rows = query.fetch_all(readers).await.map_err(sort)?;
    rows.iter().map(info).collect()
}

/// One version with its files, as one statement.
pub(crate) async fn version(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    number: u64,
) -> Result<Option<v1::CatalogueVersion>, StoreError> {
    let query = sqlx::query(VERSION)
        .bind(signed(tenant.0))
        .bind(signed(number));
    with_files(&query.fetch_all(connection).await.map_err(sort)?)
}

/// A piece of sealed contents.
pub(crate) async fn piece(
    readers: &SqlitePool,
    tenant: TenantId,
    content: ContentHash,
    piece: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT data FROM catalogue_pieces AS piece WHERE tenant_id = ?1 AND sha256 = ?2 \
               AND piece = ?3 AND EXISTS (SELECT 1 FROM catalogue_contents \
               WHERE tenant_id = ?1 AND sha256 = ?2)";
    let query = sqlx::query_scalar(sql)
        .bind(signed(tenant.0))
        .bind(content.0.to_vec())
        .bind(piece);
    query.fetch_optional(readers).await.map_err(sort)
}
