//! Uploads: facts about them, and how much they are together.

use kefu_chat::{
    Media,
    store::{Change, Expiry, MediaKey, MessageKey, Outcome, SentMedia, StoreError},
};
use kefu_types::{MediaId, Millis, TenantId};
use prost::Message as _;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, postgres::PgArguments, query::Query};

use super::{
    columns::{Columns, Parameters},
    error::sort,
    read::read_all,
    readers::Readers,
};
use crate::rows::{self, MEDIA, signed};

type Statement<'a> = Query<'a, Postgres, PgArguments>;

/// What a change of an upload becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::ReserveMedia {
            media,
            tenant_bytes_max,
        } => reserve(connection, media, *tenant_bytes_max).await,
        Change::SealMedia { tenant, media } => {
            let sql = "UPDATE media SET sealed = TRUE WHERE tenant_id = $1 AND id = $2 AND gone_at_ms = 0";
            let sealed = sqlx::query(sql)
                .bind(signed(tenant.0))
                .bind(signed(media.0));
            Ok(there(run(connection, sealed).await?))
        }
        Change::ExpireMedia(expiry) => expire(connection, *expiry).await,
        Change::ForgetMedia { tenant, media } => forget(connection, *tenant, *media).await,
        _ => Ok(Outcome::Missing),
    }
}

/// How many rows it changed.
async fn run(connection: &mut PgConnection, query: Statement<'_>) -> Result<u64, StoreError> {
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(done.rows_affected())
}

const fn there(rows: u64) -> Outcome {
    match rows {
        0 => Outcome::Missing,
        _ => Outcome::Applied,
    }
}

async fn reserve(
    connection: &mut PgConnection,
    media: &Media,
    tenant_bytes_max: u64,
) -> Result<Outcome, StoreError> {
    let (tenant, conversation) = (signed(media.tenant.0), signed(media.conversation.0));
    let sql = "SELECT id FROM conversations WHERE tenant_id = $1 AND id = $2";
    let query = sqlx::query(sql).bind(tenant).bind(conversation);
    let there = query.fetch_optional(&mut *connection).await.map_err(sort)?;
    if there.is_none() {
        return Ok(Outcome::Missing);
    }
    // From here to the commit this tenant's uploads are one after the other: of two with one key the
    // second finds the first.
    let sql = "INSERT INTO media_use (tenant_id, stored_bytes) VALUES ($1, 0) \
               ON CONFLICT (tenant_id) DO UPDATE SET stored_bytes = media_use.stored_bytes";
    run(connection, sqlx::query(sql).bind(tenant)).await?;
    let sql = format!(
        "SELECT {MEDIA} FROM media WHERE tenant_id = $1 AND conversation_id = $2 AND sender = $3 \
         AND sender_id = $4 AND client_id = $5"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant)
        .bind(conversation)
        .bind(i64::from(media.uploader.sender))
        .bind(signed(media.uploader.id))
        .bind(&media.client_id);
    let first = query.fetch_optional(&mut *connection).await.map_err(sort)?;
    if let Some(first) = first {
        return Ok(Outcome::Uploaded(Box::new(rows::media(&first)?)));
    }
    let sql = "UPDATE media_use SET stored_bytes = stored_bytes + $2 \
               WHERE tenant_id = $1 AND stored_bytes + $2 <= $3";
    let most = i64::try_from(tenant_bytes_max).unwrap_or(i64::MAX);
    let room = sqlx::query(sql)
        .bind(tenant)
        .bind(signed(media.stored_bytes))
        .bind(most);
    if run(connection, room).await? == 0 {
        return Ok(Outcome::QuotaFull);
    }
    let sql = format!(
        "INSERT INTO media ({MEDIA}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant)
        .bind(signed(media.id.0))
        .bind(conversation)
        .bind(i64::from(media.uploader.sender))
        .bind(signed(media.uploader.id))
        .bind(&media.client_id)
        .bind(&media.source.0[..])
        .bind(media.body.encode_to_vec())
        .bind(signed(media.stored_bytes))
        .bind(media.sealed)
        .bind(signed(media.seq))
        .bind(media.created_at_ms)
        .bind(media.sent_at_ms)
        .bind(media.gone_at_ms);
    run(connection, query).await?;
    Ok(Outcome::Applied)
}

async fn expire(connection: &mut PgConnection, expiry: Expiry) -> Result<Outcome, StoreError> {
    let unsent =
        "UPDATE media SET gone_at_ms = $1 WHERE seq = 0 AND gone_at_ms = 0 AND created_at_ms < $2";
    let sent =
        "UPDATE media SET gone_at_ms = $1 WHERE seq <> 0 AND gone_at_ms = 0 AND sent_at_ms < $2";
    for (sql, before_ms) in [
        (unsent, expiry.unsent_before_ms),
        (sent, expiry.sent_before_ms),
    ] {
        let query = sqlx::query(sql).bind(expiry.at_ms).bind(before_ms);
        run(connection, query).await?;
    }
    Ok(Outcome::Applied)
}

async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    media: MediaId,
) -> Result<Outcome, StoreError> {
    let sql = "WITH gone AS (DELETE FROM media WHERE tenant_id = $1 AND id = $2 AND gone_at_ms <> 0 \
               RETURNING stored_bytes) UPDATE media_use SET stored_bytes = media_use.stored_bytes - gone.stored_bytes \
               FROM gone WHERE tenant_id = $1";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(signed(media.0));
    Ok(there(run(connection, query).await?))
}

