//! Groups and their members, whatever the database: one row for each member, one for a group that
//! has none.

use kefu_chat::{Group, Member, store::StoreError};
use kefu_proto::v1::GroupStrategy;
use kefu_types::{AgentId, GroupId, TenantId};

use crate::rows::{Cells, unreadable, unsigned};

/// Groups with their members, in order; a condition on `g` goes before the order.
pub(crate) const GROUPS: &str = "SELECT g.tenant_id, g.id, g.key, g.name, g.strategy, g.overflow_id, \
    g.overflow_after_s, g.capacity, g.manual_accept, g.disabled, g.version, g.created_at_ms, g.calendar, \
    g.first_reply_s, g.resolution_minutes, m.agent_id, m.level FROM agent_groups AS g LEFT JOIN group_members AS m \
    ON m.tenant_id = g.tenant_id AND m.group_id = g.id";
pub(crate) const ORDER: &str = "ORDER BY g.tenant_id, g.id, m.agent_id";

/// Rows of [`GROUPS`] in [`ORDER`].
pub(crate) fn groups<R: Cells>(rows: &[R]) -> Result<Vec<Group>, StoreError> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let next = group(row)?;
        let is_same = |last: &Group| (last.tenant, last.id) == (next.tenant, next.id);
        match groups.last_mut() {
            Some(last) if is_same(last) => last.members.extend(next.members),
            _ => groups.push(next),
        }
    }
    Ok(groups)
}

fn group(row: &impl Cells) -> Result<Group, StoreError> {
    let strategy = small::<i32>(row.int("strategy")?)?;
    let strategy =
        GroupStrategy::try_from(strategy).map_err(|error| unreadable("agent_groups", error))?;
    let overflow = row.maybe_int("overflow_id")?;
    Ok(Group {
        tenant: TenantId(unsigned(row.int("tenant_id")?)),
        id: GroupId(unsigned(row.int("id")?)),
        key: row.text("key")?,
        name: row.text("name")?,
        strategy,
        overflow: overflow.map(|id| GroupId(unsigned(id))),
        overflow_after_s: small(row.int("overflow_after_s")?)?,
        capacity: small(row.int("capacity")?)?,
        manual_accept: row.flag("manual_accept")?,
        members: member(row)?.into_iter().collect(),
        disabled: row.flag("disabled")?,
        version: unsigned(row.int("version")?),
        created_at_ms: row.int("created_at_ms")?,
        calendar: row.text("calendar")?,
        first_reply_s: row.maybe_int("first_reply_s")?.map(small).transpose()?,
        resolution_minutes: row
            .maybe_int("resolution_minutes")?
            .map(small)
            .transpose()?,
    })
}

fn member(row: &impl Cells) -> Result<Option<Member>, StoreError> {
    let (Some(agent), Some(level)) = (row.maybe_int("agent_id")?, row.maybe_int("level")?) else {
        return Ok(None);
    };
    Ok(Some(Member {
        agent: AgentId(unsigned(agent)),
        level: small(level)?,
    }))
}

fn small<T: TryFrom<i64>>(value: i64) -> Result<T, StoreError> {
    let out = |_| unreadable("agent_groups", format!("{value} is out of range"));
    T::try_from(value).map_err(out)
}
