//! Groups: admins make and change them, everybody who works there may see them.

use std::{collections::BTreeSet, sync::Arc};

use kefu_proto::v1::{self, GroupStrategy};
use kefu_types::{AgentId, GroupId, TenantId};

use super::{Core, check};
use crate::{
    error::CoreError,
    model::{Group, Member},
    router::{LEVEL_BEST, LEVEL_LEAST},
    store::{Change, Outcome},
};

/// Characters of a key.
const KEY_CHARS_MAX: usize = 64;
/// A day: whoever has waited that long is not helped by a setting.
const OVERFLOW_S_MAX: u32 = 86_400;
/// Thirty days: who has waited that long was promised nothing.
const FIRST_REPLY_S_MAX: u32 = 30 * 86_400;
/// A year.
const RESOLUTION_MINUTES_MAX: u32 = 366 * 24 * 60;

impl Core {
    /// The groups of the tenant. Agents see which there are, and supervisors and admins also those
    /// that are disabled.
    ///
    /// # Errors
    /// `forbidden` to visitors.
    pub async fn list_groups(
        self: &Arc<Self>,
        request: v1::ListGroupsRequest,
    ) -> Result<v1::Groups, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        // Another core may have changed them.
        for group in self.store.groups(Some(user.tenant)).await? {
            self.group_changed(group);
        }
        let all = user.role != v1::Role::Agent;
        let groups = self.groups.of(user.tenant);
        let shown = groups.iter().filter(|group| all || !group.disabled);
        Ok(v1::Groups {
            groups: shown.map(|group| group_message(group)).collect(),
            away_reasons: self.settings.away_reasons.clone(),
            first_reply_s: whole(self.settings.sla.first_reply.as_secs()),
            resolution_minutes: whole(self.settings.sla.resolution.as_secs() / 60),
            calendars: self.calendars(),
        })
    }

    /// A new group.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks, `conflict` when the key exists, `invalid` with what is
    /// wrong.
    pub async fn create_group(
        self: &Arc<Self>,
        request: v1::CreateGroupRequest,
    ) -> Result<v1::Group, CoreError> {
        let (admin, _) = self.admin(&request.session).await?;
        let most = self.settings.limits.groups_max;
        if self.groups.of(admin.tenant).len() >= most {
            return Err(CoreError::Invalid(format!(
                "a tenant may have {most} groups"
            )));
        }
        let asked = request.group.unwrap_or_default();
        let id = GroupId(self.ids.next());
        let group = Group {
            key: key(&asked.key)?,
            version: 1,
            created_at_ms: self.clock.wall_ms(),
            ..self.group_of(admin.tenant, id, &asked)?
        };
        match self.put_group(group.clone()).await? {
            Outcome::Applied => Ok(group_message(&group)),
            _ => Err(CoreError::Conflict("this key exists".to_owned())),
        }
    }

    /// Replaces a group. Disabled, what it had falls into the default group.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks, `not_found`, `invalid`, and `conflict` when it has changed
    /// since it was read.
    pub async fn update_group(
        self: &Arc<Self>,
        request: v1::UpdateGroupRequest,
    ) -> Result<v1::Group, CoreError> {
        let (admin, _) = self.admin(&request.session).await?;
        let asked = request.group.unwrap_or_default();
        let id = GroupId(asked.id);
        let known = self
            .groups
            .get(admin.tenant, id)
            .ok_or(CoreError::NotFound("group"))?;
        if known.is_default() && asked.disabled {
            return Err(CoreError::Invalid(
                "the default group cannot be disabled: everything falls into it".to_owned(),
            ));
        }
        let group = Group {
            key: known.key.clone(),
            version: asked.version.saturating_add(1),
            created_at_ms: known.created_at_ms,
            ..self.group_of(admin.tenant, id, &asked)?
        };
        match self.put_group(group.clone()).await? {
            Outcome::Applied => Ok(group_message(&group)),
            _ => Err(CoreError::Conflict(
                "the group has changed since it was shown".to_owned(),
            )),
        }
    }

    /// The group that a hand-off names. A name that nobody knows is a mistake in the intents, and
    /// no reason to lose the visitor.
    pub(crate) fn group_named(&self, tenant: TenantId, key: &str) -> GroupId {
        if key.is_empty() {
            return GroupId(0);
        }
        match self.groups.by_key(tenant, key) {
            Some(group) if !group.disabled => group.id,
            _ => {
                let key: String = key.chars().take(KEY_CHARS_MAX).collect();
                tracing::warn!(
                    key,
                    "a hand-off names a group that is not there; the default one serves it"
                );
                GroupId(0)
            }
        }
    }

    /// Learns a group that is stored; what waits finds its line again.
    fn group_changed(self: &Arc<Self>, group: Group) {
        let tenant = group.tenant;
        if self.learn_group(group) {
            self.route(tenant);
        }
    }

    /// The book and the router know it from now on. Says whether it was new.
    pub(crate) fn learn_group(&self, group: Group) -> bool {
        let also = |group: &Group| self.routing.set_group(group);
        self.groups.learn(group, also)
    }

    async fn put_group(self: &Arc<Self>, group: Group) -> Result<Outcome, CoreError> {
        let change = Change::PutGroup(Box::new(group.clone()));
        let outcome = self.writer.write(change).await?;
        if outcome == Outcome::Applied {
            self.group_changed(group);
        }
        Ok(outcome)
    }

    /// A group as it was asked for, checked; key, version and age are the caller's.
    fn group_of(
        &self,
        tenant: TenantId,
        id: GroupId,
        asked: &v1::Group,
    ) -> Result<Group, CoreError> {
        let invalid = |why: &str| Err(CoreError::Invalid(why.to_owned()));
        let strategy = asked.strategy();
        if strategy == GroupStrategy::Unspecified {
            return invalid("the strategy is missing or unknown");
        }
        let overflow = asked.overflow_group_id.map(GroupId);
        if overflow == Some(id) {
            return invalid("a group does not help itself");
        }
        if overflow.is_some_and(|other| self.groups.get(tenant, other).is_none()) {
            return Err(CoreError::NotFound("overflow group"));
        }
        if asked.overflow_after_s > OVERFLOW_S_MAX {
            return invalid("help after more than a day is none");
        }
        if asked.first_reply_s.is_some_and(|s| s > FIRST_REPLY_S_MAX) {
            return invalid("a first reply is promised within 30 days, or not at all");
        }
        let resolution = asked.resolution_minutes;
        if resolution.is_some_and(|minutes| minutes > RESOLUTION_MINUTES_MAX) {
            return invalid("the end of a talk is promised within a year, or not at all");
        }
        Ok(Group {
            name: check::name("name", &asked.name, &self.settings.limits, id.0 == 0)?,
            strategy,
            overflow,
            overflow_after_s: overflow.map_or(0, |_| asked.overflow_after_s),
            capacity: asked.capacity,
            manual_accept: asked.manual_accept,
            members: self.members(tenant, &asked.members)?,
            disabled: asked.disabled,
            calendar: self.calendar(&asked.calendar)?,
            first_reply_s: asked.first_reply_s,
            resolution_minutes: resolution,
            id,
            ..Group::default_of(tenant)
        })
    }

    /// Keys of the calendars that a group may have.
    fn calendars(&self) -> Vec<String> {
        let office = self.settings.office.iter();
        office
            .flat_map(|office| office.calendars.keys().cloned())
            .collect()
    }

    fn calendar(&self, asked: &str) -> Result<String, CoreError> {
        if !asked.is_empty() && !self.calendars().iter().any(|key| key == asked) {
            return Err(CoreError::NotFound("calendar"));
        }
        Ok(asked.to_owned())
    }

    fn members(
        &self,
        tenant: TenantId,
        asked: &[v1::GroupMember],
    ) -> Result<Vec<Member>, CoreError> {
        let mut seen = BTreeSet::new();
        let mut members = Vec::with_capacity(asked.len());
        for one in asked {
            let agent = AgentId(one.agent_id);
            if self.directory.get(tenant, agent).is_none() {
                return Err(CoreError::NotFound("agent"));
            }
            let level = u8::try_from(one.level).unwrap_or(0);
            if !(LEVEL_BEST..=LEVEL_LEAST).contains(&level) {
                return Err(CoreError::Invalid(format!(
                    "a level is {LEVEL_BEST} (the best) to {LEVEL_LEAST}"
                )));
            }
            if !seen.insert(agent) {
                return Err(CoreError::Invalid("an agent is listed twice".to_owned()));
            }
            members.push(Member { agent, level });
        }
        members.sort_by_key(|member| member.agent);
        Ok(members)
    }
}

fn key(key: &str) -> Result<String, CoreError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.chars().all(allowed) {
        return Err(CoreError::Invalid(format!(
            "a group's key must be 1 to {KEY_CHARS_MAX} characters of [a-z0-9_-]"
        )));
    }
    Ok(key.to_owned())
}

fn group_message(group: &Group) -> v1::Group {
    let members = group.members.iter().map(|member| v1::GroupMember {
        agent_id: member.agent.0,
        level: member.level.into(),
    });
    v1::Group {
        id: group.id.0,
        key: group.key.clone(),
        name: group.name.clone(),
        strategy: group.strategy.into(),
        overflow_group_id: group.overflow.map(|other| other.0),
        overflow_after_s: group.overflow_after_s,
        capacity: group.capacity,
        manual_accept: group.manual_accept,
        members: members.collect(),
        disabled: group.disabled,
        version: group.version,
        calendar: group.calendar.clone(),
        first_reply_s: group.first_reply_s,
        resolution_minutes: group.resolution_minutes,
    }
}

/// As numbers of settings are shown.
fn whole(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
