//! Visitors whom the business names.

use kefu_chat::store::{Arrival, Identity, Outcome, StoreError};
use kefu_types::TenantId;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{error::sort, fresh::Fresh, people::hold_tenant, readers::Readers};
use crate::{
    nul,
    rows::{self, IDENTITY, signed},
};

/// Somebody comes with a token: once with each, and as one visitor for good.
pub(crate) async fn arrive<'a>(
    connection: &mut PgConnection,
    arrival: &'a Arrival,
    fresh: &mut Fresh<'a>,
) -> Result<Outcome, StoreError> {
    let identity = &arrival.identity;
    let tenant = signed(identity.tenant.0);
    let token = arrival.token.0.to_vec();
    // Of two cores that are shown one token, or one new person, the second sees what the first did.
    hold_tenant(connection, identity.tenant).await?;
    let sql = "DELETE FROM identity_tokens WHERE tenant_id = $1 AND until_ms <= $2";
    let query = sqlx::query(sql).bind(tenant).bind(arrival.at_ms);
    query.execute(&mut *connection).await.map_err(sort)?;
    let sql =
        "SELECT EXISTS (SELECT 1 FROM identity_tokens WHERE tenant_id = $1 AND token_hash = $2)";
    let query = sqlx::query_scalar(sql).bind(tenant).bind(token.clone());
    let used: bool = query.fetch_one(&mut *connection).await.map_err(sort)?;
    if used {
        return Ok(Outcome::Taken);
    }
    if let Some((visitor, _)) = &arrival.fresh {
        let sql = "SELECT EXISTS (SELECT 1 FROM identities WHERE tenant_id = $1 AND subject = $2)";
        let query = sqlx::query_scalar(sql).bind(tenant).bind(&identity.subject);
        let known: bool = query.fetch_one(&mut *connection).await.map_err(sort)?;
        if known {
            return Ok(Outcome::VersionConflict);
        }
        fresh.visitors.push(visitor);
        // The row below refers to the visitor's.
        fresh.write(connection).await?;
        let sql = format!("INSERT INTO identities ({IDENTITY}) VALUES ($1, $2, $3, $4, $5)");
        let query = sqlx::query(AssertSqlSafe(sql))
            .bind(tenant)
            .bind(&identity.subject)
            .bind(signed(identity.visitor.0))
            .bind(signed(identity.conversation.0))
            .bind(identity.created_at_ms);
        query.execute(&mut *connection).await.map_err(sort)?;
    }
    fresh.sessions.push(&arrival.session);
    let sql = "INSERT INTO identity_tokens (tenant_id, token_hash, until_ms) VALUES ($1, $2, $3)";
    let query = sqlx::query(sql)
        .bind(tenant)
        .bind(token)
        .bind(arrival.until_ms);
    query.execute(connection).await.map_err(sort)?;
    Ok(Outcome::Applied)
}

pub(crate) async fn of(
    readers: &Readers,
    tenant: TenantId,
    subject: &str,
) -> Result<Option<Identity>, StoreError> {
    if nul::is_in(subject) {
        return Ok(None);
    }
    let question = || {
        let sql =
            format!("SELECT {IDENTITY} FROM identities WHERE tenant_id = $1 AND subject = $2");
        sqlx::query(AssertSqlSafe(sql))
            .bind(signed(tenant.0))
            .bind(subject.to_owned())
    };
    let row = readers.row(question).await?;
    row.as_ref().map(rows::identity).transpose()
}
