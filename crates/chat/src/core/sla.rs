//! Promises that come due: their people are warned, and told when one is broken.
//!
//! What is promised stands in the conversation's row (`crate::sla`); here is only remembered what was
//! told of it, so a core that starts again tells it again and forgets nothing.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kefu_proto::v1::{self, SlaState, link_down::Body};
use kefu_types::{ConversationId, Millis, TenantId};

use super::{Core, timers::Due};
use crate::{
    model::Head,
    sla::{Deadline, Promise},
};

/// Until when each promise is still to be fulfilled; 0: nothing is left of it.
type Open = [Millis; 2];
const NOTHING: Open = [0, 0];

/// A promise that is watched.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    open: Open,
    deadline: Deadline,
    told: SlaState,
}

/// Of conversations that wait for a person or are served.
pub(crate) type Promises = HashMap<(TenantId, ConversationId), Watched>;

fn open(head: &Head) -> Open {
    Promise::ALL.map(|promise| promise.open(head))
}

impl Core {
    /// Brings memory in line with a committed head.
    pub(crate) fn watch_promise(&self, head: &Head) {
        let key = (head.tenant, head.id);
        let mut promises = self.promises.lock();
        let known = promises.get(&key).map(|watched| watched.open);
        if known == Some(open(head)) {
            return;
        }
        if open(head) == NOTHING {
            promises.remove(&key);
            return;
        }
        let Some(deadline) = self.settings.sla.next(head, self.hours(head)) else {
            return;
        };
        let watched = Watched {
            open: open(head),
            deadline,
            told: SlaState::Running,
        };
        promises.insert(key, watched);
        drop(promises);
        self.watch_until(key, deadline.warn_at_ms);
    }

    /// By the monotonic clock; whoever is woken looks at the time of day.
    fn watch_until(&self, (tenant, id): (TenantId, ConversationId), at_ms: Millis) {
        let left_ms = at_ms.saturating_sub(self.clock.wall_ms());
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        let at = self.clock.monotonic() + left;
        self.timers.set(at, Due::Sla(tenant, id));
    }

    /// When the next promise is due, and how it stands, as lists show it.
    pub(crate) fn promised(&self, head: &Head) -> (Millis, SlaState) {
        if open(head) == NOTHING {
            return (0, SlaState::Unspecified);
        }
        let now_ms = self.clock.wall_ms();
        let watched = {
            let promises = self.promises.lock();
            promises.get(&(head.tenant, head.id)).copied()
        };
        match watched.filter(|watched| watched.open == open(head)) {
            Some(Watched { deadline, .. }) => (deadline.due_at_ms, deadline.state(now_ms)),
            None => self.settings.sla.shown(head, self.hours(head), now_ms),
        }
    }

    /// A timer for it has come.
    pub(crate) fn sla_due(self: &Arc<Self>, tenant: TenantId, id: ConversationId) {
        let (key, now_ms) = ((tenant, id), self.clock.wall_ms());
        let mut promises = self.promises.lock();
        let Some(watched) = promises.get_mut(&key) else {
            return;
        };
        let Deadline {
            warn_at_ms,
            due_at_ms,
        } = watched.deadline;
        let last_ms = watched.open.into_iter().max().unwrap_or(0);
        let state = watched.deadline.state(now_ms);
        let news = state != watched.told;
        watched.told = state;
        drop(promises);
        match state {
            // The board counts one more; and another one when the other promise breaks, too.
            SlaState::Broken => {
                self.board_changed(tenant);
                if now_ms <= last_ms {
                    self.watch_until(key, last_ms + 1);
                }
            }
            SlaState::Warned => self.watch_until(key, due_at_ms + 1),
            _ => self.watch_until(key, warn_at_ms),
        }
        if news && !self.stopping.is_cancelled() {
            let core = self.clone();
            self.tasks
                .spawn(async move { core.tell_promise(tenant, id, state).await });
        }
    }

    async fn tell_promise(&self, tenant: TenantId, id: ConversationId, state: SlaState) {
        let Ok(head) = self.committed(tenant, id).await else {
            return;
        };
        let conversation = self.conversation(&head);
        if conversation.sla_state() != state {
            return;
        }
        metrics::counter!("kefu_chat_sla_total", "state" => word(state)).increment(1);
        let due = v1::SlaDue {
            tenant_id: tenant.0,
            alert: Some(v1::SlaAlert {
                conversation_id: id.0,
                visitor_name: conversation.visitor_name.clone(),
                agent_id: conversation.agent_id,
                group_id: conversation.group_id,
                state: state.into(),
                due_at_ms: conversation.sla_due_at_ms,
            }),
        };
        let changed = v1::ConversationChanged {
            tenant_id: tenant.0,
            conversation: Some(conversation),
        };
        self.hub
            .conversation(tenant, id, true, || Body::Changed(changed.clone()));
        self.hub.workspaces(tenant, || Body::Sla(due.clone()));
    }
}

const fn word(state: SlaState) -> &'static str {
    match state {
        SlaState::Warned => "warned",
        SlaState::Broken => "broken",
        SlaState::Running | SlaState::Unspecified => "running",
    }
}
