//! Heads of conversations in memory, one step ahead of the store.
//!
//! The next head is computed here and queued before the one before it is durable, so that one
//! conversation is not limited to one message per fsync. If a change is refused, everything built
//! on it is refused by the store too (version and stamp do not match), the head is dropped and
//! read again.

use std::{collections::VecDeque, sync::Arc};

use kefu_types::{ConversationId, TenantId};
use moka::{policy::EvictionPolicy, sync::Cache};
use parking_lot::{Mutex, MutexGuard};

use crate::{model::Head, store::ClientKey};

/// Client ids remembered per conversation. Older ones are found by the store.
const RECENT: usize = 32;

pub(crate) struct Heads(Cache<(TenantId, ConversationId), Arc<Slot>>);

/// One conversation's place. Evicting one that is in use costs a conflict and a reload, no more.
#[derive(Default)]
pub(crate) struct Slot(Mutex<Entry>);

#[derive(Default)]
pub(crate) struct Entry {
    head: Option<Arc<Head>>,
    /// Counts loads, so that a late refusal does not drop a head that was read after it.
    generation: u64,
    recent: VecDeque<ClientKey>,
}

impl Heads {
    pub(crate) fn new(most: u64) -> Self {
        Self(
            Cache::builder()
                .max_capacity(most)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        )
    }

    pub(crate) fn slot(&self, tenant: TenantId, id: ConversationId) -> Arc<Slot> {
        self.0.get_with((tenant, id), Arc::default)
    }
}

impl Slot {
    /// Short: never held over an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Entry> {
        self.0.lock()
    }

    /// Forgets the head unless it was read anew since `generation`.
    pub(crate) fn drop_head(&self, generation: u64) {
        let mut entry = self.0.lock();
        if entry.generation == generation {
            entry.head = None;
            entry.recent.clear();
            entry.generation += 1;
        }
    }
}

impl Entry {
    pub(crate) const fn head(&self) -> Option<&Arc<Head>> {
        self.head.as_ref()
    }

    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes what was read, unless somebody was faster.
    pub(crate) fn fill(&mut self, head: Head) {
        if self.head.is_none() {
            self.head = Some(Arc::new(head));
            self.generation += 1;
        }
    }

    pub(crate) fn advance(&mut self, head: Arc<Head>, key: Option<ClientKey>) {
        self.head = Some(head);
        if let Some(key) = key {
            if self.recent.len() == RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(key);
        }
    }

    /// Whether a message with this key is stored, or on its way there.
    pub(crate) fn knows(&self, key: &ClientKey) -> bool {
        self.recent.contains(key)
    }
}
