//! Room: what agents and groups own, and what keeps them within their bounds. Decided where it is
//! stored, so that no core's memory, stale or not, can give one too many (ADR 59).

use std::sync::Arc;

use kefu_types::{AgentId, GroupId, TenantId};

use super::{Advance, Known, KnownHead, Outcome};
use crate::model::Head;

/// Refuses an assignment that would give an agent more than they may own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerGuard {
    /// Who would own it.
    pub agent: AgentId,
    /// How many they may own, this one included.
    pub capacity: u32,
}

/// Refuses an assignment that would give a group more than it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupGuard {
    /// Whose conversations count: the group's, and with the default one's those of groups that are
    /// disabled.
    pub groups: Arc<[GroupId]>,
    /// How many of them may be owned, this one included.
    pub capacity: u32,
}

impl Known {
    /// What there is no room for, if anything: the outcome of an assignment that is refused.
    pub(super) fn full(&self, advance: &Advance) -> Option<Outcome> {
        let head = &*advance.head;
        let before = self.heads.get(&(head.tenant, head.id)).copied();
        if let Some(guard) = advance.guard
            && self.owned(head.tenant, guard.agent, before) >= guard.capacity
        {
            return Some(Outcome::CapacityFull);
        }
        let guard = advance.room.as_ref()?;
        // Who goes from one agent of the group to another takes no more of it.
        let stays = before.and_then(KnownHead::room);
        let stays = stays.is_some_and(|group| guard.groups.contains(&group));
        let full = !stays && self.taken(head.tenant, &guard.groups) >= guard.capacity;
        full.then_some(Outcome::GroupFull)
    }

    /// Conversations that `agent` owns, the one that is `before` not counted.
    fn owned(&self, tenant: TenantId, agent: AgentId, before: Option<KnownHead>) -> u32 {
        let all = self.owners.get(&(tenant, agent)).copied().unwrap_or(0);
        let own = before.is_some_and(|before| before.owner == Some(agent));
        all.saturating_sub(u32::from(own))
    }

    /// Conversations of these groups that anybody owns.
    fn taken(&self, tenant: TenantId, groups: &[GroupId]) -> u32 {
        let counts = groups
            .iter()
            .filter_map(|group| self.rooms.get(&(tenant, *group)));
        counts.sum()
    }

    /// A conversation is this from now on, and takes the room that it says.
    pub(super) fn put(&mut self, head: &Head) {
        let (tenant, now) = (head.tenant, KnownHead::from(head));
        let before = self.heads.insert((tenant, head.id), now);
        // Who was not asked for is not in the maps, and needs no count.
        let (lost, won) = (before.and_then(|before| before.owner), now.owner);
        if lost != won {
            if let Some(count) = lost.and_then(|agent| self.owners.get_mut(&(tenant, agent))) {
                *count = count.saturating_sub(1);
            }
            if let Some(agent) = won {
                *self.owners.entry((tenant, agent)).or_default() += 1;
            }
        }
        let (left, taken) = (before.and_then(KnownHead::room), now.room());
        if left != taken {
            if let Some(count) = left.and_then(|group| self.rooms.get_mut(&(tenant, group))) {
                *count = count.saturating_sub(1);
            }
            if let Some(group) = taken {
                *self.rooms.entry((tenant, group)).or_default() += 1;
            }
        }
    }
}
