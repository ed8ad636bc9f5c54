//! The event history: telling it, keeping its numbers in memory, forgetting it.
//!
//! Most events ride on the change that they tell of (`history.rs`, [`StateChange`]). Those that have
//! none of their own, who is there and who is asked, are changes for themselves, in the order in which
//! they happened. Numbers are taken from events that are durable, and from nothing else.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use kefu_proto::v1::{self, Phase, history_event::Kind};
use kefu_types::{AgentId, ConversationId, Millis, Snowflake, TenantId};
use parking_lot::Mutex;

use super::{Core, timers::Due};
use crate::{
    board::{Day, Tally},
    error::CoreError,
    lanes::Lane,
    model::{Head, User},
    sla::Promise,
    store::{Change, StateChange},
};

/// The numbers of all tenants.
#[derive(Default)]
pub(crate) struct Tallies {
    of: Mutex<HashMap<TenantId, Tally>>,
    /// Tenants whose supervisors will be told.
    pub(crate) pushing: Mutex<HashSet<TenantId>>,
    /// The first instant of the day of which it was told who is still there.
    days: Mutex<HashMap<TenantId, Millis>>,
}

/// Where a conversation stands when a core begins, and what is promised; nothing when it is nobody's
/// concern.
pub(crate) fn carried(head: &Head, now_ms: Millis) -> Vec<v1::HistoryEvent> {
    let (kind, value) = match head.phase() {
        Phase::Queued => (Kind::Waiting, (now_ms - head.queued_at_ms).max(0)),
        Phase::Serving | Phase::WrapUp => (Kind::Owned, 0),
        _ => return Vec::new(),
    };
    let event = |kind: Kind, value: i64| v1::HistoryEvent {
        kind: kind.into(),
        at_ms: now_ms,
        conversation_id: head.id.0,
        group_id: head.group.0,
        value,
        ..Default::default()
    };
    let place = v1::HistoryEvent {
        agent_id: head.owner().map_or(0, |agent| agent.0),
        ..event(kind, value)
    };
    let open = Promise::ALL.map(|promise| event(promise.told_by(), promise.open(head)));
    let open = open.into_iter().filter(|event| event.value != 0);
    std::iter::once(place).chain(open).collect()
}

impl Core {
    /// An event of now, to be filled in.
    pub(crate) fn event(&self, kind: Kind) -> v1::HistoryEvent {
        v1::HistoryEvent {
            id: self.ids.next(),
            kind: kind.into(),
            at_ms: self.clock.wall_ms(),
            ..Default::default()
        }
    }

    pub(crate) fn tally<T>(&self, tenant: TenantId, work: impl FnOnce(&mut Tally) -> T) -> T {
        let mut tallies = self.tallies.of.lock();
        let fresh = || Tally::new(self.settings.board.zone.clone(), self.clock.wall_ms());
        work(tallies.entry(tenant).or_insert_with(fresh))
    }

    /// Counts what is durable.
    pub(crate) fn take_events(&self, tenant: TenantId, events: &[v1::HistoryEvent]) {
        if events.is_empty() {
            return;
        }
        self.tally(tenant, |tally| {
            events.iter().for_each(|event| tally.take(event));
        });
        self.board_changed(tenant);
    }

    /// Events of their own. The order of calls is the order in the history.
    pub(crate) fn tell(&self, tenant: TenantId, events: Vec<v1::HistoryEvent>) {
        if events.is_empty() {
            return;
        }
        let events = events.into();
        let told = self
            .writer
            .submit(Lane::Normal, Change::Happened { tenant, events });
        if let Err(error) = told {
            metrics::counter!("kefu_chat_events_lost_total").increment(1);
            tracing::warn!(%error, "the history misses an event");
        }
    }

    /// The change that makes `user` of what is stored, with the event when a state was chosen.
    pub(crate) fn update_of(&self, by: &User, stored: &User, user: User) -> Change {
        if (stored.status, &stored.away_reason) == (user.status, &user.away_reason) {
            return Change::UpdateUser(user);
        }
        let event = v1::HistoryEvent {
            agent_id: user.id.0,
            by_id: if by.id == user.id { 0 } else { by.id.0 },
            value: i32::from(user.status).into(),
            reason: user.away_reason.clone(),
            ..self.event(Kind::Status)
        };
        Change::SetState(Box::new(StateChange { user, event }))
    }

