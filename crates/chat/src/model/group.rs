//! Groups: who serves which conversations.

use kefu_proto::v1::GroupStrategy;
use kefu_types::{AgentId, GroupId, Millis, TenantId};

/// An agent in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub agent: AgentId,
    /// 1 is the best, 9 the least.
    pub level: u8,
}

/// A group with its members: one row of `groups` and those of `group_members`, changed only together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Whose.
    pub tenant: TenantId,
    /// Which; 0 is the default one, which is there even where no row is.
    pub id: GroupId,
    /// What intent files name it by, unique in the tenant.
    pub key: String,
    /// As people see it.
    pub name: String,
    /// Who gets the next one.
    pub strategy: GroupStrategy,
    /// Whose agents help.
    pub overflow: Option<GroupId>,
    /// Once somebody has waited this long.
    pub overflow_after_s: u32,
    /// Conversations of it that may be owned at once; 0: as many as its agents may.
    pub capacity: u32,
    /// Its conversations are offered, not given.
    pub manual_accept: bool,
    /// By agent.
    pub members: Vec<Member>,
    /// What it had is the default group's.
    pub disabled: bool,
    /// Grows by one with every change.
    pub version: u64,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
    /// Key of its calendar; empty: everybody's hours.
    pub calendar: String,
    /// A person's first words are promised within so many seconds, 0: nothing is; `None`: as everybody's.
    pub first_reply_s: Option<u32>,
    /// The end of the talk within so many minutes, likewise.
    pub resolution_minutes: Option<u32>,
}

impl Group {
    /// The default group of a tenant that has said nothing about it: everybody, the least loaded.
    #[must_use]
    pub fn default_of(tenant: TenantId) -> Self {
        Self {
            tenant,
            id: GroupId(0),
            key: "default".to_owned(),
            name: String::new(),
            strategy: GroupStrategy::LeastLoaded,
            overflow: None,
            overflow_after_s: 0,
            capacity: 0,
            manual_accept: false,
            members: Vec::new(),
            disabled: false,
            version: 0,
            created_at_ms: 0,
            calendar: String::new(),
            first_reply_s: None,
            resolution_minutes: None,
        }
    }

    /// Whether everything falls into it that names no other.
    #[must_use]
    pub const fn is_default(&self) -> bool {
        self.id.0 == 0
    }
}
