//! Groups: a row and those of its members, written together.

use kefu_chat::{
    Group,
    store::{Outcome, StoreError},
};
use kefu_types::TenantId;
use rusqlite::{Connection, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{error::sort, kept::execute};
use crate::{
    groups::{GROUPS, ORDER, groups},
    rows::signed,
};

/// A new group, or the next version of one, with the members that it has from now on.
pub(crate) fn put(connection: &Connection, group: &Group) -> Result<Outcome, StoreError> {
    let written = if group.version == 1 {
        create(connection, group)?
    } else {
        update(connection, group)?
    };
    if written == 0 {
        return Ok(match group.version {
            1 => Outcome::Taken,
            _ => Outcome::VersionConflict,
        });
    }
    let keys = [signed(group.tenant.0), signed(group.id.0)];
    let sql = "DELETE FROM group_members WHERE tenant_id = ? AND group_id = ?";
    execute(connection, sql, keys)?;
    let sql =
        "INSERT INTO group_members (tenant_id, group_id, agent_id, level) VALUES (?, ?, ?, ?)";
    for member in &group.members {
        let values = params![keys[0], keys[1], signed(member.agent.0), member.level];
        execute(connection, sql, values)?;
    }
    Ok(Outcome::Applied)
}

fn create(connection: &Connection, group: &Group) -> Result<usize, StoreError> {
    let sql = "INSERT INTO agent_groups (tenant_id, id, key, name, strategy, overflow_id, overflow_after_s, \
               capacity, manual_accept, disabled, version, created_at_ms, calendar, first_reply_s, \
               resolution_minutes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
               ON CONFLICT DO NOTHING";
    let values = params![
        signed(group.tenant.0),
        signed(group.id.0),
        group.key,
        group.name,
        i32::from(group.strategy),
        group.overflow.map(|id| signed(id.0)),
        group.overflow_after_s,
        group.capacity,
        group.manual_accept,
        group.disabled,
        signed(group.version),
        group.created_at_ms,
        group.calendar,
        group.first_reply_s,
        group.resolution_minutes,
    ];
    execute(connection, sql, values)
}

fn update(connection: &Connection, group: &Group) -> Result<usize, StoreError> {
    let sql = "UPDATE agent_groups SET name = ?, strategy = ?, overflow_id = ?, overflow_after_s = ?, \
               capacity = ?, manual_accept = ?, disabled = ?, version = ?, calendar = ?, \
               first_reply_s = ?, resolution_minutes = ? \
               WHERE tenant_id = ? AND id = ? AND version = ?";
    let values = params![
        group.name,
        i32::from(group.strategy),
        group.overflow.map(|id| signed(id.0)),
        group.overflow_after_s,
        group.capacity,
        group.manual_accept,
        group.disabled,
        signed(group.version),
        group.calendar,
        group.first_reply_s,
        group.resolution_minutes,
        signed(group.tenant.0),
        signed(group.id.0),
        signed(group.version) - 1,
    ];
    execute(connection, sql, values)
}

/// Of one tenant, or of all.
pub(crate) async fn all(
    readers: &SqlitePool,
    tenant: Option<TenantId>,
) -> Result<Vec<Group>, StoreError> {
    let sql = format!("{GROUPS} WHERE ?1 IS NULL OR g.tenant_id = ?1 {ORDER}");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(tenant.map(|tenant| signed(tenant.0)));
    groups(&query.fetch_all(readers).await.map_err(sort)?)
}
