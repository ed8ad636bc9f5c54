//! Changes to tenants, people and sessions: rare, one statement after another.
//!
//! Where a decision looks at several rows (the last admin, the first user), those rows are held
//! until the commit, so that two cores cannot both find what only one may use.

use kefu_chat::{
    Session, TokenHash, User,
    store::{Change, Lineage, Outcome, StateChange, StoreError},
};
use kefu_proto::v1::Role;
use kefu_types::{SessionId, TenantId};
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::Query};

use super::{error::sort, events, fresh::Fresh, groups, lineage};
use crate::rows::{self, Cells as _, signed, unsigned};

/// What a change that is not about a conversation becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::CreateTenant { id, name } => {
            let sql = "INSERT INTO tenants (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            let query = sqlx::query(sql).bind(signed(id.0)).bind(name);
            applied(connection, query, Outcome::Taken).await
        }
        Change::CreateUser(user) => create_user(connection, user).await,
        Change::UpdateUser(user) => update_user(connection, user).await,
        Change::PutGroup(group) => groups::put(connection, group).await,
        Change::RevokeSessions { .. } => revoke(connection, change).await,
        Change::BeginEpoch { identity, epoch } => {
            let (identity, epoch) = (*identity, *epoch);
            lineage::begin(connection, Lineage { identity, epoch }).await
        }
        Change::OpenSetup {
            tenant,
            token,
            expires_at_ms,
        } => open_setup(connection, *tenant, token, *expires_at_ms).await,
        Change::CompleteSetup {
            token,
            at_ms,
            user,
            session,
        } => complete_setup(connection, token, *at_ms, user, session).await,
        _ => Ok(Outcome::Missing),
    }
}

async fn applied(
    connection: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
    otherwise: Outcome,
) -> Result<Outcome, StoreError> {
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(if done.rows_affected() > 0 {
        Outcome::Applied
    } else {
        otherwise
    })
}

async fn create_user(connection: &mut PgConnection, user: &User) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO users (tenant_id, id, login, name, password_hash, role, capacity, status, disabled, \
               version, created_at_ms, away_reason, manual_accept) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
               ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql)
        .bind(signed(user.tenant.0))
        .bind(signed(user.id.0))
        .bind(&user.login)
        .bind(&user.name)
        .bind(&user.password_hash)
        .bind(i64::from(i32::from(user.role)))
        .bind(i64::from(user.capacity))
        .bind(i64::from(i32::from(user.status)))
        .bind(user.disabled)
        .bind(signed(user.version))
        .bind(user.created_at_ms)
        .bind(&user.away_reason)
        .bind(user.manual_accept);
    applied(connection, query, Outcome::Taken).await
}

async fn update_user(connection: &mut PgConnection, user: &User) -> Result<Outcome, StoreError> {
    if !user.is_admin() && is_last_admin(connection, user).await? {
        return Ok(Outcome::LastAdmin);
    }
    let sql = "UPDATE users SET name = $1, password_hash = $2, role = $3, capacity = $4, status = $5, \
               disabled = $6, version = $7, away_reason = $8, manual_accept = $9 \
               WHERE tenant_id = $10 AND id = $11 AND version = $12";
    let query = sqlx::query(sql)
        .bind(&user.name)
        .bind(&user.password_hash)
        .bind(i64::from(i32::from(user.role)))
        .bind(i64::from(user.capacity))
        .bind(i64::from(i32::from(user.status)))
        .bind(user.disabled)
        .bind(signed(user.version))
        .bind(&user.away_reason)
        .bind(user.manual_accept)
        .bind(signed(user.tenant.0))
        .bind(signed(user.id.0))
        .bind(signed(user.version) - 1);
    applied(connection, query, Outcome::VersionConflict).await
}

/// An agent's state with the event that tells of it.
pub(crate) async fn set_state(
    connection: &mut PgConnection,
    change: &StateChange,
) -> Result<Outcome, StoreError> {
    let outcome = update_user(connection, &change.user).await?;
    if outcome == Outcome::Applied {
        events::put(connection, &[(change.user.tenant, &change.event)]).await?;
    }
    Ok(outcome)
}

