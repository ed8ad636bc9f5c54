//! Counts of proposed replies, and pages of visitors.

use std::collections::BTreeMap;

use kefu_chat::store::{Change, NewPage, Outcome, StoreError};
use kefu_proto::v1;
use kefu_types::{TenantId, VisitorId};
use sqlx::PgConnection;

use super::{error::sort, readers::Readers};
use crate::{
    assist::{ADD, COUNTS, PAGES, SEE, TRIM, counts, page},
    rows::signed,
};

/// What was proposed is counted, and a page is kept.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::CountProposed(counts) => {
            for row in counts {
                let key = (row.tenant, row.day, row.intent.as_str());
                add(connection, key, [row.count, 0, 0]).await?;
            }
            Ok(Outcome::Applied)
        }
        Change::SeePage(new) => see(connection, new).await,
        _ => Ok(Outcome::Missing),
    }
}

/// Proposals that messages of this batch took, in one order whatever the batch.
pub(crate) async fn taken(
    connection: &mut PgConnection,
    taken: &BTreeMap<(TenantId, i64, String), (u64, u64)>,
) -> Result<(), StoreError> {
    for ((tenant, day, intent), (taken, edited)) in taken {
        add(
            connection,
            (*tenant, *day, intent.as_str()),
            [0, *taken, *edited],
        )
        .await?;
    }
    Ok(())
}

async fn add(
    connection: &mut PgConnection,
    (tenant, day, intent): (TenantId, i64, &str),
    [proposed, taken, edited]: [u64; 3],
) -> Result<(), StoreError> {
    let query = sqlx::query(ADD)
        .bind(signed(tenant.0))
        .bind(day)
        .bind(intent)
        .bind(signed(proposed))
        .bind(signed(taken))
        .bind(signed(edited));
    query.execute(connection).await.map_err(sort)?;
    Ok(())
}

async fn see(connection: &mut PgConnection, new: &NewPage) -> Result<Outcome, StoreError> {
    let (tenant, visitor) = (signed(new.tenant.0), signed(new.visitor.0));
    let query = sqlx::query(SEE)
        .bind(tenant)
        .bind(visitor)
        .bind(signed(new.page.id))
        .bind(new.page.seen_at_ms)
        .bind(&new.page.url)
        .bind(&new.page.title)
        .bind(&new.page.referrer);
    query.execute(&mut *connection).await.map_err(sort)?;
    let query = sqlx::query(TRIM)
        .bind(tenant)
        .bind(visitor)
        .bind(i64::from(new.pages_max));
    query.execute(connection).await.map_err(sort)?;
    Ok(Outcome::Applied)
}

pub(crate) async fn counted(
    readers: &Readers,
    tenant: TenantId,
    from_day: i64,
) -> Result<Vec<v1::AssistCount>, StoreError> {
    let question = || sqlx::query(COUNTS).bind(signed(tenant.0)).bind(from_day);
    counts(&readers.rows(question).await?)
}

pub(crate) async fn pages(
    readers: &Readers,
    tenant: TenantId,
    visitor: VisitorId,
    limit: u32,
) -> Result<Vec<v1::PageSeen>, StoreError> {
    let question = || {
        sqlx::query(PAGES)
            .bind(signed(tenant.0))
            .bind(signed(visitor.0))
            .bind(i64::from(limit))
    };
    readers.rows(question).await?.iter().map(page).collect()
}
