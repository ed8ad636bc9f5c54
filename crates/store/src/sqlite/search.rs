//! The index of terms: written with the messages, read by searches.

use kefu_chat::store::{MessageKey, StoreError};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{ConversationId, TenantId};
use rusqlite::{Connection, OptionalExtension as _, params};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{
    error::{failed, sort},
    kept::kept,
};
use crate::{
    rows::{self, Cells as _, MESSAGE, signed},
    search::{Piece, fts_document, fts_query, message_columns},
};

/// Indexes messages in the transaction that stores them. What is indexed already is passed over.
pub(crate) fn index(
    connection: &Connection,
    messages: &[(TenantId, &v1::Message)],
) -> Result<(), StoreError> {
    let place = "INSERT INTO search_rows (id, tenant_id, conversation_id, seq) VALUES (?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING";
    let terms = "INSERT INTO search_terms (rowid, terms) VALUES (?, ?)";
    let mut place = connection.prepare_cached(place).map_err(failed)?;
    let mut terms = connection.prepare_cached(terms).map_err(failed)?;
    for (tenant, message) in messages {
        let Some(document) = fts_document(*tenant, message) else {
            continue;
        };
        let id = signed(message.id);
        let (conversation, seq) = (signed(message.conversation_id), signed(message.seq));
        let new = place.execute([id, signed(tenant.0), conversation, seq]);
        if new.map_err(failed)? > 0 {
            terms.execute(params![id, document]).map_err(failed)?;
        }
    }
    Ok(())
}

/// Takes what is recalled out of the index, in the transaction that recalls it.
pub(crate) fn forget(
    connection: &Connection,
    recalled: &[(MessageKey, u64)],
) -> Result<(), StoreError> {
    let place = "DELETE FROM search_rows WHERE id = (SELECT id FROM messages WHERE tenant_id = ? \
                 AND conversation_id = ? AND seq = ?) RETURNING id";
    let terms = "DELETE FROM search_terms WHERE rowid = ?";
    for ((tenant, conversation, seq), _) in recalled {
        let keys = [signed(tenant.0), signed(conversation.0), signed(*seq)];
        let row = connection.query_row(place, keys, |row| row.get::<_, i64>(0));
        if let Some(row) = row.optional().map_err(failed)? {
            connection.execute(terms, [row]).map_err(failed)?;
        }
    }
    Ok(())
}

/// Notes whether this program indexes what it writes. Where an earlier one did not, everything is
/// looked at once more; where this one does not, nothing stays indexed.
pub(crate) fn settle(connection: &Connection, enabled: bool) -> rusqlite::Result<()> {
    let sql = "SELECT is_on FROM search_state";
    let was: bool = connection.query_row(sql, (), |row| row.get(0))?;
    if was == enabled {
        return Ok(());
    }
    let forget = "INSERT INTO search_terms (search_terms) VALUES ('delete-all'); \
                  DELETE FROM search_rows;";
    let forget = if enabled { "" } else { forget };
    connection.execute_batch(&format!(
        "BEGIN IMMEDIATE; {forget} UPDATE search_state SET is_on = {enabled}, is_whole = FALSE, \
         tenant_id = 0, conversation_id = 0, seq = 0; COMMIT"
    ))
}

/// Indexes some of what was written while nothing was. Says whether all is indexed now.
pub(crate) fn index_older(connection: &Connection, messages_max: u32) -> Result<bool, StoreError> {
    let sql = "SELECT is_whole, tenant_id, conversation_id, seq FROM search_state";
    let state = kept(connection, sql, ())?;
    let state = state
        .first()
        .ok_or_else(|| StoreError::Corrupt("search_state is empty".to_owned()))?;
    if state.flag("is_whole")? {
        return Ok(true);
    }
    let sql = format!(
        "SELECT {MESSAGE} FROM messages WHERE (tenant_id, conversation_id, seq) > (?, ?, ?) \
         ORDER BY tenant_id, conversation_id, seq LIMIT ?"
    );
    let place = [
        state.int("tenant_id")?,
        state.int("conversation_id")?,
        state.int("seq")?,
        i64::from(messages_max),
    ];
    let piece = Piece::of(&kept(connection, &sql, place)?, messages_max)?;
    index(connection, &piece.messages())?;
    let sql = "UPDATE search_state SET is_whole = ?, tenant_id = ?, conversation_id = ?, seq = ?";
    let (tenant, conversation, seq) = piece.end;
    let values = params![piece.whole, tenant, conversation, seq];
    connection.execute(sql, values).map_err(failed)?;
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
