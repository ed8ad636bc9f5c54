//! Faults, as steps.

use std::{sync::Arc, time::Duration};

use super::{EDGES, World, edge::Edge};
use crate::{
    counters::Counted,
    disk::{ApplyFault, Spell},
    log::Event,
};

const HOUR_MS: i64 = 3_600_000;

impl World {
    fn until(&self, from_ms: u64, to_ms: u64) -> Duration {
        let span = self.run.dice.within(from_ms..=to_ms);
        self.run.time.passed() + Duration::from_millis(span)
    }

    /// The next transaction fails.
    pub(super) fn transaction_fails(&self) {
        let fault = if self.profile.crashes && self.run.dice.chance(40) {
            let faults = [
                ApplyFault::CrashBefore,
                ApplyFault::CrashAfter,
                ApplyFault::DeviceBefore,
                ApplyFault::DeviceAfter,
            ];
            faults[self.run.dice.weighted(&[3, 4, 1, 1])]
        } else {
            let faults = [ApplyFault::ErrorBefore, ApplyFault::LostReply];
            faults[self.run.dice.weighted(&[1, 2])]
        };
        self.run
            .log
            .add(Event::Did("the next transaction fails", fault as u64));
        self.run.faults.plan(fault);
    }

    /// The store has a bad time, sometimes after a reply that was lost.
    pub(super) fn store_suffers(&self) {
        let spells = [Spell::Stall, Spell::Busy, Spell::Full, Spell::ReadsFail];
        let spell = spells[self.run.dice.weighted(&[3, 3, 2, 2])];
        if spell == Spell::Stall {
            self.run.tally.count(Counted::Stall);
        }
        if self.run.dice.chance(30) {
            self.run.faults.plan(ApplyFault::LostReply);
        }
        self.run
            .log
            .add(Event::Did("the store suffers", spell as u64));
        self.run.faults.begin(spell, self.until(20, 4_000));
    }

    /// The process is killed, after a few more turns of whatever is ready to run.
    pub(super) fn killed(self: &Arc<Self>) {
        let turns = self.run.dice.below(12);
        self.run.log.add(Event::Did("is about to be killed", turns));
        self.begin("a kill".to_owned(), |world| async move {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            world.process.kill();
        });
    }

    pub(super) fn clock_jumps(&self) {
        let shifts = [HOUR_MS, -HOUR_MS, -5_000, 90_000, -30];
        let by_ms = *self.run.dice.pick(&shifts).unwrap_or(&0);
        self.run.tally.count(Counted::ClockJump);
        if by_ms < 0 {
            self.run.tally.count(Counted::ClockBack);
        }
        self.run
            .log
            .add(Event::Did("the clock jumps", by_ms.unsigned_abs()));
        self.run.time.jump(by_ms);
    }

    fn some_edge(&self) -> &Edge {
        let at = self.run.dice.below(EDGES as u64);
        &self.edges[usize::try_from(at).unwrap_or(0)]
    }

    pub(super) fn link_suffers(&self) {
        let edge = self.some_edge();
        let how = self.run.dice.weighted(&[3, 3, 2, 2]);
        match how {
            0 => {
                self.run.tally.count(Counted::Cut);
                edge.cut();
            }
            1 => {
                self.run.tally.count(Counted::Lag);
                edge.lag(self.until(100, 6_000));
            }
            2 => edge.lose(self.run.dice.within(1..=3)),
            _ => edge.swap(self.run.dice.within(1..=4)),
        }
        self.run.log.add(Event::Did("a link suffers", how as u64));
    }

    pub(super) fn bot_leaves(&self) {
        if let Some(bot) = self.run.dice.pick(&self.bots) {
            bot.leave();
        }
    }
}
