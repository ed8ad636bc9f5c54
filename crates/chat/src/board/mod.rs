//! The numbers of the board, from the event history and from nothing else. Pure.
//!
//! docs/metrics.md says of each number what it is, in one sentence over the events. A [`Tally`] reads
//! events once, in the order of their ids, and says the numbers of any moment after them. Everything
//! that shows a number asks a tally, so that two screens cannot disagree.

mod agents;
mod day;
mod promises;
mod rules;
mod sums;
mod waits;

use jiff::tz::TimeZone;
use kefu_proto::v1::{self, history_event::Kind};
use kefu_types::Millis;

pub use day::Day;
pub use rules::BoardRules;

use agents::Agents;
use promises::Promises;
use sums::Sums;
use waits::Waits;

/// What the events so far make of a day and of this moment.
#[derive(Debug)]
pub struct Tally {
    zone: TimeZone,
    day: Day,
    agents: Agents,
    waits: Waits,
    promises: Promises,
    sums: Sums,
}

impl Tally {
    /// Of the day that this moment is in, before any event.
    #[must_use]
    pub fn new(zone: TimeZone, now_ms: Millis) -> Self {
        Self {
            day: Day::of(&zone, now_ms),
            zone,
            agents: Agents::default(),
            waits: Waits::default(),
            promises: Promises::default(),
            sums: Sums::default(),
        }
    }

    /// The day that is counted.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &v1::HistoryEvent) {
        self.turn(event.at_ms);
        let counted = self.day.holds(event.at_ms);
        if event.kind() == Kind::Started {
            self.waits.clear();
            self.promises.clear();
        }
        self.waits.take(event);
        self.promises.take(event);
        self.agents.take(event, self.day, counted);
        if counted {
            let hour = self.day.hour(event.at_ms);
            self.sums.take(event, hour, self.waits.len());
        }
    }

    /// The numbers of a moment. Names and capacities are not in the history: whoever knows them adds
    /// them.
    pub fn board(&mut self, now_ms: Millis) -> v1::Board {
        self.turn(now_ms);
        let longest = self.waits.longest();
        let groups = self.groups(now_ms);
        let sum = |count: fn(&v1::BoardGroup) -> u32| -> u32 { groups.iter().map(count).sum() };
        v1::Board {
            at_ms: now_ms,
            day_from_ms: self.day.from_ms,
            day_until_ms: self.day.until_ms,
            overdue: sum(|group| group.overdue),
            reply_overdue: sum(|group| group.reply_overdue),
            resolution_overdue: sum(|group| group.resolution_overdue),
            groups,
            agents: self
                .agents
                .shown(self.day, now_ms, |id| self.waits.load(id)),
            day: Some(self.sums.day()),
            hours: self.sums.hours(),
            waiting: self.waits.len(),
            longest_since_ms: longest,
        }
    }

    /// Groups in whose line somebody waits or that have broken a promise, by id.
    fn groups(&self, now_ms: Millis) -> Vec<v1::BoardGroup> {
        let mut groups = self.waits.groups();
        for (group_id, overdue) in self.promises.overdue(now_ms) {
            let group = groups.entry(group_id).or_insert_with(|| v1::BoardGroup {
                group_id,
                ..Default::default()
            });
            group.overdue = overdue.all;
            group.reply_overdue = overdue.reply;
            group.resolution_overdue = overdue.resolution;
        }
        groups.into_values().collect()
    }

    /// Agents who are online, with the state that they chose and why.
    #[must_use]
    pub fn online(&self) -> Vec<(u64, i64, String)> {
        self.agents.online()
    }

    /// Who logged this agent out since they were online last.
    #[must_use]
    pub fn logged_out_by(&self, agent: u64) -> u64 {
        self.agents.logged_out_by(agent)
    }

    /// Another day begins when its time has come; none that is over comes back.
    fn turn(&mut self, at_ms: Millis) {
        if at_ms < self.day.until_ms {
            return;
        }
        self.day = Day::of(&self.zone, at_ms);
        self.sums = Sums::default();
        self.agents.turn(self.day);
    }
}

#[cfg(test)]
mod tests;
