//! Changes to tenants, people and sessions: rare, one statement after another.

use kefu_chat::{
    Session, Subject, TokenHash, User, Visitor,
    store::{Change, Lineage, Outcome, StateChange, StoreError},
};
use kefu_proto::v1::Role;
use kefu_types::{SessionId, TenantId};
use rusqlite::{Connection, params};

use super::{error::failed, events, groups, kept::execute, lineage};
use crate::rows::{self, Cells as _, signed, unsigned};

/// What a change that is not about a conversation becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::CreateTenant { id, name } => create_tenant(connection, *id, name),
        Change::CreateUser(user) => create_user(connection, user),
        Change::UpdateUser(user) => update_user(connection, user),
        Change::PutGroup(group) => groups::put(connection, group),
        Change::CreateSession(session) => {
            create_session(connection, session)?;
            Ok(Outcome::Applied)
        }
        Change::RevokeSessions { .. } => revoke(connection, change),
        Change::BeginEpoch { identity, epoch } => {
            let (identity, epoch) = (*identity, *epoch);
            lineage::begin(connection, Lineage { identity, epoch })
        }
        Change::OpenSetup {
            tenant,
            token,
            expires_at_ms,
        } => open_setup(connection, *tenant, token, *expires_at_ms),
        Change::CompleteSetup {
            token,
            at_ms,
            user,
            session,
        } => complete_setup(connection, token, *at_ms, user, session),
        Change::Advance(_)
        | Change::Probe { .. }
        | Change::Mark(_)
        | Change::CreateVisitor { .. }
        | Change::Identify(_)
        | Change::AddNote(_)
        | Change::SaveCanned(_)
        | Change::ChangeTags(_)
        | Change::DeleteCanned { .. }
        | Change::ReadMentions { .. }
        | Change::ReserveMedia { .. }
        | Change::SealMedia { .. }
        | Change::ExpireMedia(_)
        | Change::ForgetMedia { .. }
        | Change::Rate { .. }
        | Change::SetState(_)
        | Change::Happened { .. }
        | Change::ForgetEvents { .. }
        | Change::Summarize { .. }
        | Change::MoveLeft(_)
        | Change::CountProposed(_)
        | Change::SeePage(_)
        | Change::SeeAlerts(_)
        | Change::PutPiece { .. }
        | Change::SealContent { .. }
        | Change::RecordVersion(_)
        | Change::IndexOlder { .. } => Ok(Outcome::Missing),
    }
}

fn applied(rows: usize, otherwise: Outcome) -> Outcome {
    if rows > 0 {
        Outcome::Applied
    } else {
        otherwise
    }
}

fn create_tenant(connection: &Connection, id: TenantId, name: &str) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO tenants (id, name) VALUES (?, ?) ON CONFLICT DO NOTHING";
    let made = execute(connection, sql, params![signed(id.0), name])?;
    Ok(applied(made, Outcome::Taken))
}

pub(crate) fn create_visitor(
    connection: &Connection,
    visitor: &Visitor,
    session: &Session,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO visitors (tenant_id, id, name, created_at_ms) VALUES (?, ?, ?, ?)";
    let values = params![
        signed(visitor.tenant.0),
        signed(visitor.id.0),
        visitor.name,
        visitor.created_at_ms
    ];
    execute(connection, sql, values)?;
    create_session(connection, session)
}

pub(crate) fn create_session(connection: &Connection, session: &Session) -> Result<(), StoreError> {
    let (is_visitor, subject, conversation) = match session.subject {
        Subject::Visitor(id, conversation) => (true, id.0, conversation.0),
        Subject::User(id) => (false, id.0, 0),
    };
    let sql = "INSERT INTO sessions (tenant_id, id, token_hash, is_visitor, subject_id, conversation_id, \
               created_at_ms, expires_at_ms, revoked_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        signed(session.tenant.0),
        signed(session.id.0),
        session.token.0,
        is_visitor,
        signed(subject),
        signed(conversation),
        session.created_at_ms,
        session.expires_at_ms,
        session.revoked_at_ms,
    ];
    execute(connection, sql, values).map(drop)
}

