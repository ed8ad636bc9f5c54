//! What happens when its time has come.

use std::sync::Arc;

use kefu_dialog::{Event, Phase};
use kefu_types::{AgentId, ConversationId, TenantId};
use tokio::task::JoinSet;

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
                Due::Hours(tenant) => self.hours_turned(tenant),
                Due::Proposed => {
                    let core = self.clone();
                    self.tasks.spawn(async move { core.write_proposed().await });
                }
                Due::AgentGrace(tenant, agent, count) => {
                    if self.routing.still_offline(tenant, agent, count) {
                        self.give_up_conversations(tenant, agent);
                    }
                }
                Due::TurnDeadline(tenant, id, turn) => {
                    self.give_event(tenant, id, due, Event::TurnExpired { turn });
                }
                Due::BotAway(tenant, id) => self.bot_away(tenant, id, due),
                Due::Sla(tenant, id) => self.sla_due(tenant, id),
                Due::Board(tenant) => self.push_board(tenant),
                Due::Midnight(tenant) => self.day_over(tenant),
                Due::ForgetEvents(tenant) => self.forget_events(tenant),
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
                Ok(_) => {
                    count(&event);
                    core.look_again((tenant, id), due, &event);
                }
                Err(CoreError::NotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(%error, conversation = %id, "what was due could not be done; again later");
                    core.timers.set(core.clock.monotonic() + core.settings.timing.turn_deadline, due);
                }
            }
        });
    }

    /// What changed nothing may have met a head that was on its way to the store and never got
    /// there: while the committed one still has this turn open, its wait is not over.
    fn look_again(&self, key: (TenantId, ConversationId), due: Due, event: &Event) {
        if let Event::BotAway { turn } = event
            && self.turns.lock().is_open(key, *turn)
        {
            let later = self.clock.monotonic() + self.settings.timing.turn_deadline;
            self.timers.set(later, due);
        }
    }

    /// Everything this agent serves goes back to the front of the queue; what they were tidying
    /// up is done. What could not be is tried again later, all of it by one timer: one for each would
    /// wake for all of them, and be more each time.
    pub(crate) fn give_up_conversations(self: &Arc<Self>, tenant: TenantId, agent: AgentId) {
        let core = self.clone();
        self.tasks.spawn(async move {
            let mut given = JoinSet::new();
            for id in core.routing.owned(tenant, agent) {
                let core = core.clone();
                given.spawn(async move { core.give_up(tenant, id, agent).await });
            }
            let mut left = 0_usize;
            while let Some(done) = given.join_next().await {
                left += usize::from(!matches!(done, Ok(true)));
            }
            if left > 0 {
                let timing = &core.settings.timing;
                let later = timing.agent_grace.max(timing.turn_deadline);
                let count = core.routing.presence(tenant, agent);
                let at = core.clock.monotonic() + later;
                core.timers.set(at, Due::AgentGrace(tenant, agent, count));
            }
        });
    }

    /// Says whether it is done.
    async fn give_up(&self, tenant: TenantId, id: ConversationId, agent: AgentId) -> bool {
        let given_up = self
            .advance(tenant, id, |draft| {
                if draft.head.owner() == Some(agent) {
                    let wrap_up = matches!(draft.head.state.phase, Phase::WrapUp);
                    draft.step(if wrap_up {
                        &Event::WrapUpDone
                    } else {
                        &Event::Requeued
                    });
                }
                Ok(())
            })
            .await;
        if let Err(error) = &given_up {
            tracing::warn!(%error, conversation = %id, "could not be given back to the queue; again later");
        }
        given_up.is_ok()
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
