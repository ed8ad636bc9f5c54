//! All that a batch writes about conversations, as one statement.

use std::collections::HashMap;

use kefu_chat::{
    Head,
    store::{KnownHead, StoreError},
};
use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};
use prost::Message as _;
use sqlx::{PgConnection, Row as _};

use super::{
    columns::{Columns, Parameters, Values},
    error::sort,
    search,
};
use crate::rows::{needs_care, signed};

/// Conversations as they were read, before the batch.
pub(crate) type Before = HashMap<(TenantId, ConversationId), KnownHead>;

/// What a batch leaves behind.
pub(crate) struct Batch<'a> {
    /// Heads that exist, with what they were.
    pub(crate) moved: Vec<(&'a Head, KnownHead)>,
    /// All of their rows is written; otherwise only what every message moves.
    pub(crate) whole: bool,
    pub(crate) messages: Vec<(TenantId, &'a v1::Message)>,
    /// Whose row says that this batch was stored, and its number.
    pub(crate) writer: &'a str,
    pub(crate) number: i64,
    /// The largest id in it.
    pub(crate) ceiling: u64,
    /// The messages are indexed for searches.
    pub(crate) search: bool,
}

/// What became of it, before the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Everything is there.
    Whole,
    /// A conversation has moved since it was read: another core was quicker.
    Moved,
    /// A message's key or place is taken although its conversation has not moved.
    Clash,
    /// This writer's row is gone, as after a restore.
    Forgotten,
}

/// Moves heads that still are what they were, inserts messages and marks the batch.
pub(crate) async fn write(
    connection: &mut PgConnection,
    batch: Batch<'_>,
) -> Result<Written, StoreError> {
    // In the order of a plan, the same for all cores: they rarely wait for each other in a circle.
    let (heads, messages) = (batch.moved.len(), batch.messages.len());
    let mut parameters = Parameters::default();
    let moving: Vec<&Head> = batch.moved.iter().map(|(head, _)| *head).collect();
    let columns = match batch.whole {
        true => head_columns(&moving),
        false => counter_columns(&moving),
    };
    let columns = columns
        .ints(
            "old_version",
            batch.moved.iter().map(|(_, old)| signed(old.version)),
        )
        .ints(
            "old_stamp",
            batch.moved.iter().map(|(_, old)| signed(old.stamp)),
        );
    let (updates, moved) = (updates(&columns), parameters.unnest("n", columns));
    let columns = message_columns(&batch.messages);
    let (names, said) = (columns.names(), parameters.unnest("m", columns));
    let indexed = match batch.search {
        true => format!(
            "indexed AS ({}), ",
            search::index_sql(&mut parameters, &batch.messages)
        ),
        false => String::new(),
    };
    let mark = parameters.next();
    let sql = format!(
        "WITH moved AS (UPDATE conversations AS c SET {updates} FROM {moved} \
         WHERE c.tenant_id = n.tenant_id AND c.id = n.id \
         AND c.version = n.old_version AND c.stamp = n.old_stamp RETURNING 1), \
         said AS (INSERT INTO messages ({names}) SELECT {names} FROM {said} \
         ON CONFLICT DO NOTHING RETURNING 1), {indexed}\
         marked AS (UPDATE writers SET batch = ${mark}, ceiling = greatest(ceiling, ${}), \
         touched_at = now() WHERE id = ${} RETURNING 1) \
         SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM said), (SELECT count(*) FROM marked)",
        mark + 1,
        mark + 2,
    );
    let query = parameters.bind(sql);
    let query = query
        .bind(batch.number)
        .bind(signed(batch.ceiling))
        .bind(batch.writer);
    let row = query.fetch_one(connection).await.map_err(sort)?;
    let count = |index: usize| row.try_get::<i64, _>(index).map_err(sort);
    let is = |count: i64, rows: usize| usize::try_from(count) == Ok(rows);
    Ok(if !is(count(2)?, 1) {
        Written::Forgotten
    } else if !is(count(0)?, heads) {
        Written::Moved
    } else if !is(count(1)?, messages) {
        Written::Clash
    } else {
        Written::Whole
    })
}

/// Columns of a head that stay as they were made.
const FIXED: [&str; 4] = ["tenant_id", "id", "visitor_id", "created_at_ms"];

fn updates(columns: &Columns<'_>) -> String {
    let names = columns.names();
    let moving = names
        .split(", ")
        .filter(|name| !FIXED.contains(name) && !name.starts_with("old_"));
    let updates: Vec<String> = moving.map(|name| format!("{name} = n.{name}")).collect();
    updates.join(", ")
}

/// The values of one column, of all these heads.
fn ints(heads: &[&Head], read: fn(&Head) -> i64) -> Values<'static> {
    Values::Int(heads.iter().map(|head| read(head)).collect())
}

fn texts<'a>(heads: &[&'a Head], read: fn(&'a Head) -> &'a str) -> Values<'a> {
    Values::Text(heads.iter().map(|head| read(head)).collect())
}