    /// Called while presence is held: what is told of it is told in order.
    pub(crate) fn tell_presence(&self, tenant: TenantId, agent: AgentId, online: bool) {
        if online {
            self.expelled.lock().remove(&(tenant, agent));
        }
        let user = self.directory.get(tenant, agent).filter(|_| online);
        let kind = if online { Kind::Online } else { Kind::Offline };
        let event = v1::HistoryEvent {
            agent_id: agent.0,
            value: user
                .as_ref()
                .map_or(0, |user| i32::from(user.status).into()),
            reason: user.map_or_else(String::new, |user| user.away_reason.clone()),
            ..self.event(kind)
        };
        self.tell(tenant, vec![event]);
    }

    pub(crate) fn tell_offer(
        &self,
        tenant: TenantId,
        kind: Kind,
        (agent, conversation): (AgentId, ConversationId),
    ) {
        let event = v1::HistoryEvent {
            conversation_id: conversation.0,
            agent_id: agent.0,
            ..self.event(kind)
        };
        self.tell(tenant, vec![event]);
    }

    /// Reads the day so far of each tenant, and tells that this core begins and what it found.
    pub(crate) async fn begin_history(
        &self,
        found: BTreeMap<TenantId, Vec<v1::HistoryEvent>>,
    ) -> Result<(), CoreError> {
        let now = self.clock.monotonic();
        for (tenant, carried) in found {
            let day = self.read_day(tenant).await?;
            let started = self.event(Kind::Started);
            let carried = carried.into_iter().map(|event| v1::HistoryEvent {
                id: self.ids.next(),
                ..event
            });
            self.tell(tenant, std::iter::once(started).chain(carried).collect());
            self.tallies.days.lock().insert(tenant, day.from_ms);
            self.at_midnight(tenant, day);
            if !self.settings.board.keep.is_zero() {
                let at = now + self.settings.board.forget_every;
                self.timers.set(at, Due::ForgetEvents(tenant));
            }
        }
        Ok(())
    }

    async fn read_day(&self, tenant: TenantId) -> Result<Day, CoreError> {
        let day = self.tally(tenant, |tally| tally.day());
        let most = self.settings.board.page_max;
        let mut after = Snowflake::first_at_ms(day.from_ms).saturating_sub(1);
        loop {
            let events = self.store.events(tenant, after, most).await?;
            self.tally(tenant, |tally| {
                events.iter().for_each(|event| tally.take(event));
            });
            match events.last() {
                Some(last) => after = last.id,
                None => return Ok(day),
            }
        }
    }

    fn at_midnight(&self, tenant: TenantId, day: Day) {
        let left_ms = day.until_ms.saturating_sub(self.clock.wall_ms());
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0).max(1));
        let at = self.clock.monotonic() + left;
        self.timers.set(at, Due::Midnight(tenant));
    }

    /// Tells of a day that has begun who is there still, so that the day can be read by itself.
    pub(crate) fn day_over(&self, tenant: TenantId) {
        let day = Day::of(&self.settings.board.zone, self.clock.wall_ms());
        let told = self.tallies.days.lock().insert(tenant, day.from_ms);
        if told.is_none_or(|told| told < day.from_ms) {
            let online = self.tally(tenant, |tally| tally.online());
            let still = online.into_iter().map(|(agent_id, value, reason)| {
                let event = self.event(Kind::Still);
                v1::HistoryEvent {
                    at_ms: day.from_ms,
                    agent_id,
                    value,
                    reason,
                    ..event
                }
            });
            self.tell(tenant, still.collect());
        }
        self.board_changed(tenant);
        self.at_midnight(tenant, day);
    }

    /// Some of the events go whose time is over.
    pub(crate) fn forget_events(self: &Arc<Self>, tenant: TenantId) {
        if self.stopping.is_cancelled() {
            return;
        }
        let core = self.clone();
        self.tasks.spawn(async move {
            let rules = &core.settings.board;
            let keep_ms = i64::try_from(rules.keep.as_millis()).unwrap_or(i64::MAX);
            let before_ms = core.clock.wall_ms().saturating_sub(keep_ms);
            let below = Snowflake::first_at_ms(before_ms);
            let oldest = core.store.events(tenant, 0, 1).await;
            let is_old = |event: &v1::HistoryEvent| event.id < below;
            if oldest.is_ok_and(|oldest| oldest.first().is_some_and(is_old)) {
                let forget = Change::ForgetEvents {
                    tenant,
                    below,
                    events_max: rules.forget_max,
                };
                if let Err(error) = core.writer.write(forget).await {
                    tracing::debug!(%error, "old events stay for now");
                }
            }
            let at = core.clock.monotonic() + rules.forget_every;
            core.timers.set(at, Due::ForgetEvents(tenant));
        });
    }
}
