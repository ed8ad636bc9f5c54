//! Where messages wait that were not acknowledged: in memory, or in a file that survives a restart.

mod file;
mod log;

use std::collections::BTreeMap;

pub use crate::pure::outbox::Outgoing;
pub use file::{FileOutbox, Syncs};

use crate::Problem;

/// Keeps what waits. Every call returns when the thing is kept; none of them waits for a network.
pub trait OutboxStore: Send + 'static {
    /// All that is kept, in the order in which it was written.
    fn list(&self) -> Vec<Outgoing>;

    /// Keeps one, or what changed of it.
    ///
    /// # Errors
    /// When it cannot be kept; then nothing has changed.
    fn put(&mut self, item: &Outgoing) -> Result<(), Problem>;

    /// Keeps it no longer. One that is not there is no error.
    ///
    /// # Errors
    /// When that cannot be kept: after a restart it may be sent again, which the server knows.
    fn remove(&mut self, conversation_id: u64, client_id: &str) -> Result<(), Problem>;
}

/// What waits by conversation and client id, as the stores hold it in memory.
#[derive(Debug, Clone, Default)]
struct Kept(BTreeMap<(u64, String), Outgoing>);

impl Kept {
    fn list(&self) -> Vec<Outgoing> {
        let mut all: Vec<Outgoing> = self.0.values().cloned().collect();
        all.sort_by(|a, b| (a.order, &a.client_id).cmp(&(b.order, &b.client_id)));
        all
    }

    fn get(&self, conversation_id: u64, client_id: &str) -> Option<&Outgoing> {
        self.0.get(&(conversation_id, client_id.to_owned()))
    }

    fn put(&mut self, item: Outgoing) {
        let key = (item.conversation_id, item.client_id.clone());
        self.0.insert(key, item);
    }

    fn remove(&mut self, conversation_id: u64, client_id: &str) -> bool {
        let key = (conversation_id, client_id.to_owned());
        self.0.remove(&key).is_some()
    }
}

/// Lasts as long as the program.
#[derive(Debug, Clone, Default)]
pub struct MemoryOutbox(Kept);

impl OutboxStore for MemoryOutbox {
    fn list(&self) -> Vec<Outgoing> {
        self.0.list()
    }

    fn put(&mut self, item: &Outgoing) -> Result<(), Problem> {
        self.0.put(item.clone());
        Ok(())
    }

    fn remove(&mut self, conversation_id: u64, client_id: &str) -> Result<(), Problem> {
        self.0.remove(conversation_id, client_id);
        Ok(())
    }
}
