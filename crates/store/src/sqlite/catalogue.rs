//! The history of intents: versions, their files, and contents that versions share.

use kefu_chat::{
    ContentHash, RecordVersion,
    store::{Change, Outcome, StoreError},
};
use kefu_proto::v1;
use kefu_types::{Millis, TenantId};
use prost::Message as _;
use sqlx::{SqliteConnection, SqlitePool};

use super::error::sort;
use crate::{
    contents::{files_of, info, with_files},
    rows::{signed, unsigned},
};

/// What a change of the history becomes.
pub(crate) async fn change(
    connection: &mut SqliteConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
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
            let query = sqlx::query(sql)
                .bind(signed(tenant.0))
                .bind(&content.0[..])
                .bind(*piece)
                .bind(&data[..])
                .bind(at_ms);
            query.execute(connection).await.map_err(sort)?;
            Ok(Outcome::Applied)
        }
        Change::SealContent {
            tenant,
            content,
            bytes,
            at_ms,
        } => seal(connection, *tenant, content, *bytes, *at_ms).await,
        Change::RecordVersion(record) => record_version(connection, record).await,
        _ => Ok(Outcome::Missing),
    }
}

async fn seal(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    content: &ContentHash,
    bytes: u64,
    at_ms: Millis,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO catalogue_contents (tenant_id, sha256, bytes, created_at_ms) \
               SELECT ?1, ?2, ?3, ?4 WHERE ?3 = (SELECT coalesce(sum(length(data)), 0) \
               FROM catalogue_pieces WHERE tenant_id = ?1 AND sha256 = ?2) \
               ON CONFLICT (tenant_id, sha256) DO UPDATE SET created_at_ms = excluded.created_at_ms";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(&content.0[..])
        .bind(signed(bytes))
        .bind(at_ms);
    let sealed = query.execute(connection).await.map_err(sort)?;
    Ok(if sealed.rows_affected() > 0 {
        Outcome::Applied
    } else {
        Outcome::Missing
    })
}

async fn record_version(
    connection: &mut SqliteConnection,
    record: &RecordVersion,
) -> Result<Outcome, StoreError> {
    let tenant = record.tenant;
    let sql = "SELECT max(number) FROM catalogue_versions WHERE tenant_id = ?";
    let last: Option<i64> = sqlx::query_scalar(sql)
        .bind(signed(tenant.0))
        .fetch_one(&mut *connection)
        .await
        .map_err(sort)?;
    let newest = match last {
        Some(last) => version(connection, tenant, unsigned(last)).await?,
        None => None,
    };
    let number = match record.number_after(newest.as_ref()) {
        Ok(number) => number,
        Err(outcome) => return Ok(outcome),
    };
    let files = files_of(&record.version)?;
    let missing = missing(connection, tenant, &files).await?;
    if !missing.is_empty() {
        return Ok(Outcome::MissingContents(missing));
    }
    let info = record.info(number);
    insert(connection, tenant, &info, &files).await?;
    trim(connection, record, number).await?;
    Ok(Outcome::Recorded {
        version: Box::new(info),
        new: true,
    })
}

async fn missing(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    files: &[(&str, ContentHash)],
) -> Result<Vec<ContentHash>, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM catalogue_contents WHERE tenant_id = ? AND sha256 = ?)";
    let mut missing = Vec::new();
    for (_, content) in files {
        let query = sqlx::query_scalar(sql)
            .bind(signed(tenant.0))
            .bind(&content.0[..]);
        let is_there: bool = query.fetch_one(&mut *connection).await.map_err(sort)?;
        if !is_there {
            missing.push(*content);
        }
    }
    missing.sort_unstable();
    missing.dedup();
    Ok(missing)
}

async fn insert(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    info: &v1::CatalogueVersion,
    files: &[(&str, ContentHash)],
) -> Result<(), StoreError> {
    let number = signed(info.number);
    sqlx::query("INSERT INTO catalogue_versions (tenant_id, number, info) VALUES (?, ?, ?)")
        .bind(signed(tenant.0))
        .bind(number)
        .bind(info.encode_to_vec())
        .execute(&mut *connection)
        .await
        .map_err(sort)?;
    for (path, content) in files {
        let sql =
            "INSERT INTO catalogue_files (tenant_id, number, path, sha256) VALUES (?, ?, ?, ?)";
        sqlx::query(sql)
            .bind(signed(tenant.0))
            .bind(number)
            .bind(*path)
            .bind(&content.0[..])
            .execute(&mut *connection)
            .await
            .map_err(sort)?;
    }
    Ok(())
}

/// Drops versions beyond those to keep, and contents that nothing names any more.
async fn trim(
    connection: &mut SqliteConnection,
    record: &RecordVersion,
    newest: u64,
) -> Result<(), StoreError> {
    let oldest_kept = (newest + 1).saturating_sub(u64::from(record.keep.max(1)));
    sqlx::query("DELETE FROM catalogue_versions WHERE tenant_id = ? AND number < ?")
        .bind(signed(record.tenant.0))
        .bind(signed(oldest_kept))
        .execute(&mut *connection)
        .await
        .map_err(sort)?;
    // Contents first, then the pieces of what is not sealed. What was just uploaded for a version
    // that is not recorded yet is young, and stays.
    let unnamed = "DELETE FROM catalogue_contents WHERE tenant_id = ?1 AND created_at_ms < ?2 \
                   AND NOT EXISTS (SELECT 1 FROM catalogue_files AS file \
                   WHERE file.tenant_id = ?1 AND file.sha256 = catalogue_contents.sha256)";
    let unsealed = "DELETE FROM catalogue_pieces WHERE tenant_id = ?1 AND created_at_ms < ?2 \
                    AND NOT EXISTS (SELECT 1 FROM catalogue_contents AS content \
                    WHERE content.tenant_id = ?1 AND content.sha256 = catalogue_pieces.sha256)";
    for sql in [unnamed, unsealed] {
        sqlx::query(sql)
            .bind(signed(record.tenant.0))
            .bind(record.orphans_before_ms)
            .execute(&mut *connection)
            .await
            .map_err(sort)?;
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
    let sql = "SELECT version.info, file.path, file.sha256, content.bytes \
               FROM catalogue_versions AS version \
               LEFT JOIN catalogue_files AS file USING (tenant_id, number) \
               LEFT JOIN catalogue_contents AS content ON content.tenant_id = file.tenant_id \
               AND content.sha256 = file.sha256 \
               WHERE version.tenant_id = ? AND version.number = ?";
    let query = sqlx::query(sql).bind(signed(tenant.0)).bind(signed(number));
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
