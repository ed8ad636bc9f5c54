//! Ratings and summaries of talks.

use kefu_chat::store::{Change, Outcome, StoreError};
use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};
use prost::Message as _;
use sqlx::PgConnection;

use super::{error::sort, events, readers::Readers};
use crate::{
    endings::{ENDINGS, ending, rating_of},
    rows::{Cells as _, signed},
};

/// What a rating or a summary becomes.
pub(crate) async fn change(
    connection: &mut PgConnection,
    change: &Change,
) -> Result<Outcome, StoreError> {
    match change {
        Change::Rate {
            tenant,
            rating,
            event,
        } => {
            let outcome = rate(connection, *tenant, rating).await?;
            if outcome == Outcome::Applied {
                events::put(connection, &[(*tenant, &**event)]).await?;
            }
            Ok(outcome)
        }
        Change::Summarize { tenant, summary } => {
            let sql = "INSERT INTO summaries \
                       (tenant_id, conversation_id, ended_seq, agent_id, category, updated_at_ms, body) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7) \
                       ON CONFLICT (tenant_id, conversation_id, ended_seq) DO UPDATE SET \
                       agent_id = excluded.agent_id, category = excluded.category, \
                       updated_at_ms = excluded.updated_at_ms, body = excluded.body";
            let query = sqlx::query(sql)
                .bind(signed(tenant.0))
                .bind(signed(summary.conversation_id))
                .bind(signed(summary.ended_seq))
                .bind(signed(summary.agent_id))
                .bind(&summary.category)
                .bind(summary.updated_at_ms)
                .bind(summary.encode_to_vec());
            query.execute(connection).await.map_err(sort)?;
            Ok(Outcome::Applied)
        }
        _ => Ok(Outcome::Missing),
    }
}

/// Of two at once the second waits for the first and finds it.
async fn rate(
    connection: &mut PgConnection,
    tenant: TenantId,
    rating: &v1::Rating,
) -> Result<Outcome, StoreError> {
    let sql = "INSERT INTO ratings \
               (tenant_id, conversation_id, ended_seq, agent_id, score, created_at_ms, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (tenant_id, conversation_id, ended_seq) DO NOTHING";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(signed(rating.conversation_id))
        .bind(signed(rating.ended_seq))
        .bind(signed(rating.agent_id))
        .bind(i64::from(rating.score))
        .bind(rating.created_at_ms)
        .bind(rating.encode_to_vec());
    let done = query.execute(&mut *connection).await.map_err(sort)?;
    if done.rows_affected() > 0 {
        return Ok(Outcome::Applied);
    }
    let sql =
        "SELECT body FROM ratings WHERE tenant_id = $1 AND conversation_id = $2 AND ended_seq = $3";
    let query = sqlx::query(sql)
        .bind(signed(tenant.0))
        .bind(signed(rating.conversation_id))
        .bind(signed(rating.ended_seq));
    let first = query.fetch_one(connection).await.map_err(sort)?;
    Ok(Outcome::Rated(Box::new(rating_of(first.bytes("body")?)?)))
}

pub(crate) async fn endings(
    readers: &Readers,
    tenant: TenantId,
    id: ConversationId,
    limit: u32,
) -> Result<Vec<v1::Ending>, StoreError> {
    let question = || {
        sqlx::query(ENDINGS)
            .bind(signed(tenant.0))
            .bind(signed(id.0))
            .bind(i64::from(limit))
    };
    readers.rows(question).await?.iter().map(ending).collect()
}
