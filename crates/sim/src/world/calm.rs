//! After the faults: within a stated time everything is as it should be.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{AgentStatus, Phase};

use super::{World, cast::Agent};
use crate::{
    check::Promise,
    process::{AGENT_GRACE, BOT_AWAY},
};

/// Simulated time from the last fault until every send is answered, every turn is answered or
/// with people, every reader has seen everything, and nobody waits beside a free agent.
pub(crate) const CALM_MAX: Duration = Duration::from_secs(60);

/// Simulated time for which it must stay so.
const STAYS: Duration = Duration::from_secs(2);

/// Tasks that may be alive then, beyond three for each actor: the core's own.
const TASKS_MAX: usize = 40;

const LOOK: Duration = Duration::from_millis(200);

impl World {
    /// No more faults; waits until all is well, or says what is not.
    pub(crate) async fn calm_down(self: &Arc<Self>) {
        self.calm.store(true, std::sync::atomic::Ordering::SeqCst);
        self.run.faults.heal();
        self.run.time.set_right();
        self.edges.iter().for_each(|edge| edge.heal());
        // What died bots hold is theirs until they are gone.
        self.bots.iter().for_each(|bot| bot.leave());
        let begun = self.run.time.passed();
        let mut well = Duration::ZERO;
        while well < STAYS {
            if self.run.log.is_broken() {
                return;
            }
            let wrong = self.wrong();
            let waited = self.run.time.passed() - begun;
            well = if wrong.is_none() {
                well + LOOK
            } else {
                Duration::ZERO
            };
            if let Some(wrong) = wrong
                && waited > CALM_MAX
            {
                let s = CALM_MAX.as_secs();
                let what = || format!("{s} s after the last fault, {wrong}");
                self.run.log.require(Promise::Live, false, what);
                return;
            }
            // The first agents come back only after others have lost what they owned.
            if waited > AGENT_GRACE + BOT_AWAY {
                self.agents
                    .iter()
                    .for_each(|agent| self.back_to_work(agent));
            }
            tokio::time::sleep(LOOK).await;
        }
        self.read_all().await;
        let verdict = self.run.log.ask(|checker| checker.at_the_end());
        if let Err((promise, what)) = verdict {
            self.run.log.require(promise, false, || what);
        }
        self.few_tasks();
    }

    fn back_to_work(self: &Arc<Self>, agent: &Agent) {
        if !self.edges[agent.edge].has(agent.id) {
            self.agent_comes(agent);
            self.set_status(agent.token(), AgentStatus::Free);
        }
    }

    /// The first thing that is not as it should be.
    fn wrong(&self) -> Option<String> {
        match self.process.front() {
            None => return Some("no process is up".to_owned()),
            Some(front) if !front.is_ready() => return Some("the core is not ready".to_owned()),
            Some(_) => {}
        }
        if let Some(what) = self.pending.lock().values().next() {
            return Some(format!("{what} is still awaited"));
        }
        self.run
            .log
            .ask(|checker| {
                let mut queued = Vec::new();
                for (id, tenant, newest) in checker.newest() {
                    if newest.processing {
                        return Some(format!(
                            "turn {} of {id} is neither answered nor with people",
                            newest.turn
                        ));
                    }
                    if newest.phase == i32::from(Phase::Queued) {
                        queued.push((id, tenant, newest.group));
                    }
                }
                let idle = self.agents.iter();
                let idle: Vec<&Agent> = idle
                    .filter(|agent| self.takes_one_more(agent, checker.load(agent.id)))
                    .collect();
                queued.into_iter().find_map(|(id, tenant, group)| {
                    let fits = |agent: &&&Agent| {
                        agent.tenant.0 == tenant && self.may_serve(checker, agent, id, group)
                    };
                    let agent = idle.iter().find(fits)?;
                    Some(format!("{id} waits, and agent {} is idle", agent.id))
                })
            })
            .or_else(|| self.reader_behind())
    }

    fn takes_one_more(&self, agent: &Agent, load: usize) -> bool {
        let id = kefu_types::AgentId(agent.id);
        let user = self.run.disk.user(agent.tenant, id);
        let free = user.is_some_and(|user| {
            user.status == AgentStatus::Free && load < usize::try_from(user.capacity).unwrap_or(0)
        });
        free && self.edges[agent.edge].online().contains(&agent.id)
    }

    /// Everybody who watches has been told of everything.
    fn reader_behind(&self) -> Option<String> {
        for (at, edge) in self.edges.iter().enumerate() {
            for device in edge.devices() {
                let id = device.eyes.conversation;
                let stored = self.run.log.ask(|checker| checker.last_seq(id));
                if !device.watching {
                    return Some(format!("a watch of {id} on edge {at} is not in force"));
                }
                if device.cursor != stored {
                    let seen = device.cursor;
                    return Some(format!(
                        "a reader of {id} on edge {at} saw {seen} of {stored}"
                    ));
                }
            }
        }
        None
    }

    /// Every visitor reads everything, from the beginning.
    async fn read_all(&self) {
        let visitors = self.visitors.lock().clone();
        for visitor in visitors {
            let stored = self
                .run
                .log
                .ask(|checker| checker.last_seq(visitor.conversation));
            let mut cursor = 0;
            while cursor < stored {
                let front = self.process.up().await;
                let page = self.read(&front, &visitor.eyes(), cursor, 20).await;
                let crate::process::Answer::Done(sequences) = page else {
                    break;
                };
                let Some(last) = sequences.last() else { break };
                cursor = *last;
            }
            self.run
                .log
                .require(Promise::Acknowledged, cursor >= stored, || {
                    format!(
                        "{} of {stored} messages of {} can be read",
                        cursor, visitor.conversation
                    )
                });
        }
    }

    fn few_tasks(&self) {
        let alive = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        let actors = self.edges.len() + self.bots.len() + self.agents.len();
        let fits = alive <= TASKS_MAX + 3 * actors;
        self.run.log.require(Promise::Bounded, fits, || {
            format!("{alive} tasks are alive although nothing is under way")
        });
    }
}
