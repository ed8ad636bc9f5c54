//! Agents: in which state since when, and how long in each today.

use std::collections::{BTreeMap, BTreeSet};

use kefu_proto::v1::{self, AgentStatus, history_event::Kind};
use kefu_types::Millis;

use super::day::Day;

/// One agent. Offline is no state of their choice, and has no time of its own.
#[derive(Debug, Clone, Default)]
struct Seat {
    online: bool,
    /// `AgentStatus` as a number; 0 while nothing said it.
    status: i64,
    reason: String,
    /// Whether they are there was told.
    known: bool,
    /// An event of their choice said the state: what comes with being online says nothing new.
    chosen: bool,
    since_ms: Millis,
    /// Up to when the times below are counted.
    counted_ms: Millis,
    free_ms: i64,
    busy_ms: i64,
    wrap_up_ms: i64,
    away_ms: i64,
    served: u32,
    logged_out_by: u64,
}

impl Seat {
    /// Counts the time in the present state.
    fn count(&mut self, until_ms: Millis, day: Day) {
        if self.online {
            let from_ms = self.counted_ms.max(day.from_ms);
            let spent_ms = (until_ms - from_ms).max(0);
            match AgentStatus::try_from(i32::try_from(self.status).unwrap_or(0)) {
                Ok(AgentStatus::Busy) => self.busy_ms += spent_ms,
                Ok(AgentStatus::WrapUp) => self.wrap_up_ms += spent_ms,
                Ok(AgentStatus::Away) => self.away_ms += spent_ms,
                _ => self.free_ms += spent_ms,
            }
        }
        self.counted_ms = self.counted_ms.max(until_ms);
    }

    /// Online or not, in this state from now on.
    fn becomes(&mut self, online: bool, (status, reason): (i64, &str), at_ms: Millis, day: Day) {
        if (self.online, self.status, self.reason.as_str()) == (online, status, reason) {
            return;
        }
        self.count(at_ms, day);
        // Of somebody offline it is said since when, whatever they choose meanwhile.
        if online || self.online {
            self.since_ms = at_ms;
        }
        self.online = online;
        self.status = status;
        reason.clone_into(&mut self.reason);
    }
}

/// All of a tenant that events tell of.
#[derive(Debug, Default)]
pub(super) struct Agents {
    seats: BTreeMap<u64, Seat>,
    /// Conversations whose talk was ended today and is being tidied up.
    tidied: BTreeSet<u64>,
    /// A core began: whoever was there is not any more.
    started: bool,
}

impl Agents {
    pub(super) fn take(&mut self, event: &v1::HistoryEvent, day: Day, counted: bool) {
        let at_ms = event.at_ms;
        match event.kind() {
            Kind::Started => {
                self.started = true;
                for seat in self.seats.values_mut() {
                    let (status, reason) = (seat.status, seat.reason.clone());
                    seat.becomes(false, (status, reason.as_str()), at_ms, day);
                }
            }
            Kind::Status => {
                let seat = self.seats.entry(event.agent_id).or_default();
                seat.becomes(
                    seat.online,
                    (event.value, event.reason.as_str()),
                    at_ms,
                    day,
                );
                seat.chosen = true;
            }
            Kind::Online | Kind::Still => {
                let seat = self.seats.entry(event.agent_id).or_default();
                let (status, reason) = if seat.chosen {
                    (seat.status, seat.reason.clone())
                } else {
                    (event.value, event.reason.clone())
                };
                // STILL repeats what is known, where the history does not begin with it.
                let news = event.kind() == Kind::Online || !(seat.known || self.started);
                if news {
                    seat.becomes(true, (status, reason.as_str()), at_ms, day);
                    seat.known = true;
                }
                if event.kind() == Kind::Online {
                    seat.logged_out_by = 0;
                }
            }
            Kind::Offline => {
                let seat = self.seats.entry(event.agent_id).or_default();
                let (status, reason) = (seat.status, seat.reason.clone());
                seat.becomes(false, (status, reason.as_str()), at_ms, day);
                seat.known = true;
            }
            Kind::LoggedOut => {
                let seat = self.seats.entry(event.agent_id).or_default();
                seat.logged_out_by = event.by_id;
            }
            Kind::WrapUp if counted => {
                self.seats.entry(event.agent_id).or_default().served += 1;
                self.tidied.insert(event.conversation_id);
            }
            Kind::Resumed if self.tidied.remove(&event.conversation_id) => {
                let seat = self.seats.entry(event.agent_id).or_default();
                seat.served = seat.served.saturating_sub(1);
            }
            // Who owns anything is listed, there or not.
            Kind::Owned | Kind::Assigned | Kind::Taken => {
                self.seats.entry(event.agent_id).or_default();
            }
            Kind::Closed | Kind::Returned | Kind::Requeued | Kind::Transferred => {
                self.tidied.remove(&event.conversation_id);
                if event.kind() == Kind::Transferred && event.agent_id != 0 {
                    self.seats.entry(event.agent_id).or_default();
                }
            }
            _ => {}
        }
    }

    /// A new day: what is counted begins anew, what is so stays so.
    pub(super) fn turn(&mut self, day: Day) {
        self.tidied.clear();
        for seat in self.seats.values_mut() {
            seat.counted_ms = seat.counted_ms.max(day.from_ms);
            seat.served = 0;
            (seat.free_ms, seat.busy_ms) = (0, 0);
            (seat.wrap_up_ms, seat.away_ms) = (0, 0);
        }
    }

    pub(super) fn online(&self) -> Vec<(u64, i64, String)> {
        let online = self.seats.iter().filter(|(_, seat)| seat.online);
        online
            .map(|(id, seat)| (*id, seat.status, seat.reason.clone()))
            .collect()
    }

    pub(super) fn logged_out_by(&self, agent: u64) -> u64 {
        self.seats.get(&agent).map_or(0, |seat| seat.logged_out_by)
    }

    /// By id.
    pub(super) fn shown(
        &self,
        day: Day,
        now_ms: Millis,
        load: impl Fn(u64) -> u32,
    ) -> Vec<v1::BoardAgent> {
        let shown = self.seats.iter().map(|(id, seat)| {
            let mut now = seat.clone();
            now.count(now_ms, day);
            v1::BoardAgent {
                agent_id: *id,
                online: now.online,
                status: i32::try_from(now.status).unwrap_or(0),
                away_reason: now.reason,
                since_ms: now.since_ms,
                load: load(*id),
                free_ms: now.free_ms,
                busy_ms: now.busy_ms,
                wrap_up_ms: now.wrap_up_ms,
                away_ms: now.away_ms,
                served: now.served,
                ..Default::default()
            }
        });
        shown.collect()
    }
}
