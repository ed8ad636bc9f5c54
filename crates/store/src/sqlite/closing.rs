//! Ratings and summaries of talks.

use kefu_chat::store::{Change, Outcome, StoreError};
use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};
use prost::Message as _;
use rusqlite::{Connection, params};
use sqlx::SqlitePool;

use super::{
    error::sort,
    events,
    kept::{execute, kept},
};
use crate::{
    endings::{ENDINGS, ending, rating_of},
    rows::{Cells as _, signed},
};

/// What a rating or a summary becomes.
pub(crate) fn change(connection: &Connection, change: &Change) -> Result<Outcome, StoreError> {
    match change {
        Change::Rate {
            tenant,
            rating,
            event,
        } => {
            let outcome = rate(connection, *tenant, rating)?;
            if outcome == Outcome::Applied {
                events::put(connection, &[(*tenant, &**event)])?;
            }
            Ok(outcome)
        }
        Change::Summarize { tenant, summary } => {
            let sql = "INSERT INTO summaries \
                       (tenant_id, conversation_id, ended_seq, agent_id, category, updated_at_ms, body) \
                       VALUES (?, ?, ?, ?, ?, ?, ?) \
                       ON CONFLICT (tenant_id, conversation_id, ended_seq) DO UPDATE SET \
                       agent_id = excluded.agent_id, category = excluded.category, \
                       updated_at_ms = excluded.updated_at_ms, body = excluded.body";
            let values = params![
                signed(tenant.0),
                signed(summary.conversation_id),
                signed(summary.ended_seq),
                signed(summary.agent_id),
                summary.category,
                summary.updated_at_ms,
                summary.encode_to_vec(),
            ];
            execute(connection, sql, values)?;
            Ok(Outcome::Applied)
        }
        _ => Ok(Outcome::Missing),
    }
}

fn rate(
    connection: &Connection,
    tenant: TenantId,
    rating: &v1::Rating,
) -> Result<Outcome, StoreError> {
    let key = [
        signed(tenant.0),
        signed(rating.conversation_id),
        signed(rating.ended_seq),
    ];
    let sql =
        "SELECT body FROM ratings WHERE tenant_id = ? AND conversation_id = ? AND ended_seq = ?";
    if let Some(first) = kept(connection, sql, key)?.first() {
        return Ok(Outcome::Rated(Box::new(rating_of(first.bytes("body")?)?)));
    }
    let sql = "INSERT INTO ratings \
               (tenant_id, conversation_id, ended_seq, agent_id, score, created_at_ms, body) \
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        signed(tenant.0),
        signed(rating.conversation_id),
        signed(rating.ended_seq),
        signed(rating.agent_id),
        rating.score,
        rating.created_at_ms,
        rating.encode_to_vec(),
    ];
    execute(connection, sql, values)?;
    Ok(Outcome::Applied)
}

pub(crate) async fn endings(
    readers: &SqlitePool,
    tenant: TenantId,
    id: ConversationId,
    limit: u32,
) -> Result<Vec<v1::Ending>, StoreError> {
    let query = sqlx::query(ENDINGS)
        .bind(signed(tenant.0))
        .bind(signed(id.0))
        .bind(i64::from(limit));
    let rows = query.fetch_all(readers).await.map_err(sort)?;
    rows.iter().map(ending).collect()
}
