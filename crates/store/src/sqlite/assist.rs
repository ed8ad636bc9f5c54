//! Counts of proposed replies, and pages of visitors.

use kefu_chat::store::{Change, NewPage, Outcome, StoreError, taken_in};
use kefu_proto::v1;
use kefu_types::{TenantId, VisitorId};
use rusqlite::{Connection, params};
use sqlx::SqlitePool;

use super::{error::sort, kept::execute};
use crate::{
    assist::{ADD, COUNTS, PAGES, SEE, TRIM, counts, page},
    rows::signed,
};

/// What was proposed is counted, and a page is kept.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::CountProposed(counts) => {
            for row in counts {
                let key = (row.tenant, row.day, row.intent.as_str());
                add(connection, key, [row.count, 0, 0])?;
            }
            Ok(Outcome::Applied)
        }
        Change::SeePage(new) => see(connection, new),
        _ => Ok(Outcome::Missing),
    }
}

/// Proposals that messages of this batch took.
pub(crate) fn taken(
    connection: &Connection,
    messages: &[(TenantId, &v1::Message)],
) -> Result<(), StoreError> {
    for ((tenant, day, intent), (taken, edited)) in taken_in(messages.iter().copied()) {
        add(
            connection,
            (tenant, day, intent.as_str()),
            [0, taken, edited],
        )?;
    }
    Ok(())
}

fn add(
    connection: &Connection,
    (tenant, day, intent): (TenantId, i64, &str),
    [proposed, taken, edited]: [u64; 3],
) -> Result<(), StoreError> {
    let values = params![
        signed(tenant.0),
        day,
        intent,
        signed(proposed),
        signed(taken),
        signed(edited),
    ];
    execute(connection, ADD, values).map(drop)
}

fn see(connection: &Connection, new: &NewPage) -> Result<Outcome, StoreError> {
    let (tenant, visitor) = (signed(new.tenant.0), signed(new.visitor.0));
    let v1::PageSeen {
        url,
        title,
        referrer,
        id,
        seen_at_ms,
    } = &new.page;
    let values = params![
        tenant,
        visitor,
        signed(*id),
        seen_at_ms,
        url,
        title,
        referrer
    ];
    execute(connection, SEE, values)?;
    execute(
        connection,
        TRIM,
        params![tenant, visitor, i64::from(new.pages_max)],
    )?;
    Ok(Outcome::Applied)
}

pub(crate) async fn counted(
    readers: &SqlitePool,
    tenant: TenantId,
    from_day: i64,
) -> Result<Vec<v1::AssistCount>, StoreError> {
    let query = sqlx::query(COUNTS).bind(signed(tenant.0)).bind(from_day);
    counts(&query.fetch_all(readers).await.map_err(sort)?)
}

pub(crate) async fn pages(
    readers: &SqlitePool,
    tenant: TenantId,
    visitor: VisitorId,
    limit: u32,
) -> Result<Vec<v1::PageSeen>, StoreError> {
    let query = sqlx::query(PAGES)
        .bind(signed(tenant.0))
        .bind(signed(visitor.0))
        .bind(i64::from(limit));
    let rows = query.fetch_all(readers).await.map_err(sort)?;
    rows.iter().map(page).collect()
}
