//! Changes to tenants, people and sessions: rare, one statement after another.

use kefu_chat::{
    Session, Subject, TokenHash, User, Visitor,
    store::{Change, Outcome, StoreError},
};
use kefu_proto::v1::Role;
use kefu_types::{SessionId, TenantId};
use sqlx::{Row as _, SqliteConnection};

use super::error::sort;
use crate::rows::{self, signed, unsigned};

/// What a change that is not about a conversation becomes.
pub(crate) async fn change(
    connection: &mut SqliteConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::CreateTenant { id, name } => create_tenant(connection, *id, name).await,
        Change::CreateUser(user) => create_user(connection, user).await,
        Change::UpdateUser(user) => update_user(connection, user).await,
        Change::CreateSession(session) => {
            create_session(connection, session).await?;
            Ok(Outcome::Applied)
        }
        Change::RevokeSessions { .. } => revoke(connection, change).await,
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
        Change::Advance(_)
        | Change::Probe { .. }
        | Change::Mark(_)
        | Change::CreateVisitor { .. }
        | Change::PutPiece { .. }
        | Change::SealContent { .. }
        | Change::RecordVersion(_)
        | Change::IndexOlder { .. } => Ok(Outcome::Missing),
    }
}

fn applied(rows: u64, otherwise: Outcome) -> Outcome {
    if rows > 0 {
        Outcome::Applied
    } else {
        otherwise
    }
}

async fn create_tenant(
    connection: &mut SqliteConnection,
    id: TenantId,
    name: &str,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO tenants (id, name) VALUES (?, ?) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql)
        .bind(signed(id.0))
        .bind(name)
        .execute(connection)
        .await
        .map_err(sort)?;
    Ok(applied(done.rows_affected(), Outcome::Taken))
}

pub(crate) async fn create_visitor(
    connection: &mut SqliteConnection,
    visitor: &Visitor,
    session: &Session,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (?, ?, ?, ?)")
        .bind(signed(visitor.tenant.0))
        .bind(signed(visitor.id.0))
        .bind(&visitor.name)
        .bind(visitor.created_at_ms)
        .execute(&mut *connection)
        .await
        .map_err(sort)?;
    create_session(connection, session).await
}

async fn create_session(
    connection: &mut SqliteConnection,
    session: &Session,
) -> Result<(), StoreError> {
    let (is_visitor, subject, conversation) = match session.subject {
        Subject::Visitor(id, conversation) => (true, id.0, conversation.0),
        Subject::User(id) => (false, id.0, 0),
    };
    let sql = "INSERT INTO sessions (tenant_id, id, token_hash, is_visitor, subject_id, conversation_id, \
               created_at_ms, expires_at_ms, revoked_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(signed(session.tenant.0))
        .bind(signed(session.id.0))
        .bind(&session.token.0[..])
        .bind(is_visitor)
        .bind(signed(subject))
        .bind(signed(conversation))
        .bind(session.created_at_ms)
        .bind(session.expires_at_ms)
        .bind(session.revoked_at_ms)
        .execute(connection)
        .await
        .map(drop)
        .map_err(sort)
}

async fn create_user(
    connection: &mut SqliteConnection,
    user: &User,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO users (tenant_id, id, login, name, password_hash, role, capacity, status, disabled, \
               version, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql)
        .bind(signed(user.tenant.0))
        .bind(signed(user.id.0))
        .bind(&user.login)
        .bind(&user.name)
        .bind(&user.password_hash)
        .bind(i32::from(user.role))
        .bind(user.capacity)
        .bind(i32::from(user.status))
        .bind(user.disabled)
        .bind(signed(user.version))
        .bind(user.created_at_ms)
        .execute(connection)
        .await
        .map_err(sort)?;
    Ok(applied(done.rows_affected(), Outcome::Taken))
}

async fn update_user(
    connection: &mut SqliteConnection,
    user: &User,
) -> Result<Outcome, StoreError> {
    if !user.is_admin() && is_last_admin(connection, user).await? {
        return Ok(Outcome::LastAdmin);
    }
    let sql = "UPDATE users SET name = ?, password_hash = ?, role = ?, capacity = ?, status = ?, disabled = ?, \
               version = ? WHERE tenant_id = ? AND id = ? AND version = ?";
    let done = sqlx::query(sql)
        .bind(&user.name)
        .bind(&user.password_hash)
        .bind(i32::from(user.role))
        .bind(user.capacity)
        .bind(i32::from(user.status))
        .bind(user.disabled)
        .bind(signed(user.version))
        .bind(signed(user.tenant.0))
        .bind(signed(user.id.0))
        .bind(signed(user.version) - 1)
        .execute(connection)
        .await
        .map_err(sort)?;
    Ok(applied(done.rows_affected(), Outcome::VersionConflict))
}

/// Whether this user is an admin now and nobody else is.
async fn is_last_admin(connection: &mut SqliteConnection, user: &User) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM users WHERE tenant_id = ? AND role = ? AND disabled = 0 LIMIT 2";
    let query = sqlx::query_scalar(sql)
        .bind(signed(user.tenant.0))
        .bind(i32::from(Role::Admin));
    let admins: Vec<i64> = query.fetch_all(connection).await.map_err(sort)?;
    Ok(admins == [signed(user.id.0)])
}

async fn revoke(connection: &mut SqliteConnection, change: &Change) -> Result<Outcome, StoreError> {
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
    let sql = "UPDATE sessions SET revoked_at_ms = max(?, 1) WHERE tenant_id = ? AND revoked_at_ms = 0 \
               AND (id = ? OR (is_visitor = 0 AND subject_id = ? AND id <> ?)) RETURNING id, token_hash";
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
        .map(|row| Ok((SessionId(unsigned(row.get("id"))), rows::token(row)?)));
    Ok(Outcome::Revoked(ended.collect::<Result<_, StoreError>>()?))
}

async fn has_users(
    connection: &mut SqliteConnection,
    tenant: TenantId,
) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE tenant_id = ?)";
    sqlx::query_scalar(sql)
        .bind(signed(tenant.0))
        .fetch_one(connection)
        .await
        .map_err(sort)
}

async fn open_setup(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    token: &TokenHash,
    expires_at_ms: i64,
) -> Result<Outcome, StoreError> {
    if has_users(connection, tenant).await? {
        return Ok(Outcome::Taken);
    }
    let sql = "INSERT INTO setup_links (tenant_id, token_hash, expires_at_ms) VALUES (?, ?, ?) \
               ON CONFLICT (tenant_id) DO UPDATE SET token_hash = excluded.token_hash, \
               expires_at_ms = excluded.expires_at_ms";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(&token.0[..])
        .bind(expires_at_ms);
    query.execute(connection).await.map_err(sort)?;
    Ok(Outcome::Applied)
}

async fn complete_setup(
    connection: &mut SqliteConnection,
    token: &TokenHash,
    at_ms: i64,
    user: &User,
    session: &Session,
) -> Result<Outcome, StoreError> {
    if has_users(connection, user.tenant).await? {
        return Ok(Outcome::Taken);
    }
    let sql =
        "DELETE FROM setup_links WHERE tenant_id = ? AND token_hash = ? AND expires_at_ms > ?";
    let query = sqlx::query(sql)
        .bind(signed(user.tenant.0))
        .bind(&token.0[..])
        .bind(at_ms);
    let used = query.execute(&mut *connection).await.map_err(sort)?;
    if used.rows_affected() == 0 {
        return Ok(Outcome::Taken);
    }
    create_user(connection, user).await?;
    create_session(connection, session).await?;
    Ok(Outcome::Applied)
}
