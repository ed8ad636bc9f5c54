//! What happens when its time has come.

use std::sync::Arc;

use kefu_dialog::{Event, Phase};
use kefu_types::{AgentId, ConversationId, TenantId};

use super::{Core, timers::Due};
use crate::error::CoreError;

impl Core {
    /// Does everything that is due by the clock now. The core calls it by itself; whoever drives
    /// a clock by hand calls it after moving it.
    pub fn tick(self: &Arc<Self>) {
        for due in self.timers.due(self.clock.monotonic()) {
            match due {
                Due::Announce(tenant) => self.announce(tenant),
                Due::Route(tenant) => self.route(tenant),
                Due::AgentGrace(tenant, agent, count) => {
                    if self.routing.still_offline(tenant, agent, count) {
                        self.give_up_conversations(tenant, agent);
                    }
                }
                Due::TurnDeadline(tenant, id, turn) => {
                    self.give_event(tenant, id, due, Event::TurnExpired { turn });
                }
                Due::BotAway(tenant, id) => self.bot_away(tenant, id, due),
                Due::Silence(tenant, id) => self.silence_due(tenant, id),
                Due::WrapUp(tenant, id) => {
                    if self.wrap_ups.lock().contains_key(&(tenant, id)) {
                        self.give_event(tenant, id, due, Event::WrapUpDone);
                    }
                }
            }
        }
    }

    /// The turn of that moment counts, not the one that was open when the wait began.
    fn bot_away(self: &Arc<Self>, tenant: TenantId, id: ConversationId, due: Due) {
        let away = self.settings.timing.bot_away;
        let turn = self
            .turns
            .lock()
            .take_unanswered((tenant, id), self.clock.monotonic(), away);
        let Some(turn) = turn else { return };
        self.give_event(tenant, id, due, Event::BotAway { turn });
    }

    /// Steps the dialog by an event of the core's own; tried again later if the store refuses.
    fn give_event(self: &Arc<Self>, tenant: TenantId, id: ConversationId, due: Due, event: Event) {
        if self.stopping.is_cancelled() {
            return;
        }
        let core = self.clone();
        self.tasks.spawn(async move {
            let keeps_turn = matches!(event, Event::TurnExpired { .. });
            let moved = core
                .advance(tenant, id, |draft| {
                    draft.keeps_turn = keeps_turn;
                    draft.step(&event);
                    Ok(())
                })
                .await;
            match moved {
                Ok(_) => count(&event),
                Err(CoreError::NotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(%error, conversation = %id, "what was due could not be done; again later");
                    core.timers.set(core.clock.monotonic() + core.settings.timing.turn_deadline, due);
                }
            }
        });
    }

    /// Everything this agent serves goes back to the front of the queue; what they were tidying
    /// up is done.
    pub(crate) fn give_up_conversations(self: &Arc<Self>, tenant: TenantId, agent: AgentId) {
        for id in self.routing.owned(tenant, agent) {
            let core = self.clone();
            self.tasks.spawn(async move {
                let given_up = core
                    .advance(tenant, id, |draft| {
                        if draft.head.owner() == Some(agent) {
                            let wrap_up = matches!(draft.head.state.phase, Phase::WrapUp);
                            draft.step(if wrap_up { &Event::WrapUpDone } else { &Event::Requeued });
                        }
                        Ok(())
                    })
                    .await;
                if let Err(error) = given_up {
                    tracing::warn!(%error, conversation = %id, "could not be given back to the queue; again later");
                    core.watch_absence(tenant, agent, core.routing.presence(tenant, agent));
                }
            });
        }
    }
}

fn count(event: &Event) {
    let outcome = match event {
        Event::TurnExpired { .. } => "expired",
        Event::BotAway { .. } => "away",
        _ => return,
    };
    metrics::counter!("kefu_chat_turns_total", "outcome" => outcome).increment(1);
}
