//! Canned replies.

use kefu_chat::store::{Change, Outcome, SavedReply, StoreError};
use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::sort,
    kept::{execute, kept},
    read::read_all,
};
use crate::rows::{self, CANNED, Cells as _, signed, unsigned};

/// What a change of canned replies becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::SaveCanned(saved) => save(connection, saved),
        Change::DeleteCanned { tenant, owner, id } => {
            let sql = "DELETE FROM canned_replies WHERE tenant_id = ? AND owner_id = ? AND id = ?";
            let key = [signed(tenant.0), signed(owner.0), signed(*id)];
            Ok(match execute(connection, sql, key)? {
                0 => Outcome::Missing,
                _ => Outcome::Applied,
            })
        }
        _ => Ok(Outcome::Missing),
    }
}

fn save(connection: &Connection, saved: &SavedReply) -> Result<Outcome, StoreError> {
    let (tenant, reply) = (signed(saved.tenant.0), &saved.reply);
    let owner = signed(reply.owner_id);
    let sql = "SELECT version FROM canned_replies WHERE tenant_id = ? AND owner_id = ? AND id = ?";
    let known = kept(connection, sql, [tenant, owner, signed(reply.id)])?;
    let known = known.first().map(|row| row.int("version")).transpose()?;
    match known.map(unsigned) {
        None if reply.version != 1 => return Ok(Outcome::Missing),
        Some(version) if version + 1 != reply.version => return Ok(Outcome::VersionConflict),
        _ => {}
    }
    let sql = "SELECT id FROM canned_replies WHERE tenant_id = ? AND owner_id = ? AND shortcut = ? AND id <> ?";
    let key = params![tenant, owner, reply.shortcut, signed(reply.id)];
    if !kept(connection, sql, key)?.is_empty() {
        return Ok(Outcome::Taken);
    }
    if known.is_none() {
        let sql =
            "SELECT count(*) AS count FROM canned_replies WHERE tenant_id = ? AND owner_id = ?";
        let count = kept(connection, sql, [tenant, owner])?;
        let count = count.first().map_or(Ok(0), |row| row.int("count"))?;
        if unsigned(count) >= saved.replies_max {
            return Ok(Outcome::QuotaFull);
        }
    }
    let sql = format!(
        "INSERT INTO canned_replies ({CANNED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (tenant_id, id) DO UPDATE SET shortcut = excluded.shortcut, title = excluded.title, \
         text_zh = excluded.text_zh, text_en = excluded.text_en, version = excluded.version, \
         updated_at_ms = excluded.updated_at_ms"
    );
    let values = params![
        tenant,
        signed(reply.id),
        owner,
        reply.shortcut,
        reply.title,
        reply.text_zh,
        reply.text_en,
        signed(reply.version),
        reply.updated_at_ms,
    ];
    execute(connection, &sql, values)?;
    Ok(Outcome::Applied)
}

/// The shared ones, and one agent's own.
pub(crate) async fn of(
    readers: &SqlitePool,
    tenant: TenantId,
    agent: AgentId,
) -> Result<Vec<v1::CannedReply>, StoreError> {
    let sql =
        format!("SELECT {CANNED} FROM canned_replies WHERE tenant_id = ? AND owner_id IN (0, ?)");
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(signed(agent.0));
    let found = query.fetch_all(readers).await.map_err(sort)?;
    Ok(rows::by_shortcut(read_all(&found, rows::canned)?))
}
