//! What happens next.

use std::{sync::Arc, time::Duration};

use super::World;
use crate::{check::Promise, counters::Counted, process::PAGE_MAX};

/// Time of the office to open.
const OPENING: Duration = Duration::from_millis(500);

impl World {
    /// Agents open their workspaces, the first visitors come.
    pub(crate) async fn open(self: &Arc<Self>) {
        if self.profile.drift_ppm != 0 {
            self.run.tally.count(Counted::ClockDrift);
        }
        for agent in &self.agents {
            if self.run.dice.chance(70) {
                self.agent_comes(agent);
            }
        }
        for _ in 0..self.run.scene.scale().visitors.0 {
            self.visitor_comes();
        }
        tokio::time::sleep(OPENING).await;
    }

    /// One step and the pause after it. False when a promise is broken.
    pub(crate) async fn step(self: &Arc<Self>, step: u32) -> bool {
        self.run.log.step(step);
        for _ in 0..self.run.scene.scale().acts {
            self.act_once();
        }
        tokio::time::sleep(self.pause()).await;
        if let Some(front) = self.process.front() {
            let waiting = front.waiting_changes();
            let scale = self.run.scene.scale();
            let most = scale.writer_queue_max + scale.writer_queue_vip_max;
            let fits = waiting <= most;
            self.run.log.require(Promise::Bounded, fits, || {
                format!("{waiting} changes wait for the writer, {most} are allowed")
            });
        }
        !self.run.log.is_broken()
    }

    fn pause(&self) -> Duration {
        let dice = &self.run.dice;
        let ms = match dice.weighted(&[20, 70, 8, 2]) {
            0 => 0,
            1 => dice.below(self.profile.haste_ms + 1),
            2 => dice.within(100..=600),
            _ => dice.within(1_000..=6_000),
        };
        Duration::from_millis(ms)
    }

    fn act_once(self: &Arc<Self>) {
        let profile = self.profile;
        let on = |switch: bool, weight: u64| if switch { weight } else { 0 };
        let scene = self.run.scene;
        let (groups, crowd) = (scene.has_groups(), scene.is_crowd());
        let evening = scene.is_evening();
        let weights = [
            30,
            8,
            3,
            3,
            2,
            12,
            14,
            14,
            6,
            3,
            2,
            2,
            3,
            3,
            2,
            on(profile.floods, 1),
            on(profile.store_fails, 5),
            on(profile.store_fails, 2),
            on(profile.crashes, 1),
            on(profile.clock_jumps, 2),
            on(profile.links_fail, 6),
            on(profile.bots_fail, 2),
            6,
            3,
            on(!crowd, 12),
            on(!crowd, 5),
            // Nothing is added to the other worlds: their seeds say what they always said.
            on(groups, 10),
            on(groups, 6),
            on(groups, 4),
            on(groups, 3),
            on(crowd, 60),
            on(crowd, 25),
            on(evening, 14),
            on(evening, 5),
            on(evening, 10),
            on(evening, 16),
            on(evening, 6),
        ];
        match self.run.dice.weighted(&weights) {
            0 => self.visitor_says(),
            1 => self.says_again(),
            2 => self.says_twice_at_once(),
            3 => self.reuses_an_id(),
            4 => self.another_visitor(),
            5 => self.looks_up_a_page(),
            6 => self.agent_acts(),
            7 => self.agent_says(),
            8 => self.visitor_acts(),
            9 => self.claims_race(),
            10 => self.agent_changes_status(),
            11 => self.agent_logs_out(),
            12 => self.agent_comes_or_goes(),
            13 => self.another_device(),
            14 => self.agent_reads(),
            15 => self.flood(),
            16 => self.transaction_fails(),
            17 => self.store_suffers(),
            18 => self.killed(),
            19 => self.clock_jumps(),
            20 => self.link_suffers(),
            21 => self.bot_leaves(),
            22 => self.takes_back(),
            23 => self.quotes(),
            24 => self.marks(),
            25 => self.asks_what_was_missed(),
            26 => self.visitor_asks_for_people(),
            27 => self.goes_to_a_group(),
            28 => self.agent_is_away(),
            29 => self.leaves_and_asks_again(),
            30 => self.crowd_comes(),
            31 => self.agent_comes_or_goes(),
            32 => self.leaves_a_message(),
            33 => self.leaves_again(),
            34 => self.claims_left_at_once(),
            35 => self.works_on_left(),
            _ => self.moves_left(),
        }
    }

    fn visitor_says(self: &Arc<Self>) {
        if let Some(visitor) = self.some_visitor() {
            let poison = self.run.dice.chance(2);
            self.say(visitor.speaker(), poison);
        }
    }

    fn says_again(self: &Arc<Self>) {
        let said = self.run.dice.pick(&self.said.lock()).cloned();
        if let Some(said) = said {
            self.run.tally.count(Counted::Retry);
            self.send(said);
        }
    }

    fn says_twice_at_once(self: &Arc<Self>) {
        if let Some(visitor) = self.some_visitor() {
            self.run.tally.count(Counted::Twice);
            let said = self.say(visitor.speaker(), false);
            self.send(said);
        }
    }

    fn reuses_an_id(self: &Arc<Self>) {
        let said = self.run.dice.pick(&self.said.lock()).cloned();
        if let Some(said) = said {
            self.run.tally.count(Counted::Reuse);
            self.send(said.reworded());
        }
    }

    fn another_visitor(self: &Arc<Self>) {
        if self.visitors.lock().len() < self.run.scene.scale().visitors.1 {
            self.visitor_comes();
        }
    }

    fn another_device(&self) {
        if let Some(visitor) = self.some_visitor() {
            self.open_device(&visitor);
        }
    }

    fn looks_up_a_page(self: &Arc<Self>) {
        let Some(visitor) = self.some_visitor() else {
            return;
        };
        let stored = self
            .run
            .log
            .ask(|checker| checker.last_seq(visitor.conversation));
        let after = self.run.dice.below(stored + 2);
        let limit = u32::try_from(self.run.dice.within(1..=u64::from(PAGE_MAX))).unwrap_or(1);
        self.begin("a page".to_owned(), |world| async move {
            let front = world.process.up().await;
            world.read(&front, &visitor.eyes(), after, limit).await;
            front
                .conversation(&visitor.token, visitor.conversation)
                .await;
        });
    }

    fn flood(self: &Arc<Self>) {
        // More than the writer's queue holds.
        for _ in 0..2 * self.run.scene.scale().writer_queue_max {
            if let Some(visitor) = self.some_visitor() {
                self.say(visitor.speaker(), false);
            }
        }
    }
}
