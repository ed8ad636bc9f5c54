//! Who waits and who owns what now.

use std::collections::BTreeMap;

use kefu_proto::v1::{self, history_event::Kind};
use kefu_types::Millis;

#[derive(Debug, Clone, Copy)]
struct Wait {
    group: u64,
    since_ms: Millis,
}

/// Conversations that wait, and those that agents own.
#[derive(Debug, Default)]
pub(super) struct Waits {
    waiting: BTreeMap<u64, Wait>,
    owned: BTreeMap<u64, u64>,
}

impl Waits {
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.owned.clear();
    }

    pub(super) fn take(&mut self, event: &v1::HistoryEvent) {
        let id = event.conversation_id;
        let begins = |since_ms| Wait {
            group: event.group_id,
            since_ms,
        };
        match event.kind() {
            Kind::Waiting => self.wait(id, begins(event.at_ms - event.value)),
            Kind::Queued | Kind::Requeued => self.wait(id, begins(event.at_ms)),
            Kind::Transferred if event.agent_id == 0 => self.wait(id, begins(event.at_ms)),
            Kind::Regrouped => {
                if let Some(wait) = self.waiting.get_mut(&id) {
                    wait.group = event.group_id;
                }
            }
            Kind::Owned | Kind::Assigned | Kind::Taken | Kind::Transferred => {
                self.waiting.remove(&id);
                self.owned.insert(id, event.agent_id);
            }
            Kind::LeftQueue | Kind::Returned | Kind::Closed => {
                self.waiting.remove(&id);
                self.owned.remove(&id);
            }
            _ => {}
        }
    }

    fn wait(&mut self, id: u64, wait: Wait) {
        self.owned.remove(&id);
        self.waiting.insert(id, wait);
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)
    }

    /// Since when the one that waits longest does; 0 when none waits.
    pub(super) fn longest(&self) -> Millis {
        let since = self.waiting.values().map(|wait| wait.since_ms);
        since.min().unwrap_or(0)
    }

    pub(super) fn load(&self, agent: u64) -> u32 {
        let owned = self.owned.values().filter(|owner| **owner == agent);
        u32::try_from(owned.count()).unwrap_or(u32::MAX)
    }

    /// Groups in whose line somebody waits.
    pub(super) fn groups(&self) -> BTreeMap<u64, v1::BoardGroup> {
        let mut groups: BTreeMap<u64, v1::BoardGroup> = BTreeMap::new();
        for wait in self.waiting.values() {
            let group = groups.entry(wait.group).or_insert_with(|| v1::BoardGroup {
                group_id: wait.group,
                longest_since_ms: wait.since_ms,
                ..Default::default()
            });
            group.waiting += 1;
            group.longest_since_ms = group.longest_since_ms.min(wait.since_ms);
        }
        groups
    }
}