/// What went into messages.
pub(crate) async fn sent(
    connection: &mut PgConnection,
    sent: &[SentMedia],
) -> Result<(), StoreError> {
    if sent.is_empty() {
        return Ok(());
    }
    let keys = || sent.iter().map(|one| -> MediaKey { one.media });
    let columns = Columns::default()
        .ints("tenant_id", keys().map(|key| signed(key.0.0)))
        .ints("id", keys().map(|key| signed(key.1.0)))
        .ints("seq", sent.iter().map(|one| signed(one.seq)))
        .ints("at_ms", sent.iter().map(|one| one.at_ms));
    let mut parameters = Parameters::default();
    let rows = parameters.unnest("n", columns);
    let sql = format!(
        "UPDATE media AS m SET seq = n.seq, sent_at_ms = n.at_ms FROM {rows} \
         WHERE m.tenant_id = n.tenant_id AND m.id = n.id"
    );
    run(connection, parameters.bind(sql)).await.map(drop)
}

/// What these messages named.
pub(crate) async fn gone(
    connection: &mut PgConnection,
    gone: &[(MessageKey, Millis)],
) -> Result<(), StoreError> {
    let sql = "UPDATE media SET gone_at_ms = greatest($1, 1) WHERE tenant_id = $2 AND conversation_id = $3 \
               AND seq = $4 AND seq <> 0 AND gone_at_ms = 0";
    for ((tenant, conversation, seq), at_ms) in gone {
        let query = sqlx::query(sql)
            .bind(at_ms)
            .bind(signed(tenant.0))
            .bind(signed(conversation.0))
            .bind(signed(*seq));
        run(connection, query).await?;
    }
    Ok(())
}

pub(crate) async fn one(
    readers: &Readers,
    tenant: TenantId,
    id: MediaId,
) -> Result<Option<Media>, StoreError> {
    let question = || {
        let sql = format!("SELECT {MEDIA} FROM media WHERE tenant_id = $1 AND id = $2");
        sqlx::query(AssertSqlSafe(sql))
            .bind(signed(tenant.0))
            .bind(signed(id.0))
    };
    let row = readers.row(question).await?;
    row.as_ref().map(rows::media).transpose()
}

pub(crate) async fn all_gone(readers: &Readers, limit: u32) -> Result<Vec<Media>, StoreError> {
    let question = || {
        let sql = format!(
            "SELECT {MEDIA} FROM media WHERE gone_at_ms <> 0 ORDER BY gone_at_ms, id LIMIT $1"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(i64::from(limit))
    };
    read_all(&readers.rows(question).await?, rows::media)
}
