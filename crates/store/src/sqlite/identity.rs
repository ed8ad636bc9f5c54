//! Visitors whom the business names.

use kefu_chat::store::{Arrival, Identity, Outcome, StoreError};
use kefu_types::TenantId;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::sort,
    kept::{execute, kept},
    people,
};
use crate::rows::{self, IDENTITY, signed};

/// Somebody comes with a token: once with each, and as one visitor for good.
pub(crate) fn arrive(connection: &Connection, arrival: &Arrival) -> Result<Outcome, StoreError> {
    let identity = &arrival.identity;
    let tenant = signed(identity.tenant.0);
    let sql = "DELETE FROM identity_tokens WHERE tenant_id = ? AND until_ms <= ?";
    execute(connection, sql, params![tenant, arrival.at_ms])?;
    let sql = "SELECT 1 FROM identity_tokens WHERE tenant_id = ? AND token_hash = ?";
    if !kept(connection, sql, params![tenant, arrival.token.0])?.is_empty() {
        return Ok(Outcome::Taken);
    }
    match &arrival.fresh {
        Some((visitor, _)) => {
            let sql = "SELECT 1 FROM identities WHERE tenant_id = ? AND subject = ?";
            if !kept(connection, sql, params![tenant, identity.subject])?.is_empty() {
                return Ok(Outcome::VersionConflict);
            }
            people::create_visitor(connection, visitor, &arrival.session)?;
            let sql = format!("INSERT INTO identities ({IDENTITY}) VALUES (?, ?, ?, ?, ?)");
            let values = params![
                tenant,
                identity.subject,
                signed(identity.visitor.0),
                signed(identity.conversation.0),
                identity.created_at_ms,
            ];
            execute(connection, &sql, values)?;
        }
        None => people::create_session(connection, &arrival.session)?,
    }
    let sql = "INSERT INTO identity_tokens (tenant_id, token_hash, until_ms) VALUES (?, ?, ?)";
    let values = params![tenant, arrival.token.0, arrival.until_ms];
    execute(connection, sql, values)?;
    Ok(Outcome::Applied)
}

pub(crate) async fn of(
    readers: &SqlitePool,
    tenant: TenantId,
    subject: &str,
) -> Result<Option<Identity>, StoreError> {
    let sql = format!("SELECT {IDENTITY} FROM identities WHERE tenant_id = ? AND subject = ?");
    let query = sqlx::query(AssertSqlSafe(sql))
        .bind(signed(tenant.0))
        .bind(subject);
    let row = query.fetch_optional(readers).await.map_err(sort)?;
    row.as_ref().map(rows::identity).transpose()
}
