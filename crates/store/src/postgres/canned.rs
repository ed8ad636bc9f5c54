//! Canned replies.

use kefu_chat::store::{Change, Outcome, SavedReply, StoreError};
use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{error::sort, people::hold_tenant, read::read_all, readers::Readers};
use crate::rows::{self, CANNED, signed, unsigned};

/// What a change of canned replies becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::SaveCanned(saved) => save(connection, saved).await,
        Change::DeleteCanned { tenant, owner, id } => {
            let sql =
                "DELETE FROM canned_replies WHERE tenant_id = $1 AND owner_id = $2 AND id = $3";
            let query = sqlx::query(sql)
                .bind(signed(tenant.0))
                .bind(signed(owner.0))
                .bind(signed(*id));
            let done = query.execute(connection).await.map_err(sort)?;
            Ok(match done.rows_affected() {
                0 => Outcome::Missing,
                _ => Outcome::Applied,
            })
        }
        _ => Ok(Outcome::Missing),
    }
}

async fn save(connection: &mut PgConnection, saved: &SavedReply) -> Result<Outcome, StoreError> {
    let (tenant, reply) = (signed(saved.tenant.0), &saved.reply);
    let (owner, id) = (signed(reply.owner_id), signed(reply.id));
    // Of two cores that take the last room, or one shortcut, the second sees what the first did.
    hold_tenant(connection, saved.tenant).await?;
    let sql =
        "SELECT version FROM canned_replies WHERE tenant_id = $1 AND owner_id = $2 AND id = $3";
    let query = sqlx::query_scalar(sql).bind(tenant).bind(owner).bind(id);
    let known: Option<i64> = query.fetch_optional(&mut *connection).await.map_err(sort)?;
    match known.map(unsigned) {
        None if reply.version != 1 => return Ok(Outcome::Missing),
        Some(version) if version + 1 != reply.version => return Ok(Outcome::VersionConflict),
        _ => {}
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM canned_replies WHERE tenant_id = $1 AND owner_id = $2 \
               AND shortcut = $3 AND id <> $4)";
    let query = sqlx::query_scalar(sql)
        .bind(tenant)
        .bind(owner)
        .bind(&reply.shortcut)
        .bind(id);
    if query.fetch_one(&mut *connection).await.map_err(sort)? {
        return Ok(Outcome::Taken);
    }
    if known.is_none() {
        let sql = "SELECT count(*) FROM canned_replies WHERE tenant_id = $1 AND owner_id = $2";
        let query = sqlx::query_scalar(sql).bind(tenant).bind(owner);
        let count: i64 = query.fetch_one(&mut *connection).await.map_err(sort)?;
        if unsigned(count) >= saved.replies_max {
            return Ok(Outcome::QuotaFull);
        }
    }
    let sql = format!(
        "INSERT INTO canned_replies ({CANNED}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET shortcut = excluded.shortcut, title = excluded.title, \
         text_zh = excluded.text_zh, text_en = excluded.text_en, version = excluded.version, \
         updated_at_ms = excluded.updated_at_ms"
    );
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant)
        .bind(id)
        .bind(owner)
        .bind(&reply.shortcut)
        .bind(&reply.title)
        .bind(&reply.text_zh)
        .bind(&reply.text_en)
        .bind(signed(reply.version))
        .bind(reply.updated_at_ms);
    query.execute(connection).await.map_err(sort)?;
    Ok(Outcome::Applied)
}

/// The shared ones, and one agent's own.
pub(crate) async fn of(
    readers: &Readers,
    tenant: TenantId,
    agent: AgentId,
) -> Result<Vec<v1::CannedReply>, StoreError> {
    let question = || {
        let sql = format!(
            "SELECT {CANNED} FROM canned_replies WHERE tenant_id = $1 AND owner_id IN (0, $2)"
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(signed(tenant.0))
            .bind(signed(agent.0))
    };
    let found = readers.rows(question).await?;
    Ok(rows::by_shortcut(read_all(&found, rows::canned)?))
}