fn create_user(connection: &Connection, user: &User) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO users (tenant_id, id, login, name, password_hash, role, capacity, status, disabled, \
               version, created_at_ms, away_reason, manual_accept) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let values = params![
        signed(user.tenant.0),
        signed(user.id.0),
        user.login,
        user.name,
        user.password_hash,
        i32::from(user.role),
        user.capacity,
        i32::from(user.status),
        user.disabled,
        signed(user.version),
        user.created_at_ms,
        user.away_reason,
        user.manual_accept,
    ];
    let made = execute(connection, sql, values)?;
    Ok(applied(made, Outcome::Taken))
}

fn update_user(connection: &Connection, user: &User) -> Result<Outcome, StoreError> {
    if !user.is_admin() && is_last_admin(connection, user)? {
        return Ok(Outcome::LastAdmin);
    }
    let sql = "UPDATE users SET name = ?, password_hash = ?, role = ?, capacity = ?, status = ?, disabled = ?, \
               away_reason = ?, manual_accept = ?, version = ? WHERE tenant_id = ? AND id = ? AND version = ?";
    let values = params![
        user.name,
        user.password_hash,
        i32::from(user.role),
        user.capacity,
        i32::from(user.status),
        user.disabled,
        user.away_reason,
        user.manual_accept,
        signed(user.version),
        signed(user.tenant.0),
        signed(user.id.0),
        signed(user.version) - 1,
    ];
    let moved = execute(connection, sql, values)?;
    Ok(applied(moved, Outcome::VersionConflict))
}

/// An agent's state with the event that tells of it.
pub(crate) fn set_state(
    connection: &Connection,
    change: &StateChange,
) -> Result<Outcome, StoreError> {
    let outcome = update_user(connection, &change.user)?;
    if outcome == Outcome::Applied {
        events::put(connection, &[(change.user.tenant, &change.event)])?;
    }
    Ok(outcome)
}

/// Whether this user is an admin now and nobody else is.
fn is_last_admin(connection: &Connection, user: &User) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM users WHERE tenant_id = ? AND role = ? AND disabled = 0 LIMIT 2";
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let values = params![signed(user.tenant.0), i32::from(Role::Admin)];
    let admins = statement.query_map(values, |row| row.get(0));
    let admins: Vec<i64> = admins.and_then(Iterator::collect).map_err(failed)?;
    Ok(admins == [signed(user.id.0)])
}

fn revoke(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
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
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let values = params![
        at_ms,
        signed(tenant.0),
        signed(session.map_or(0, |id| id.0)),
        signed(user.map_or(0, |id| id.0)),
        signed(except.map_or(0, |id| id.0)),
    ];
    let mut rows = statement.query(values).map_err(failed)?;
    let mut ended = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        ended.push((SessionId(unsigned(row.int("id")?)), rows::token(row)?));
    }
    Ok(Outcome::Revoked(ended))
}

fn has_users(connection: &Connection, tenant: TenantId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE tenant_id = ?)";
    let has = connection.query_row(sql, [signed(tenant.0)], |row| row.get(0));
    has.map_err(failed)
}

fn open_setup(
    connection: &Connection,
    tenant: TenantId,
    token: &TokenHash,
    expires_at_ms: i64,
) -> Result<Outcome, StoreError> {
    if has_users(connection, tenant)? {
        return Ok(Outcome::Taken);
    }
    let sql = "INSERT INTO setup_links (tenant_id, token_hash, expires_at_ms) VALUES (?, ?, ?) \
               ON CONFLICT (tenant_id) DO UPDATE SET token_hash = excluded.token_hash, \
               expires_at_ms = excluded.expires_at_ms";
    execute(
        connection,
        sql,
        params![signed(tenant.0), token.0, expires_at_ms],
    )?;
    Ok(Outcome::Applied)
}

fn complete_setup(
    connection: &Connection,
    token: &TokenHash,
    at_ms: i64,
    user: &User,
    session: &Session,
) -> Result<Outcome, StoreError> {
    if has_users(connection, user.tenant)? {
        return Ok(Outcome::Taken);
    }
    let sql =
        "DELETE FROM setup_links WHERE tenant_id = ? AND token_hash = ? AND expires_at_ms > ?";
    let used = execute(
        connection,
        sql,
        params![signed(user.tenant.0), token.0, at_ms],
    )?;
    if used == 0 {
        return Ok(Outcome::Taken);
    }
    create_user(connection, user)?;
    create_session(connection, session)?;
    Ok(Outcome::Applied)
}
