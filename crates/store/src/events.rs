//! The event history as rows.

use kefu_chat::store::StoreError;
use kefu_proto::v1;

use crate::rows::{Cells, unreadable, unsigned};

/// The columns, in the order in which they are written.
pub(crate) const EVENT: &str =
    "tenant_id, id, kind, at_ms, conversation_id, agent_id, group_id, by_id, value, reason";

/// A row of `events`.
pub(crate) fn event(row: &impl Cells) -> Result<v1::HistoryEvent, StoreError> {
    let kind = row.int("kind")?;
    Ok(v1::HistoryEvent {
        id: unsigned(row.int("id")?),
        kind: i32::try_from(kind).map_err(|error| unreadable("events", error))?,
        at_ms: row.int("at_ms")?,
        conversation_id: unsigned(row.int("conversation_id")?),
        agent_id: unsigned(row.int("agent_id")?),
        group_id: unsigned(row.int("group_id")?),
        by_id: unsigned(row.int("by_id")?),
        value: row.int("value")?,
        reason: row.text("reason")?,
    })
}