/// Whether this user is an admin now and nobody else is.
async fn is_last_admin(connection: &mut PgConnection, user: &User) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM users WHERE tenant_id = $1 AND role = $2 AND NOT disabled \
               ORDER BY id FOR NO KEY UPDATE";
    let query = sqlx::query_scalar(sql)
        .bind(signed(user.tenant.0))
        .bind(i64::from(i32::from(Role::Admin)));
    let admins: Vec<i64> = query.fetch_all(connection).await.map_err(sort)?;
    Ok(admins == [signed(user.id.0)])
}

async fn revoke(connection: &mut PgConnection, change: &Change) -> Result<Outcome, StoreError> {
    let Change::RevokeSessions {
        tenant,
        session,
        user,
        except,
        at_ms,
    } = change
    else {
        return Ok(Outcome::Missing);
    };
    let sql = "UPDATE sessions SET revoked_at_ms = greatest($1, 1) WHERE tenant_id = $2 AND revoked_at_ms = 0 \
               AND (id = $3 OR (NOT is_visitor AND subject_id = $4 AND id <> $5)) RETURNING id, token_hash";
    let rows = sqlx::query(sql)
        .bind(at_ms)
        .bind(signed(tenant.0))
        .bind(signed(session.map_or(0, |id| id.0)))
        .bind(signed(user.map_or(0, |id| id.0)))
        .bind(signed(except.map_or(0, |id| id.0)))
        .fetch_all(connection)
        .await
        .map_err(sort)?;
    let ended = rows
        .iter()
        .map(|row| Ok((SessionId(unsigned(row.int("id")?)), rows::token(row)?)));
    Ok(Outcome::Revoked(ended.collect::<Result<_, StoreError>>()?))
}

/// One core at a time decides about what a tenant may have once.
pub(crate) async fn hold_tenant(
    connection: &mut PgConnection,
    tenant: TenantId,
) -> Result<(), StoreError> {
    let query = sqlx::query("SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE");
    let held = query.bind(signed(tenant.0)).execute(connection).await;
    held.map(drop).map_err(sort)
}

async fn has_users(connection: &mut PgConnection, tenant: TenantId) -> Result<bool, StoreError> {
    hold_tenant(connection, tenant).await?;
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users WHERE tenant_id = $1)");
    let query = query.bind(signed(tenant.0));
    query.fetch_one(connection).await.map_err(sort)
}

async fn open_setup(
    connection: &mut PgConnection,
    tenant: TenantId,
    token: &TokenHash,
    expires_at_ms: i64,
) -> Result<Outcome, StoreError> {
    if has_users(connection, tenant).await? {
        return Ok(Outcome::Taken);
    }
    let sql = "INSERT INTO setup_links (tenant_id, token_hash, expires_at_ms) VALUES ($1, $2, $3) \
               ON CONFLICT (tenant_id) DO UPDATE SET token_hash = excluded.token_hash, \
               expires_at_ms = excluded.expires_at_ms";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(&token.0[..])
        .bind(expires_at_ms);
    applied(connection, query, Outcome::Applied).await
}

async fn complete_setup(
    connection: &mut PgConnection,
    token: &TokenHash,
    at_ms: i64,
    user: &User,
    session: &Session,
) -> Result<Outcome, StoreError> {
    if has_users(connection, user.tenant).await? {
        return Ok(Outcome::Taken);
    }
    let sql =
        "DELETE FROM setup_links WHERE tenant_id = $1 AND token_hash = $2 AND expires_at_ms > $3";
    let query = sqlx::query(sql)
        .bind(signed(user.tenant.0))
        .bind(&token.0[..])
        .bind(at_ms);
    let used = applied(connection, query, Outcome::Taken).await?;
    if used == Outcome::Taken {
        return Ok(used);
    }
    create_user(connection, user).await?;
    let mut fresh = Fresh {
        sessions: vec![session],
        ..Fresh::default()
    };
    fresh.write(connection).await?;
    Ok(Outcome::Applied)
}
