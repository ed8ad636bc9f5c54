//! The history of intents: versions, their files, and contents that versions share.

use std::collections::BTreeSet;

use kefu_chat::{
    ContentHash, RecordVersion,
    store::{Change, Outcome, StoreError},
};
use kefu_proto::v1;
use kefu_types::{Millis, TenantId};
use prost::Message as _;
use sqlx::{PgConnection, Postgres, Row as _, postgres::PgArguments, query::Query};

use super::{
    columns::{Columns, Parameters, Values},
    error::sort,
    people::hold_tenant,
};
use crate::{
    contents::{Files, files_of, with_files},
    rows::{signed, unsigned},
};

/// What a change of the history becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
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
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, sha256, piece) \
                       DO UPDATE SET data = excluded.data, created_at_ms = excluded.created_at_ms";
            let query = sqlx::query(sql)
                .bind(signed(tenant.0))
                .bind(&content.0[..])
                .bind(i64::from(*piece))
                .bind(&data[..])
                .bind(at_ms);
            run(connection, query).await?;
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

/// How many rows it changed.
async fn run(
    connection: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
) -> Result<u64, StoreError> {
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(done.rows_affected())
}

async fn seal(
    connection: &mut PgConnection,
    tenant: TenantId,
    content: &ContentHash,
    bytes: u64,
    at_ms: Millis,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO catalogue_contents (tenant_id, sha256, bytes, created_at_ms) \
               SELECT $1, $2, $3, $4 WHERE $3 = (SELECT coalesce(sum(length(data)), 0) \
               FROM catalogue_pieces WHERE tenant_id = $1 AND sha256 = $2) \
               ON CONFLICT (tenant_id, sha256) DO UPDATE SET created_at_ms = excluded.created_at_ms";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(&content.0[..])
        .bind(signed(bytes))
        .bind(at_ms);
    Ok(if run(connection, query).await? > 0 {
        Outcome::Applied
    } else {
        Outcome::Missing
    })
}

async fn record_version(
    connection: &mut PgConnection,
    record: &RecordVersion,
) -> Result<Outcome, StoreError> {
    let tenant = record.tenant;
    // Numbers are counted; two cores must not count to the same one.
    hold_tenant(connection, tenant).await?;
    let newest = newest(connection, tenant).await?;
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

async fn newest(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<Option<v1::CatalogueVersion>, StoreError> {
    let sql = "SELECT max(number) FROM catalogue_versions WHERE tenant_id = $1";
    let query = sqlx::query_scalar(sql).bind(signed(tenant.0));
    let last: Option<i64> = query.fetch_one(&mut *connection).await.map_err(sort)?;
    let Some(last) = last else { return Ok(None) };
    let rows = version(tenant, unsigned(last)).fetch_all(connection).await;
    with_files(&rows.map_err(sort)?)
}

async fn missing(
    connection: &mut PgConnection,
    tenant: TenantId,
    files: &Files<'_>,
) -> Result<Vec<ContentHash>, StoreError> {
    let sql = "SELECT sha256 FROM catalogue_contents WHERE tenant_id = $1 AND sha256 = ANY($2)";
    let hashes: Vec<Vec<u8>> = files
        .iter()
        .map(|(_, content)| content.0.to_vec())
        .collect();
    let query = sqlx::query(sql).bind(signed(tenant.0)).bind(hashes);
    let rows = query.fetch_all(connection).await.map_err(sort)?;
    let mut missing: BTreeSet<ContentHash> = files.iter().map(|(_, content)| *content).collect();
    for row in &rows {
        let hash: &[u8] = row.try_get(0).map_err(sort)?;
        if let Ok(hash) = hash.try_into() {
            missing.remove(&ContentHash(hash));
        }
    }
    Ok(missing.into_iter().collect())
}

async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    info: &v1::CatalogueVersion,
    files: &Files<'_>,
) -> Result<(), StoreError> {
    let number = signed(info.number);
    let sql = "INSERT INTO catalogue_versions (tenant_id, number, info) VALUES ($1, $2, $3)";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(number)
        .bind(info.encode_to_vec());
    run(connection, query).await?;
    let hashes = files.iter().map(|(_, content)| content.0.to_vec());
    let columns = Columns::default()
        .ints("tenant_id", files.iter().map(|_| signed(tenant.0)))
        .ints("number", files.iter().map(|_| number))
        .texts("path", files.iter().map(|(path, _)| *path))
        .with("sha256", Values::Bytes(hashes.collect()));
    let mut parameters = Parameters::default();
    let names = columns.names();
    let rows = parameters.unnest("n", columns);
    let sql = format!("INSERT INTO catalogue_files ({names}) SELECT {names} FROM {rows}");
    run(connection, parameters.bind(sql)).await.map(drop)
}

/// Drops versions beyond those to keep, and contents that nothing names any more.
async fn trim(
    connection: &mut PgConnection,
    record: &RecordVersion,
    newest: u64,
) -> Result<(), StoreError> {
    let oldest_kept = (newest + 1).saturating_sub(u64::from(record.keep.max(1)));
    let old = "DELETE FROM catalogue_versions WHERE tenant_id = $1 AND number < $2";
    // Contents first, then the pieces of what is not sealed. What was just uploaded for a version
    // that is not recorded yet is young, and stays.
    let unnamed = "DELETE FROM catalogue_contents WHERE tenant_id = $1 AND created_at_ms < $2 \
                   AND NOT EXISTS (SELECT 1 FROM catalogue_files AS file \
                   WHERE file.tenant_id = $1 AND file.sha256 = catalogue_contents.sha256)";
    let unsealed = "DELETE FROM catalogue_pieces WHERE tenant_id = $1 AND created_at_ms < $2 \
                    AND NOT EXISTS (SELECT 1 FROM catalogue_contents AS content \
                    WHERE content.tenant_id = $1 AND content.sha256 = catalogue_pieces.sha256)";
    for (sql, bound) in [
        (old, signed(oldest_kept)),
        (unnamed, record.orphans_before_ms),
        (unsealed, record.orphans_before_ms),
    ] {
        let query = sqlx::query(sql).bind(signed(record.tenant.0)).bind(bound);
        run(connection, query).await?;
    }
    Ok(())
}

/// One version with its files, as one statement: a version that is trimmed meanwhile is there
/// whole or not at all.
pub(crate) fn version(tenant: TenantId, number: u64) -> Query<'static, Postgres, PgArguments> {
    let sql = "SELECT version.info, file.path, file.sha256, content.bytes \
               FROM catalogue_versions AS version \
               LEFT JOIN catalogue_files AS file ON file.tenant_id = version.tenant_id \
               AND file.number = version.number \
               LEFT JOIN catalogue_contents AS content ON content.tenant_id = file.tenant_id \
               AND content.sha256 = file.sha256 \
               WHERE version.tenant_id = $1 AND version.number = $2";
    sqlx::query(sql).bind(signed(tenant.0)).bind(signed(number))
}
