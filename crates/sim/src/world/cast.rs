//! Who there is. Users and their sessions are put into the store directly: hashing a password
//! runs on threads of its own, whose order no seed decides.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use kefu_chat::{Group, Session, Subject, TokenHash, User, store::Change};
use kefu_proto::v1::{AgentStatus, Role};
use kefu_types::{AgentId, SessionId, TenantId};

use super::teams;
use crate::{check::Staff, run::Run, scene::Scene};

pub(super) const TENANTS: [(&str, TenantId); 2] =
    [("default", TenantId(1)), ("other", TenantId(2))];

/// Somebody who works here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hire {
    pub(super) id: u64,
    pub(super) tenant: TenantId,
    pub(super) role: Role,
    pub(super) capacity: u32,
    /// They are asked first.
    pub(super) manual: bool,
}

/// Id, tenant, role, capacity.
const STAFF: [(u64, TenantId, Role, u32); 6] = [
    (11, TenantId(1), Role::Agent, 1),
    (12, TenantId(1), Role::Agent, 2),
    (13, TenantId(1), Role::Supervisor, 1),
    (21, TenantId(2), Role::Agent, 1),
    (22, TenantId(2), Role::Agent, 3),
    (23, TenantId(2), Role::Admin, 1),
];

/// Every session outlives every jump of a clock.
const EXPIRES_MS: i64 = 2_000_000_000_000;

/// Somebody who asks.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) tenant: TenantId,
    pub(super) token: String,
    pub(super) id: u64,
    pub(super) conversation: u64,
}

/// Somebody who works.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: u64,
    pub(super) tenant: TenantId,
    /// They are asked first.
    pub(super) manual: bool,
    /// Where their workspace connects.
    pub(super) edge: usize,
    logins: AtomicU64,
}

/// Who works in a world.
pub(super) fn staff(scene: Scene) -> Vec<Hire> {
    if scene.has_groups() {
        return teams::staff(scene);
    }
    let hire = |(id, tenant, role, capacity)| Hire {
        id,
        tenant,
        role,
        capacity,
        manual: false,
    };
    STAFF.map(hire).to_vec()
}

/// What the checker knows of them.
pub(super) fn known(staff: &[Hire]) -> BTreeMap<u64, Staff> {
    let row = |one: &Hire| {
        let staff = Staff {
            tenant: one.tenant.0,
            capacity: usize::try_from(one.capacity).unwrap_or(usize::MAX),
            manual: one.manual,
            oversees: matches!(one.role, Role::Supervisor | Role::Admin),
        };
        (one.id, staff)
    };
    staff.iter().map(row).collect()
}

/// Puts tenants, users and groups into the store, each user with a session.
pub(super) fn hire(run: &Run, staff: &[Hire], teams: &[Group]) -> Vec<Agent> {
    let tenants = TENANTS.map(|(name, id)| Change::CreateTenant {
        id,
        name: name.to_owned(),
    });
    let users = staff.iter().map(|one| {
        let id = one.id;
        Change::CreateUser(User {
            tenant: one.tenant,
            id: AgentId(id),
            login: format!("agent{id}"),
            name: format!("Agent {id}"),
            password_hash: String::new(),
            role: one.role,
            capacity: one.capacity,
            status: AgentStatus::Free,
            away_reason: String::new(),
            manual_accept: one.manual,
            disabled: false,
            version: 1,
            created_at_ms: 0,
        })
    });
    let groups = teams
        .iter()
        .map(|team| Change::PutGroup(Box::new(team.clone())));
    let changes: Vec<Change> = tenants.into_iter().chain(users).chain(groups).collect();
    let stored = run.disk.apply(&changes);
    debug_assert!(stored.is_ok(), "an empty store takes anything");
    let agent = |one: &Hire| {
        let agent = Agent {
            id: one.id,
            tenant: one.tenant,
            manual: one.manual,
            // Both of a tenant's agents on one edge, none on the last one.
            edge: usize::from(one.tenant == TENANTS[1].1),
            logins: AtomicU64::new(0),
        };
        agent.log_in(run);
        agent
    };
    staff.iter().map(agent).collect()
}

impl Agent {
    /// The token of the newest session.
    pub(super) fn token(&self) -> String {
        format!("token-{}-{}", self.id, self.logins.load(Ordering::SeqCst))
    }

    /// The newest session.
    pub(super) fn session(&self) -> u64 {
        self.id * 1_000 + self.logins.load(Ordering::SeqCst)
    }

    /// A new session, made by somebody else than the process that is tried.
    pub(super) fn log_in(&self, run: &Run) {
        self.logins.fetch_add(1, Ordering::SeqCst);
        let session = Session {
            id: SessionId(self.session()),
            tenant: self.tenant,
            token: TokenHash::of(&self.token()),
            subject: Subject::User(AgentId(self.id)),
            created_at_ms: 0,
            expires_at_ms: EXPIRES_MS,
            revoked_at_ms: 0,
        };
        let stored = run.disk.apply(&[Change::CreateSession(session)]);
        debug_assert!(stored.is_ok(), "a session has its own number");
    }
}
