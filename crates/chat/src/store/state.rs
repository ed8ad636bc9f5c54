//! States of agents.

use kefu_proto::v1;

use crate::model::User;

/// An agent chose a state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateChange {
    /// As in [`Change::UpdateUser`](super::Change::UpdateUser).
    pub user: User,
    /// Written with it.
    pub event: v1::HistoryEvent,
}
