//! The index of terms: written with the messages, read by searches.
//!
//! Documents travel as one JSON array and are taken apart by `json_each`: one prepared statement
//! for any number. They hold nothing that JSON would escape.

use std::collections::HashSet;

use kefu_chat::store::{MessageKey, StoreError};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{ConversationId, TenantId};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};

use super::error::sort;
use crate::{
    rows::{self, Cells as _, MESSAGE, signed, unsigned},
    search::{Piece, fts_document, fts_query, message_columns},
};

/// Indexes messages in the transaction that stores them. What is indexed already is passed over.
pub(crate) async fn index(
    connection: &mut SqliteConnection,
    messages: &[(TenantId, &v1::Message)],
) -> Result<(), StoreError> {
    let documents: Vec<(TenantId, &v1::Message, String)> = messages
        .iter()
        .filter_map(|(tenant, message)| Some((*tenant, *message, fts_document(*tenant, message)?)))
        .collect();
    if documents.is_empty() {
        return Ok(());
    }
    let places = documents.iter().map(|(tenant, message, _)| {
        let (id, conversation) = (signed(message.id), signed(message.conversation_id));
        let (tenant, seq) = (signed(tenant.0), signed(message.seq));
        format!("[{id},{tenant},{conversation},{seq}]")
    });
    let sql = "INSERT INTO search_rows (id, tenant_id, conversation_id, seq) \
               SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true \
               ON CONFLICT DO NOTHING RETURNING id";
    let new: Vec<i64> = sqlx::query_scalar(sql)
        .bind(array(places))
        .fetch_all(&mut *connection)
        .await
        .map_err(sort)?;
    let new: HashSet<i64> = new.into_iter().collect();
    let documents = documents
        .iter()
        .filter(|(_, message, _)| new.contains(&signed(message.id)))
        .map(|(_, message, terms)| format!("[{},\"{terms}\"]", signed(message.id)));
    let sql = "INSERT INTO search_terms (rowid, terms) \
               SELECT value ->> 0, value ->> 1 FROM json_each(?)";
    let query = sqlx::query(sql).bind(array(documents));
    query.execute(connection).await.map(drop).map_err(sort)
}

fn array(parts: impl Iterator<Item = String>) -> String {
    format!("[{}]", parts.collect::<Vec<_>>().join(","))
}

/// Takes messages of a tenant out of the index, in the transaction that takes them back. Says how
/// many were in it.
pub(crate) async fn unindex(
    connection: &mut SqliteConnection,
    tenant: TenantId,
    ids: &[u64],
) -> Result<usize, StoreError> {
    let list = |ids: &[i64]| array(ids.iter().map(ToString::to_string));
    let ids: Vec<i64> = ids.iter().copied().map(signed).collect();
    let sql = "DELETE FROM search_rows WHERE tenant_id = ? \
               AND id IN (SELECT value FROM json_each(?)) RETURNING id";
    let gone: Vec<i64> = sqlx::query_scalar(sql)
        .bind(signed(tenant.0))
        .bind(list(&ids))
        .fetch_all(&mut *connection)
        .await
        .map_err(sort)?;
    let sql = "DELETE FROM search_terms WHERE rowid IN (SELECT value FROM json_each(?))";
    let query = sqlx::query(sql).bind(list(&gone));
    query.execute(connection).await.map_err(sort)?;
    Ok(gone.len())
}

/// Takes what is recalled out of the index, in the transaction that recalls it.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    recalled: &[(MessageKey, u64)],
) -> Result<(), StoreError> {
    let sql = "SELECT id FROM messages WHERE tenant_id = ? AND conversation_id = ? AND seq = ?";
    for ((tenant, conversation, seq), _) in recalled {
        let found = sqlx::query(sql)
            .bind(signed(tenant.0))
            .bind(signed(conversation.0));
        let found = found.bind(signed(*seq)).fetch_optional(&mut *connection);
        if let Some(row) = found.await.map_err(sort)? {
            unindex(connection, *tenant, &[unsigned(row.int("id")?)]).await?;
        }
    }
    Ok(())
}

/// Notes whether this program indexes what it writes. Where an earlier one did not, everything is
/// looked at once more; where this one does not, nothing stays indexed.
pub(crate) async fn settle(
    connection: &mut SqliteConnection,
    enabled: bool,
) -> Result<(), sqlx::Error> {
    let was: bool = sqlx::query_scalar("SELECT is_on FROM search_state")
        .fetch_one(&mut *connection)
        .await?;
    if was == enabled {
        return Ok(());
    }
    let forget = "INSERT INTO search_terms (search_terms) VALUES ('delete-all'); \
                  DELETE FROM search_rows;";
    let forget = if enabled { "" } else { forget };
    let sql = format!(
        "BEGIN IMMEDIATE; {forget} UPDATE search_state SET is_on = {enabled}, is_whole = FALSE, \
         tenant_id = 0, conversation_id = 0, seq = 0; COMMIT"
    );
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(drop)
}

/// Indexes some of what was written while nothing was. Says whether all is indexed now.
pub(crate) async fn index_older(
    connection: &mut SqliteConnection,
    messages_max: u32,
) -> Result<bool, StoreError> {
    let sql = "SELECT is_whole, tenant_id, conversation_id, seq FROM search_state";
    let state = sqlx::query(sql).fetch_one(&mut *connection).await;
    let state = state.map_err(sort)?;
    if state.flag("is_whole")? {
        return Ok(true);
    }
    let sql = format!(
        "SELECT {MESSAGE} FROM messages WHERE (tenant_id, conversation_id, seq) > (?, ?, ?) \
         ORDER BY tenant_id, conversation_id, seq LIMIT ?"
    );
    let found = sqlx::query(AssertSqlSafe(sql))
        .bind(state.int("tenant_id")?)
        .bind(state.int("conversation_id")?)
        .bind(state.int("seq")?)
        .bind(messages_max)
        .fetch_all(&mut *connection)
        .await
        .map_err(sort)?;
    let piece = Piece::of(&found, messages_max)?;
    index(connection, &piece.messages()).await?;
    let sql = "UPDATE search_state SET is_whole = ?, tenant_id = ?, conversation_id = ?, seq = ?";
    let (tenant, conversation, seq) = piece.end;
    let query = sqlx::query(sql).bind(piece.whole);
    let query = query.bind(tenant).bind(conversation).bind(seq);
    query.execute(connection).await.map_err(sort)?;
    Ok(piece.whole)
}

/// Messages that match, newest first.
pub(crate) async fn search(
    readers: &SqlitePool,
    (tenant, query): (TenantId, &Query),
    conversation: Option<ConversationId>,
    before: u64,
    limit: u32,
) -> Result<Vec<v1::Message>, StoreError> {
    let Some(terms) = fts_query(tenant, query, conversation) else {
        return Ok(Vec::new());
    };
    // FTS5 walks its rows from the newest on and ends at the limit.
    let sql = format!(
        "SELECT {} FROM search_terms CROSS JOIN search_rows AS r ON r.id = search_terms.rowid \
         CROSS JOIN messages AS m ON m.tenant_id = r.tenant_id \
         AND m.conversation_id = r.conversation_id AND m.seq = r.seq \
         WHERE search_terms MATCH ? AND search_terms.rowid < ? AND r.tenant_id = ? \
         ORDER BY search_terms.rowid DESC LIMIT ?",
        message_columns("m")
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(terms)
        .bind(i64::try_from(before).unwrap_or(i64::MAX))
        .bind(signed(tenant.0))
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(sort)?;
    rows.iter().map(rows::message).collect()
}
