//! Tenants, people and sessions.

use kefu_chat::{
    Group, Session, Subject, User, Visitor,
    store::{Change, Lineage, Outcome, StoreError},
};
use kefu_proto::v1;
use kefu_types::{AgentId, SessionId, TenantId};

use super::tables::Tables;

/// A body with this word is one that this store cannot hold, by a rule that the core's checks
/// do not know.
pub(crate) const POISON: &str = "poison";

/// Whether the rules of the tables allow the change.
pub(super) fn acceptable(tables: &Tables, change: &Change) -> Result<(), StoreError> {
    let rejected = |why: &str| Err(StoreError::Rejected(why.to_owned()));
    match change {
        Change::CreateVisitor { visitor, head, .. }
            if tables.visitors.contains_key(&(visitor.tenant, visitor.id))
                || tables.heads.contains_key(&(head.tenant, head.id)) =>
        {
            rejected("the visitor exists")
        }
        Change::CreateSession(session) | Change::CreateVisitor { session, .. }
            if tables.sessions.contains_key(&session.token.0) =>
        {
            rejected("the session exists")
        }
        Change::Identify(arrival) if tables.sessions.contains_key(&arrival.session.token.0) => {
            rejected("the session exists")
        }
        Change::Advance(advance) if advance.messages.iter().any(is_poison) => rejected("poison"),
        _ => Ok(()),
    }
}

fn is_poison(message: &v1::Message) -> bool {
    let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
    matches!(kind, Some(v1::body::Kind::Text(text)) if text.text.contains(POISON))
}

pub(super) fn create_visitor(tables: &mut Tables, visitor: &Visitor, session: &Session) {
    let key = (visitor.tenant, visitor.id);
    tables.visitors.insert(key, visitor.clone());
    tables.sessions.insert(session.token.0, session.clone());
}

/// What a change that is not about a conversation becomes.
pub(super) fn change(tables: &mut Tables, change: &Change) -> Outcome {
    match change {
        Change::CreateTenant { id, name } => {
            if tables.tenants.contains_key(name) || tables.tenants.values().any(|known| known == id)
            {
                return Outcome::Taken;
            }
            tables.tenants.insert(name.clone(), *id);
            Outcome::Applied
        }
        Change::BeginEpoch { epoch, .. } if *epoch <= tables.lineage.epoch => {
            Outcome::VersionConflict
        }
        Change::BeginEpoch { identity, epoch } => {
            let known = tables.lineage.identity;
            tables.lineage = Lineage {
                identity: if known == 0 { *identity } else { known },
                epoch: *epoch,
            };
            Outcome::Applied
        }
        Change::CreateUser(user) => create_user(tables, user),
        Change::UpdateUser(user) => update_user(tables, user),
        Change::PutGroup(group) => put_group(tables, group),
        Change::CreateSession(session) => {
            tables.sessions.insert(session.token.0, session.clone());
            Outcome::Applied
        }
        Change::RevokeSessions {
            tenant,
            session,
            user,
            except,
            at_ms,
        } => revoke(tables, *tenant, (*session, *user, *except), *at_ms),
        Change::OpenSetup {
            tenant,
            token,
            expires_at_ms,
        } => {
            if has_users(tables, *tenant) {
                return Outcome::Taken;
            }
            tables.setups.insert(*tenant, (token.0, *expires_at_ms));
            Outcome::Applied
        }
        Change::CompleteSetup {
            token,
            at_ms,
            user,
            session,
        } => {
            let link = tables.setups.get(&user.tenant);
            let good = link.is_some_and(|(known, until)| *known == token.0 && at_ms < until);
            if !good || has_users(tables, user.tenant) {
                return Outcome::Taken;
            }
            tables.setups.remove(&user.tenant);
            tables.sessions.insert(session.token.0, session.clone());
            create_user(tables, user)
        }
        _ => Outcome::Missing,
    }
}

fn has_users(tables: &Tables, tenant: TenantId) -> bool {
    tables.users.keys().any(|(whose, _)| *whose == tenant)
}

fn put_group(tables: &mut Tables, group: &Group) -> Outcome {
    let key = (group.tenant, group.id);
    let known = tables.groups.get(&key).map(|known| known.version);
    let mut own = tables
        .groups
        .values()
        .filter(|known| known.tenant == group.tenant);
    let outcome = match (group.version, known) {
        (1, None) if own.all(|known| known.key != group.key) => Outcome::Applied,
        (1, _) => Outcome::Taken,
        (version, Some(known)) if known + 1 == version => Outcome::Applied,
        _ => Outcome::VersionConflict,
    };
    if outcome == Outcome::Applied {
        tables.groups.insert(key, group.clone());
    }
    outcome
}

fn create_user(tables: &mut Tables, user: &User) -> Outcome {
    let taken = tables.users.values().any(|known| {
        known.tenant == user.tenant && (known.login == user.login || known.id == user.id)
    });
    if taken {
        return Outcome::Taken;
    }
    tables.users.insert((user.tenant, user.id), user.clone());
    Outcome::Applied
}

pub(super) fn update_user(tables: &mut Tables, user: &User) -> Outcome {
    let admins: Vec<AgentId> = tables
        .users
        .values()
        .filter(|known| known.tenant == user.tenant && known.is_admin())
        .map(|known| known.id)
        .collect();
    if !user.is_admin() && admins == [user.id] {
        return Outcome::LastAdmin;
    }
    match tables.users.get_mut(&(user.tenant, user.id)) {
        Some(known) if known.version + 1 == user.version => {
            // The login and the birth of a row never change.
            *known = User {
                login: known.login.clone(),
                created_at_ms: known.created_at_ms,
                ..user.clone()
            };
            Outcome::Applied
        }
        _ => Outcome::VersionConflict,
    }
}

fn revoke(
    tables: &mut Tables,
    tenant: TenantId,
    (one, user, except): (Option<SessionId>, Option<AgentId>, Option<SessionId>),
    at_ms: i64,
) -> Outcome {
    let mut ended = Vec::new();
    for session in tables.sessions.values_mut() {
        let of_user = matches!(session.subject, Subject::User(id) if user == Some(id));
        let meant = one == Some(session.id) || (of_user && except != Some(session.id));
        if session.tenant == tenant && session.revoked_at_ms == 0 && meant {
            session.revoked_at_ms = at_ms.max(1);
            ended.push((session.id, session.token));
        }
    }
    Outcome::Revoked(ended)
}
