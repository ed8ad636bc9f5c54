//! Groups: a row and those of its members, written together.

use kefu_chat::{
    Group,
    store::{Outcome, StoreError},
};
use kefu_types::TenantId;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    columns::{Columns, Parameters},
    error::sort,
    readers::Readers,
};
use crate::{
    groups::{GROUPS, ORDER, groups},
    rows::signed,
};

/// A new group, or the next version of one, with the members that it has from now on.
pub(crate) async fn put(
    connection: &mut PgConnection,
    group: &Group,
) -> Result<Outcome, StoreError> {
    let written = if group.version == 1 {
        create(connection, group).await?
    } else {
        update(connection, group).await?
    };
    if written == 0 {
        return Ok(match group.version {
            1 => Outcome::Taken,
            _ => Outcome::VersionConflict,
        });
    }
    let sql = "DELETE FROM group_members WHERE tenant_id = $1 AND group_id = $2";
    let query = sqlx::query(sql)
        .bind(signed(group.tenant.0))
        .bind(signed(group.id.0));
    query.execute(&mut *connection).await.map_err(sort)?;
    members(connection, group).await?;
    Ok(Outcome::Applied)
}

async fn members(connection: &mut PgConnection, group: &Group) -> Result<(), StoreError> {
    if group.members.is_empty() {
        return Ok(());
    }
    let own = |value: u64| group.members.iter().map(move |_| signed(value));
    let agents = group.members.iter().map(|member| signed(member.agent.0));
    let levels = group.members.iter().map(|member| i64::from(member.level));
    let columns = Columns::default()
        .ints("tenant_id", own(group.tenant.0))
        .ints("group_id", own(group.id.0))
        .ints("agent_id", agents)
        .ints("level", levels);
    let mut parameters = Parameters::default();
    let names = columns.names();
    let rows = parameters.unnest("n", columns);
    let sql = format!("INSERT INTO group_members ({names}) SELECT {names} FROM {rows}");
    let query = parameters.bind(sql);
    query.execute(connection).await.map(drop).map_err(sort)
}

async fn create(connection: &mut PgConnection, group: &Group) -> Result<u64, StoreError> {
    let sql = "INSERT INTO agent_groups (tenant_id, id, key, name, strategy, overflow_id, overflow_after_s, \
               capacity, manual_accept, disabled, version, created_at_ms, calendar, first_reply_s, \
               resolution_minutes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
               ON CONFLICT DO NOTHING";
    let query = sqlx::query(sql)
        .bind(signed(group.tenant.0))
        .bind(signed(group.id.0))
        .bind(&group.key)
        .bind(&group.name)
        .bind(i64::from(i32::from(group.strategy)))
        .bind(group.overflow.map(|id| signed(id.0)))
        .bind(i64::from(group.overflow_after_s))
        .bind(i64::from(group.capacity))
        .bind(group.manual_accept)
        .bind(group.disabled)
        .bind(signed(group.version))
        .bind(group.created_at_ms)
        .bind(&group.calendar)
        .bind(group.first_reply_s.map(i64::from))
        .bind(group.resolution_minutes.map(i64::from));
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(done.rows_affected())
}

async fn update(connection: &mut PgConnection, group: &Group) -> Result<u64, StoreError> {
    let sql = "UPDATE agent_groups SET name = $1, strategy = $2, overflow_id = $3, overflow_after_s = $4, \
               capacity = $5, manual_accept = $6, disabled = $7, version = $8, calendar = $9, \
               first_reply_s = $10, resolution_minutes = $11 \
               WHERE tenant_id = $12 AND id = $13 AND version = $14";
    let query = sqlx::query(sql)
        .bind(&group.name)
        .bind(i64::from(i32::from(group.strategy)))
        .bind(group.overflow.map(|id| signed(id.0)))
        .bind(i64::from(group.overflow_after_s))
        .bind(i64::from(group.capacity))
        .bind(group.manual_accept)
        .bind(group.disabled)
        .bind(signed(group.version))
        .bind(&group.calendar)
        .bind(group.first_reply_s.map(i64::from))
        .bind(group.resolution_minutes.map(i64::from))
        .bind(signed(group.tenant.0))
        .bind(signed(group.id.0))
        .bind(signed(group.version) - 1);
    let done = query.execute(connection).await.map_err(sort)?;
    Ok(done.rows_affected())
}

/// Of one tenant, or of all.
pub(crate) async fn all(
    readers: &Readers,
    tenant: Option<TenantId>,
) -> Result<Vec<Group>, StoreError> {
    let question = || {
        let sql = format!("{GROUPS} WHERE $1::bigint IS NULL OR g.tenant_id = $1 {ORDER}");
        sqlx::query(AssertSqlSafe(sql)).bind(tenant.map(|tenant| signed(tenant.0)))
    };
    groups(&readers.rows(question).await?)
}