/// Which rows, and what every message moves in them ([`Head::is_moved_by`]).
fn counter_columns<'a>(heads: &[&'a Head]) -> Columns<'a> {
    let states = heads.iter().map(|head| head.state.to_json()).collect();
    Columns::default()
        .with("tenant_id", ints(heads, |head| signed(head.tenant.0)))
        .with("id", ints(heads, |head| signed(head.id.0)))
        .with("version", ints(heads, |head| signed(head.version)))
        .with("stamp", ints(heads, |head| signed(head.stamp)))
        .with("last_seq", ints(heads, |head| signed(head.last_seq)))
        .with(
            "answered_seq",
            ints(heads, |head| signed(head.answered_seq)),
        )
        .with(
            "turn_version",
            ints(heads, |head| signed(head.turn_version)),
        )
        .with("state", Values::OwnText(states))
        .with("updated_at_ms", ints(heads, |head| head.updated_at_ms))
        .with("preview", texts(heads, |head| &head.preview))
        .with(
            "last_sender",
            ints(heads, |head| i32::from(head.last_sender).into()),
        )
        .with("preview_seq", ints(heads, |head| signed(head.preview_seq)))
}

/// All columns.
pub(crate) fn head_columns<'a>(heads: &[&'a Head]) -> Columns<'a> {
    let ranks = |read: fn(kefu_chat::Rank) -> i64| {
        Values::MaybeInt(heads.iter().map(|head| head.rank.map(read)).collect())
    };
    let needs = heads.iter().map(|head| needs_care(head)).collect();
    let fresh = heads.iter().map(|head| head.rank.map(|rank| rank.fresh));
    counter_columns(heads)
        .with("visitor_id", ints(heads, |head| signed(head.visitor.0)))
        .with("visitor_name", texts(heads, |head| &head.visitor_name))
        .with("phase", ints(heads, |head| i32::from(head.phase()).into()))
        .with("needs_care", Values::Flag(needs))
        .with(
            "agent_id",
            ints(heads, |head| signed(head.agent.map_or(0, |agent| agent.0))),
        )
        .with("agent_name", texts(heads, |head| &head.agent_name))
        .with(
            "owner_id",
            ints(heads, |head| {
                signed(head.owner().map_or(0, |agent| agent.0))
            }),
        )
        .with(
            "priority",
            ints(heads, |head| i32::from(head.priority).into()),
        )
        .with("rank_lane", ranks(|rank| rank.lane.into()))
        .with("rank_fresh", Values::MaybeFlag(fresh.collect()))
        .with("rank_ticket", ranks(|rank| signed(rank.ticket)))
        .with("handoff_reason", texts(heads, |head| &head.handoff_reason))
        .with("created_at_ms", ints(heads, |head| head.created_at_ms))
        .with("queued_at_ms", ints(heads, |head| head.queued_at_ms))
        .with("assigned_at_ms", ints(heads, |head| head.assigned_at_ms))
        .with("language", texts(heads, |head| head.language.code()))
        .with(
            "page_language",
            texts(heads, |head| head.page_language.code()),
        )
        .with("group_id", ints(heads, |head| signed(head.group.0)))
        .with(
            "last_agent_id",
            ints(heads, |head| {
                signed(head.last_agent.map_or(0, |agent| agent.0))
            }),
        )
        .with("wanted_at_ms", ints(heads, |head| head.wanted_at_ms))
        .with("replied_at_ms", ints(heads, |head| head.replied_at_ms))
        .with("reply_due_at_ms", ints(heads, |head| head.reply_due_at_ms))
        .with(
            "resolution_due_at_ms",
            ints(heads, |head| head.resolution_due_at_ms),
        )
}

fn message_columns<'a>(messages: &[(TenantId, &'a v1::Message)]) -> Columns<'a> {
    let ints = |read: fn(&v1::Message) -> i64| {
        Values::Int(messages.iter().map(|(_, message)| read(message)).collect())
    };
    let texts = |read: fn(&'a v1::Message) -> &'a str| {
        Values::Text(messages.iter().map(|(_, message)| read(message)).collect())
    };
    let body = |message: &v1::Message| {
        message
            .body
            .as_ref()
            .map_or_else(Vec::new, v1::Body::encode_to_vec)
    };
    let bodies = messages.iter().map(|(_, message)| body(message));
    let traces = messages
        .iter()
        .map(|(_, message)| message.trace.as_ref().map(v1::Trace::encode_to_vec));
    let offsets = messages
        .iter()
        .map(|(_, message)| message.utc_offset_minutes.map(i64::from));
    Columns::default()
        .ints(
            "tenant_id",
            messages.iter().map(|(tenant, _)| signed(tenant.0)),
        )
        .with(
            "conversation_id",
            ints(|message| signed(message.conversation_id)),
        )
        .with("seq", ints(|message| signed(message.seq)))
        .with("id", ints(|message| signed(message.id)))
        .with("sender", ints(|message| message.sender.into()))
        .with("sender_id", ints(|message| signed(message.sender_id)))
        .with("sender_name", texts(|message| &message.sender_name))
        .with("client_id", texts(|message| &message.client_id))
        .with("created_at_ms", ints(|message| message.created_at_ms))
        .with("body", Values::Bytes(bodies.collect()))
        .with("trace", Values::MaybeBytes(traces.collect()))
        .with("utc_offset_minutes", Values::MaybeInt(offsets.collect()))
        .with("quote_seq", ints(|message| signed(message.quote_seq)))
        .with("recalled_seq", ints(|message| signed(message.recalled_seq)))
}
