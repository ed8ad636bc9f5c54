//! The index of terms: written with the messages, read by searches.

use kefu_chat::store::{MessageKey, StoreError};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{ConversationId, TenantId};
use sqlx::{AssertSqlSafe, PgConnection, query};

use super::{
    columns::{Columns, Parameters, Values},
    error::sort,
    readers::Question,
};
use crate::{
    rows::{Cells as _, MESSAGE, signed},
    search::{Piece, message_columns, vector_document, vector_query},
};

/// The statement that indexes messages, and passes over what is indexed already.
pub(crate) fn index_sql<'a>(
    parameters: &mut Parameters<'a>,
    messages: &[(TenantId, &'a v1::Message)],
) -> String {
    let documents: Vec<(TenantId, &v1::Message, String)> = messages
        .iter()
        .filter_map(|(tenant, message)| {
            Some((*tenant, *message, vector_document(*tenant, message)?))
        })
        .collect();
    let ints = |read: fn(&v1::Message) -> u64| {
        let messages = documents.iter();
        Values::Int(
            messages
                .map(|(_, message, _)| signed(read(message)))
                .collect(),
        )
    };
    let columns = Columns::default()
        .ints(
            "tenant_id",
            documents.iter().map(|(tenant, _, _)| signed(tenant.0)),
        )
        .with("id", ints(|message| message.id))
        .with("conversation_id", ints(|message| message.conversation_id))
        .with("seq", ints(|message| message.seq));
    let terms = documents.into_iter().map(|(_, _, terms)| terms).collect();
    let rows = parameters.unnest("i", columns.with("terms", Values::OwnText(terms)));
    format!(
        "INSERT INTO search_messages (tenant_id, id, conversation_id, seq, terms) \
         SELECT tenant_id, id, conversation_id, seq, CAST(terms AS tsvector) FROM {rows} \
         ON CONFLICT DO NOTHING"
    )
}

/// Takes what is recalled out of the index, in the transaction that recalls it.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    recalled: &[(MessageKey, u64)],
) -> Result<(), StoreError> {
    let sql = "DELETE FROM search_messages AS i USING messages AS m WHERE m.tenant_id = $1 \
               AND m.conversation_id = $2 AND m.seq = $3 AND i.tenant_id = m.tenant_id AND i.id = m.id";
    for ((tenant, conversation, seq), _) in recalled {
        let gone = query(sql)
            .bind(signed(tenant.0))
            .bind(signed(conversation.0))
            .bind(signed(*seq))
            .execute(&mut *connection);
        gone.await.map_err(sort)?;
    }
    Ok(())
}

/// Notes whether this program indexes what it writes. Where an earlier one did not, everything is
/// looked at once more; where this one does not, nothing stays indexed.
pub(crate) async fn settle(connection: &mut PgConnection, enabled: bool) -> Result<(), StoreError> {
    let state = query("SELECT is_on FROM search_state").fetch_one(&mut *connection);
    if state.await.map_err(sort)?.flag("is_on")? == enabled {
        return Ok(());
    }
    let forget = if enabled {
        ""
    } else {
        "TRUNCATE search_messages;"
    };
    let sql = format!(
        "BEGIN; {forget} UPDATE search_state SET is_on = {enabled}, is_whole = FALSE, \
         tenant_id = 0, conversation_id = 0, seq = 0 WHERE is_on <> {enabled}; COMMIT"
    );
    let settled = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection);
    settled.await.map(drop).map_err(sort)
}

/// Indexes some of what was written while nothing was. Says whether all is indexed now.
pub(crate) async fn index_older(
    connection: &mut PgConnection,
    messages_max: u32,
) -> Result<bool, StoreError> {
    // Held to the end of the transaction: several cores take turns.
    let sql = "SELECT is_whole, tenant_id, conversation_id, seq FROM search_state FOR UPDATE";
    let state = query(sql).fetch_one(&mut *connection).await.map_err(sort)?;
    if state.flag("is_whole")? {
        return Ok(true);
    }
    let sql = format!(
        "SELECT {MESSAGE} FROM messages WHERE (tenant_id, conversation_id, seq) > ($1, $2, $3) \
         ORDER BY tenant_id, conversation_id, seq LIMIT $4"
    );
    let found = query(AssertSqlSafe(sql))
        .bind(state.int("tenant_id")?)
        .bind(state.int("conversation_id")?)
        .bind(state.int("seq")?)
        .bind(i64::from(messages_max))
        .fetch_all(&mut *connection)
        .await
        .map_err(sort)?;
    let piece = Piece::of(&found, messages_max)?;
    let mut parameters = Parameters::default();
    let messages = piece.messages();
    let sql = index_sql(&mut parameters, &messages);
    let indexing = parameters.bind(sql).execute(&mut *connection);
    indexing.await.map_err(sort)?;
    let sql =
        "UPDATE search_state SET is_whole = $1, tenant_id = $2, conversation_id = $3, seq = $4";
    let (tenant, conversation, seq) = piece.end;
    let moving = query(sql).bind(piece.whole);
    let moving = moving.bind(tenant).bind(conversation).bind(seq);
    moving.execute(connection).await.map_err(sort)?;
    Ok(piece.whole)
}

/// So many of the newest messages are looked at one by one before the index of terms is asked. A term that fills
/// a page from among them is common: the index would name all of its messages, to be sorted. What PostgreSQL knows
/// of terms does not tell it which of the two is less work: of one that it never saw it supposes that a two
/// hundredth of all messages has it, and reads them all. For the same reason the second look hides its other
/// conditions from the indexes (`+ 0`): they would be looked up for all of the tenant's messages, to be combined.
const NEWEST: u32 = 2_000;

/// The newest messages that match: tenant, before which id, terms, how many.
pub(super) fn found_sql() -> String {
    let columns = message_columns("m");
    format!(
        "WITH near AS MATERIALIZED (SELECT id, conversation_id, seq FROM (SELECT id, conversation_id, seq, terms \
         FROM search_messages WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT {NEWEST}) AS newest \
         WHERE terms @@ CAST($3 AS tsquery) ORDER BY id DESC LIMIT $4), \
         far AS MATERIALIZED (SELECT id, conversation_id, seq FROM search_messages WHERE tenant_id + 0 = $1 \
         AND id + 0 < $2 AND terms @@ CAST($3 AS tsquery) AND (SELECT count(*) FROM near) < $4 \
         ORDER BY id + 0 DESC LIMIT $4), \
         found AS (SELECT * FROM near WHERE (SELECT count(*) FROM near) >= $4 UNION ALL SELECT * FROM far) \
         SELECT {columns} FROM found AS s JOIN messages AS m ON m.tenant_id = $1 \
         AND m.conversation_id = s.conversation_id AND m.seq = s.seq ORDER BY s.id DESC"
    )
}

/// Messages that match, newest first; none for a query that asks for nothing.
pub(crate) fn search(
    (tenant, query): (TenantId, &Query),
    conversation: Option<ConversationId>,
    before: u64,
    limit: u32,
) -> Option<impl Fn() -> Question> {
    let terms = vector_query(tenant, query, conversation)?;
    let sql = found_sql();
    Some(move || {
        sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(signed(tenant.0))
            .bind(i64::try_from(before).unwrap_or(i64::MAX))
            .bind(terms.clone())
            .bind(i64::from(limit))
    })
}
