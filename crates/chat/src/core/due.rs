//! What happens when its time has come.

use std::sync::Arc;

use kefu_dialog::{Event, Phase};
use kefu_types::{AgentId, ConversationId, TenantId};
use tokio::task::JoinSet;

use super::{Core, timers::Due};
use crate::{error::CoreError, model::Head};

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
                Due::WrapUp(tenant, id) => self.wrap_up_over(tenant, id, due),
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

    /// The wrap-up of that moment counts: one before it, after which the talk went on, had a timer of
    /// its own.
    fn wrap_up_over(self: &Arc<Self>, tenant: TenantId, id: ConversationId, due: Due) {
        let since = self.wrap_ups.lock().get(&(tenant, id)).copied();
        let lasts = since.map(|since| self.clock.monotonic().saturating_sub(since));
        if lasts.is_some_and(|lasts| lasts >= self.settings.timing.wrap_up) {
            self.give_event(tenant, id, due, Event::WrapUpDone);
        }
    }

    /// Steps the dialog by an event of the core's own; tried again later if the store refuses, or if
    /// it met a head that never got there.
    fn give_event(self: &Arc<Self>, tenant: TenantId, id: ConversationId, due: Due, event: Event) {
        if self.stopping.is_cancelled() {
            return;
        }
        let core = self.clone();
        self.tasks.spawn(async move {
            let keeps_turn = matches!(event, Event::TurnExpired { .. });
            let mut moved = false;
            let done = core
                .advance(tenant, id, |draft| {
                    draft.keeps_turn = keeps_turn;
                    moved = draft.step(&event);
                    Ok(())
                })
                .await;
            match done {
                Ok(_) if moved => count(&event),
                Ok(_) if core.still_waits((tenant, id), &event) => {
                    core.look_again((tenant, id), due, |head| is_due(head, &event))
                        .await;
                }
                Ok(_) | Err(CoreError::NotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(%error, conversation = %id, "what was due could not be done; again later");
                    core.again_later(due);
                }
            }
        });
    }

    /// Whether what memory has of the store says that it is still to be done: nearly all timers of
    /// turns find theirs answered, and nothing is read for those.
    fn still_waits(&self, key: (TenantId, ConversationId), event: &Event) -> bool {
        let open = || self.turns.lock().open_turn(key);
        match event {
            Event::TurnExpired { turn } => open() == Some(*turn),
            // Whichever it is by now: the wait is the visitor's.
            Event::BotAway { .. } => open().is_some(),
            _ => true,
        }
    }

    /// What changed nothing may have met a head that was on its way to the store and never got
    /// there. What is stored says whether it is still due, and then it is tried again.
    pub(super) async fn look_again(
        &self,
        (tenant, id): (TenantId, ConversationId),
        due: Due,
        is_due: impl Fn(&Head) -> bool + Send,
    ) {
        let still = match self.committed(tenant, id).await {
            Ok(head) => is_due(&head),
            Err(CoreError::NotFound(_)) => false,
            // Who cannot look now looks later.
            Err(_) => true,
        };
        if still {
            self.again_later(due);
        }
    }

    pub(super) fn again_later(&self, due: Due) {
        let later = self.clock.monotonic() + self.settings.timing.turn_deadline;
        self.timers.set(later, due);
    }

    /// Everything this agent serves goes back to the front of the queue; what they were tidying
    /// up is done. What could not be, or is not theirs yet, is looked at again later, all of it by one
    /// timer: one for each would wake for all of them, and be more each time.
    pub(crate) fn give_up_conversations(self: &Arc<Self>, tenant: TenantId, agent: AgentId) {
        let core = self.clone();
        self.tasks.spawn(async move {
            // First what is on its way to them: what arrives in between is counted twice, and not missed.
            let mut left = core.routing.coming(tenant, agent);
            let mut given = JoinSet::new();
            for id in core.routing.owned(tenant, agent) {
                let core = core.clone();
                given.spawn(async move { core.give_up(tenant, id, agent).await });
            }
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

    /// Says whether it is done: it is not theirs any more, by what is stored.
    async fn give_up(&self, tenant: TenantId, id: ConversationId, agent: AgentId) -> bool {
        let mut moved = false;
        let given_up = self
            .advance(tenant, id, |draft| {
                moved = draft.head.owner() == Some(agent);
                if moved {
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
        match given_up {
            Ok(_) if moved => true,
            // Who owned it by then may never be stored.
            Ok(_) => {
                let stored = self.committed(tenant, id).await;
                stored.is_ok_and(|head| head.owner() != Some(agent))
            }
            Err(error) => {
                tracing::warn!(%error, conversation = %id, "could not be given back to the queue; again later");
                false
            }
        }
    }
}

/// Whether it still means something to a stored head.
fn is_due(head: &Head, event: &Event) -> bool {
    let phase = &head.state.phase;
    match event {
        Event::TurnExpired { turn } => {
            let waits = matches!(phase, Phase::Processing { waited: false, .. });
            waits && head.state.turn == *turn
        }
        Event::BotAway { .. } => head.is_processing(),
        Event::WrapUpDone => matches!(phase, Phase::WrapUp),
        _ => false,
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
