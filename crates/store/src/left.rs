//! What both databases say of messages left.

use kefu_chat::store::{KnownLeft, LeftAsk, StoreError, is_waiting};
use kefu_proto::v1::{self, LeftState};
use prost::Message as _;

use crate::rows::{Cells, unreadable};

/// One by its id. The parameters are tenant and id.
pub(crate) const BY_ID: &str = "SELECT body FROM left_messages WHERE tenant_id = $1 AND id = $2";

/// One by its place. The parameters are tenant, conversation and sequence.
pub(crate) const BY_PLACE: &str =
    "SELECT body FROM left_messages WHERE tenant_id = $1 AND conversation_id = $2 AND seq = $3";

/// Those that somebody still has to do something about: `LeftState::Open` and `LeftState::Taken`.
pub(crate) const WAITING: &str = "state IN (1, 2)";

/// A page. The parameters are tenant, state, [`from`], how many and, where one is asked for, the group.
pub(crate) fn list_sql(ask: &LeftAsk) -> String {
    let (bound, order) = if is_waiting(ask.state) {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    let group = if ask.group.is_some() {
        " AND group_id = $5"
    } else {
        ""
    };
    format!(
        "SELECT body FROM left_messages WHERE tenant_id = $1 AND state = $2 AND id {bound} $3{group} \
         ORDER BY id {order} LIMIT $4"
    )
}

/// The id behind which a page begins.
pub(crate) fn from(ask: &LeftAsk) -> i64 {
    match ask.after {
        0 if is_waiting(ask.state) => 0,
        0 => i64::MAX,
        after => i64::try_from(after).unwrap_or(i64::MAX),
    }
}

/// As it is stored.
pub(crate) fn left(row: &impl Cells) -> Result<v1::LeftMessage, StoreError> {
    let body = row.bytes("body")?;
    v1::LeftMessage::decode(body).map_err(|error| unreadable("left_messages", error))
}

/// As far as a plan looks at it.
pub(crate) fn known(version: u64, state: i64) -> Result<KnownLeft, StoreError> {
    let state = i32::try_from(state).map(LeftState::try_from);
    let Ok(Ok(state)) = state else {
        return Err(unreadable("left_messages", "its state is unknown"));
    };
    Ok(KnownLeft {
        version,
        waiting: is_waiting(state),
    })
}
