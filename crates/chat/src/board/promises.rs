//! What is promised now, and until when.

use std::collections::BTreeMap;

use kefu_proto::v1::{self, history_event::Kind};
use kefu_types::Millis;

use crate::sla::is_broken;

/// Of one conversation. 0: that is not promised, or fulfilled.
#[derive(Debug, Default)]
struct Open {
    group: u64,
    reply_due_ms: Millis,
    resolution_due_ms: Millis,
}

/// Conversations in which a promise is still to be fulfilled.
#[derive(Debug, Default)]
pub(super) struct Promises {
    open: BTreeMap<u64, Open>,
}

/// Conversations with a broken promise.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Overdue {
    pub(super) all: u32,
    pub(super) reply: u32,
    pub(super) resolution: u32,
}

impl Promises {
    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    pub(super) fn take(&mut self, event: &v1::HistoryEvent) {
        let id = event.conversation_id;
        match event.kind() {
            Kind::ReplyDue | Kind::ResolutionDue => {
                let open = self.open.entry(id).or_default();
                open.group = event.group_id;
                if event.kind() == Kind::ReplyDue {
                    open.reply_due_ms = event.value;
                } else {
                    open.resolution_due_ms = event.value;
                }
            }
            Kind::FirstReply => {
                if let Some(open) = self.open.get_mut(&id) {
                    open.reply_due_ms = 0;
                }
            }
            Kind::WrapUp | Kind::LeftQueue | Kind::Returned | Kind::Closed => {
                self.open.remove(&id);
            }
            _ => {}
        }
    }

    /// What is broken now, by group.
    pub(super) fn overdue(&self, now_ms: Millis) -> BTreeMap<u64, Overdue> {
        let mut groups: BTreeMap<u64, Overdue> = BTreeMap::new();
        for open in self.open.values() {
            let reply = is_broken(open.reply_due_ms, now_ms);
            let resolution = is_broken(open.resolution_due_ms, now_ms);
            if reply || resolution {
                let group = groups.entry(open.group).or_default();
                group.all += 1;
                group.reply += u32::from(reply);
                group.resolution += u32::from(resolution);
            }
        }
        groups
    }
}
