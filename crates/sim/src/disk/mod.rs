//! What survives a crash: a store in memory that implements the core's `Store` port as a
//! database does.
//!
//! [`Disk`] holds the rows and applies changes whole or not at all. A [`Connection`] is one
//! process's way to it; it is where faults are injected.

mod alerts;
mod apply;
mod assist;
mod catalogue;
mod closing;
mod connection;
mod events;
mod faults;
mod filed;
mod history;
mod identity;
mod left;
mod media;
mod missed;
mod notes;
mod people;
mod port;
mod tables;

pub(crate) use apply::{Moved, Step};
pub use connection::Connection;
pub(crate) use connection::{Ends, Fence};
pub(crate) use faults::{ApplyFault, Faults, Spell};

use std::sync::Arc;

use kefu_chat::store::{Change, Outcome, SharedStore, StoreError};
use parking_lot::Mutex;

use tables::Tables;

/// The rows.
#[derive(Debug, Default)]
pub struct Disk(Mutex<Tables>);

impl Disk {
    /// One transaction. Also says, in order, how conversations moved.
    pub(crate) fn apply(
        &self,
        changes: &[Change],
    ) -> Result<(Vec<Outcome>, Vec<Step>), StoreError> {
        apply::apply(&mut self.0.lock(), changes)
    }

    /// What [`Disk::apply`] would answer to moves of conversations; nothing is written.
    pub(crate) fn foresee(&self, changes: &[Change]) -> Vec<Outcome> {
        apply::foresee(&self.0.lock(), changes)
    }

    fn read<T>(&self, look: impl FnOnce(&Tables) -> T) -> T {
        look(&self.0.lock())
    }

    /// A conversation, without a connection.
    pub(crate) fn head(
        &self,
        tenant: kefu_types::TenantId,
        id: kefu_types::ConversationId,
    ) -> Option<Arc<kefu_chat::Head>> {
        self.read(|tables| tables.heads.get(&(tenant, id)).cloned())
    }

    /// A user, without a connection.
    pub(crate) fn user(
        &self,
        tenant: kefu_types::TenantId,
        id: kefu_types::AgentId,
    ) -> Option<kefu_chat::User> {
        self.read(|tables| tables.users.get(&(tenant, id)).cloned())
    }

    /// All conversations.
    pub(crate) fn heads(&self) -> Vec<Arc<kefu_chat::Head>> {
        self.read(|tables| tables.heads.values().cloned().collect())
    }

    /// All messages left, by tenant and id.
    pub(crate) fn left(&self) -> Vec<(kefu_types::TenantId, kefu_proto::v1::LeftMessage)> {
        self.read(|tables| {
            let rows = tables.left.iter();
            rows.map(|((tenant, _), row)| (*tenant, row.clone()))
                .collect()
        })
    }

    /// The largest id that is stored.
    pub(crate) fn ceiling(&self) -> u64 {
        self.read(|tables| tables.ceiling)
    }

    /// The newest message of a conversation, if it has any.
    pub(crate) fn newest(&self, head: &kefu_chat::Head) -> Vec<kefu_proto::v1::Message> {
        self.read(|tables| {
            let rows = tables.messages.get(&(head.tenant, head.id));
            rows.and_then(|rows| rows.last())
                .cloned()
                .into_iter()
                .collect()
        })
    }
}

/// An empty store that never fails.
#[must_use]
pub fn faultless() -> SharedStore {
    Arc::new(Connection::faultless(Arc::default()))
}
