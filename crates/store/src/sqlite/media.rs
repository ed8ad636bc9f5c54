//! Uploads: facts about them, and how much they are together.

use kefu_chat::{
    Media,
    store::{Change, Expiry, MessageKey, Outcome, SentMedia, StoreError},
};
use kefu_types::{MediaId, Millis, TenantId};
use prost::Message as _;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::sort,
    kept::{execute, kept},
    read::read_all,
};
use crate::rows::{self, MEDIA, signed};

/// What a change of an upload becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::ReserveMedia {
            media,
            tenant_bytes_max,
        } => reserve(connection, media, *tenant_bytes_max),
        Change::SealMedia { tenant, media } => {
            let sql =
                "UPDATE media SET sealed = 1 WHERE tenant_id = ? AND id = ? AND gone_at_ms = 0";
            let sealed = execute(connection, sql, [signed(tenant.0), signed(media.0)])?;
            Ok(there(sealed))
        }
        Change::ExpireMedia(expiry) => expire(connection, *expiry),
        Change::ForgetMedia { tenant, media } => forget(connection, *tenant, *media),
        _ => Ok(Outcome::Missing),
    }
}

const fn there(rows: usize) -> Outcome {
    match rows {
        0 => Outcome::Missing,
        _ => Outcome::Applied,
    }
}

fn reserve(
    connection: &Connection,
    media: &Media,
    tenant_bytes_max: u64,
) -> Result<Outcome, StoreError> {
    let (tenant, conversation) = (signed(media.tenant.0), signed(media.conversation.0));
    let sql = format!(
        "SELECT {MEDIA} FROM media WHERE tenant_id = ? AND conversation_id = ? AND sender = ? \
         AND sender_id = ? AND client_id = ?"
    );
    let uploader = media.uploader;
    let key = params![
        tenant,
        conversation,
        uploader.sender,
        signed(uploader.id),
        media.client_id
    ];
    if let Some(first) = kept(connection, &sql, key)?.first() {
        return Ok(Outcome::Uploaded(Box::new(rows::media(first)?)));
    }
    let sql = "SELECT id FROM conversations WHERE tenant_id = ? AND id = ?";
    if kept(connection, sql, [tenant, conversation])?.is_empty() {
        return Ok(Outcome::Missing);
    }
    let sql = "INSERT INTO media_use (tenant_id, stored_bytes) SELECT ?1, ?2 WHERE ?2 <= ?3 \
               ON CONFLICT (tenant_id) DO UPDATE SET stored_bytes = stored_bytes + excluded.stored_bytes \
               WHERE stored_bytes + excluded.stored_bytes <= ?3";
    let most = i64::try_from(tenant_bytes_max).unwrap_or(i64::MAX);
    let room = execute(connection, sql, [tenant, signed(media.stored_bytes), most])?;
    if room == 0 {
        return Ok(Outcome::QuotaFull);
    }
    let sql =
        format!("INSERT INTO media ({MEDIA}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let values = params![
        tenant,
        signed(media.id.0),
        conversation,
        uploader.sender,
        signed(uploader.id),
        media.client_id,
        media.source.0,
        media.body.encode_to_vec(),
        signed(media.stored_bytes),
        media.sealed,
        signed(media.seq),
        media.created_at_ms,
        media.sent_at_ms,
        media.gone_at_ms,
    ];
    execute(connection, &sql, values)?;
    Ok(Outcome::Applied)
}

fn expire(connection: &Connection, expiry: Expiry) -> Result<Outcome, StoreError> {
    let unsent =
        "UPDATE media SET gone_at_ms = ? WHERE seq = 0 AND gone_at_ms = 0 AND created_at_ms < ?";
    execute(connection, unsent, [expiry.at_ms, expiry.unsent_before_ms])?;
    let sent =
        "UPDATE media SET gone_at_ms = ? WHERE seq <> 0 AND gone_at_ms = 0 AND sent_at_ms < ?";
    execute(connection, sent, [expiry.at_ms, expiry.sent_before_ms])?;
    Ok(Outcome::Applied)
}

fn forget(
    connection: &Connection,
    tenant: TenantId,
    media: MediaId,
) -> Result<Outcome, StoreError> {
    let key = [signed(tenant.0), signed(media.0)];
    let sql = "UPDATE media_use SET stored_bytes = stored_bytes - (SELECT m.stored_bytes FROM media AS m \
               WHERE m.tenant_id = ?1 AND m.id = ?2 AND m.gone_at_ms <> 0) WHERE tenant_id = ?1 \
               AND EXISTS (SELECT 1 FROM media AS m WHERE m.tenant_id = ?1 AND m.id = ?2 AND m.gone_at_ms <> 0)";
    execute(connection, sql, key)?;
    let sql = "DELETE FROM media WHERE tenant_id = ? AND id = ? AND gone_at_ms <> 0";
    Ok(there(execute(connection, sql, key)?))
}

/// What went into messages.
pub(crate) fn sent(connection: &Connection, sent: &[SentMedia]) -> Result<(), StoreError> {
    let sql = "UPDATE media SET seq = ?, sent_at_ms = ? WHERE tenant_id = ? AND id = ?";
    for SentMedia { media, seq, at_ms } in sent {
        let values = [signed(*seq), *at_ms, signed(media.0.0), signed(media.1.0)];
        execute(connection, sql, values)?;
    }
    Ok(())
}

/// What these messages named.
pub(crate) fn gone(
    connection: &Connection,
    gone: &[(MessageKey, Millis)],
) -> Result<(), StoreError> {
    let sql = "UPDATE media SET gone_at_ms = max(?, 1) WHERE tenant_id = ? AND conversation_id = ? \
               AND seq = ? AND seq <> 0 AND gone_at_ms = 0";
    for ((tenant, conversation, seq), at_ms) in gone {
        let values = [
            *at_ms,
            signed(tenant.0),
            signed(conversation.0),
            signed(*seq),
        ];
        execute(connection, sql, values)?;
    }
    Ok(())
}

pub(crate) async fn one(
    readers: &SqlitePool,
    tenant: TenantId,
    id: MediaId,
) -> Result<Option<Media>, StoreError> {
    let sql = format!("SELECT {MEDIA} FROM media WHERE tenant_id = ? AND id = ?");
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(signed(id.0));
    let row = query.fetch_optional(readers).await.map_err(sort)?;
    row.as_ref().map(rows::media).transpose()
}

pub(crate) async fn all_gone(readers: &SqlitePool, limit: u32) -> Result<Vec<Media>, StoreError> {
    let sql =
        format!("SELECT {MEDIA} FROM media WHERE gone_at_ms <> 0 ORDER BY gone_at_ms, id LIMIT ?");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(limit);
    read_all(&query.fetch_all(readers).await.map_err(sort)?, rows::media)
}
