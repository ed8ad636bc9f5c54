//! What is counted over a day.

use std::collections::BTreeMap;

use kefu_proto::v1::{self, history_event::Kind};

/// Counts of one day. Waits are kept by whole seconds, so that a day of them has a bound.
#[derive(Debug, Default)]
pub(super) struct Sums {
    day: v1::BoardDay,
    /// How many waited so many seconds.
    waits: BTreeMap<u32, u32>,
    reply_ms: i64,
    handling_ms: i64,
    /// What the talks took that are being tidied up: one that goes on is not handled yet.
    tidied: BTreeMap<u64, i64>,
    hours: BTreeMap<u32, v1::BoardHour>,
}

impl Sums {
    /// Takes an event of the day; so many wait after it.
    pub(super) fn take(&mut self, event: &v1::HistoryEvent, hour: u32, waiting: u32) {
        let day = &mut self.day;
        let at = self.hours.entry(hour).or_insert_with(|| v1::BoardHour {
            hour,
            ..Default::default()
        });
        at.waiting_max = at.waiting_max.max(waiting);
        match event.kind() {
            Kind::Queued => {
                day.queued += 1;
                at.queued += 1;
            }
            Kind::Assigned => {
                let waited_s = seconds(event.value);
                day.assigned += 1;
                at.assigned += 1;
                at.wait_max_s = at.wait_max_s.max(waited_s);
                *self.waits.entry(waited_s).or_default() += 1;
            }
            Kind::LeftQueue => {
                day.abandoned += 1;
                at.abandoned += 1;
            }
            Kind::FirstReply => {
                day.replied += 1;
                self.reply_ms += event.value;
            }
            Kind::WrapUp => {
                day.served += 1;
                self.handling_ms += event.value;
                self.tidied.insert(event.conversation_id, event.value);
            }
            Kind::Resumed => {
                if let Some(took_ms) = self.tidied.remove(&event.conversation_id) {
                    day.served -= 1;
                    self.handling_ms -= took_ms;
                }
            }
            Kind::Closed => {
                day.closed += 1;
                day.bot_only += u32::from(event.value == 1);
                self.tidied.remove(&event.conversation_id);
            }
            Kind::Returned | Kind::Requeued => {
                self.tidied.remove(&event.conversation_id);
            }
            Kind::Transferred => {
                day.transfers += 1;
                self.tidied.remove(&event.conversation_id);
            }
            Kind::Regrouped => day.transfers += 1,
            Kind::Offered => day.offered += 1,
            Kind::Declined => day.declined += 1,
            Kind::Missed => day.missed += 1,
            Kind::SlaKept => day.sla_kept += 1,
            Kind::SlaBroken => day.sla_broken += 1,
            Kind::Rated => {
                day.rated += 1;
                day.score_sum += u32::try_from(event.value).unwrap_or(0);
            }
            _ => {}
        }
    }

    /// The sums with what is computed from them.
    pub(super) fn day(&self) -> v1::BoardDay {
        let mean = |sum_ms: i64, count: u32| {
            if count == 0 {
                0
            } else {
                sum_ms / i64::from(count)
            }
        };
        v1::BoardDay {
            wait_p50_s: self.rank(50),
            wait_p90_s: self.rank(90),
            wait_max_s: self.waits.keys().next_back().copied().unwrap_or(0),
            first_reply_mean_ms: mean(self.reply_ms, self.day.replied),
            handling_mean_ms: mean(self.handling_ms, self.day.served),
            ..self.day
        }
    }

    pub(super) fn hours(&self) -> Vec<v1::BoardHour> {
        self.hours.values().copied().collect()
    }

    /// The nearest rank: the least wait that so many percent of all do not exceed.
    fn rank(&self, percent: u64) -> u32 {
        let all: u64 = self.waits.values().copied().map(u64::from).sum();
        let wanted = (all * percent).div_ceil(100);
        let mut seen = 0;
        for (waited_s, count) in &self.waits {
            seen += u64::from(*count);
            if seen >= wanted {
                return *waited_s;
            }
        }
        0
    }
}

fn seconds(ms: i64) -> u32 {
    u32::try_from(ms / 1_000).unwrap_or(0)
}
