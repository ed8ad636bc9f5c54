//! The last hour of an evening. After everything at random, and with no fault but one, what is promised
//! of room, grace, lines and messages left is tried once more, so that whoever breaks it is seen in every
//! run: more want people than may be served, a workspace is away for a moment, two agents want each
//! message left, the process is killed over all of that, and then the line is served one after the other.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{self, LeftState, act_request::Action};

use super::{
    World,
    cast::{TENANTS, Visitor},
    office::in_hand,
};
use crate::{
    check::{Checker, Promise},
    counters::Counted,
    log::Event,
    process::{Answer, PAGE_MAX},
};

/// Visitors who want people: more than the group of all of them may have.
const WAITING: usize = 6;

/// Visitors who leave a message instead.
const LEAVING: usize = 3;

/// Simulated milliseconds without trouble after which every promise of quiet times holds again: the
/// grace of an agent and what it takes to be stored.
const QUIET_MS: u64 = 9_000;

/// For how long quiet is waited for, and hands that are to be empty.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a workspace is away.
const BLINK: Duration = Duration::from_millis(500);

/// Longer than what was decided takes to be stored.
const SETTLED: Duration = Duration::from_secs(4);

const LOOK: Duration = Duration::from_millis(200);

impl World {
    pub(crate) async fn last_hour(self: &Arc<Self>) {
        if !self.run.scene.is_evening() || self.run.log.is_broken() {
            return;
        }
        for agent in &self.agents {
            self.is_at_work(agent);
        }
        self.empty_hands().await;
        for _ in 0..WAITING {
            if let Some(visitor) = self.newcomer().await {
                let id = visitor.conversation;
                self.act(&visitor.token, id, Action::RequestHuman, 0);
            }
            tokio::time::sleep(LOOK).await;
        }
        for _ in 0..LEAVING {
            if let Some(visitor) = self.newcomer().await {
                self.leave(visitor.speaker());
            }
        }
        self.quiet().await;
        self.blink().await;
        self.all_left_are_claimed_twice().await;
        self.run.tally.count(Counted::LeftKill);
        self.process.kill();
        self.quiet().await;
        self.what_is_claimed_is_answered().await;
        // Whom the line forgot, or has turned around, is seen as it moves.
        for _ in 0..2 {
            self.end_and_finish().await;
            tokio::time::sleep(SETTLED).await;
        }
        self.work_it_off().await;
        self.lists_are_whole().await;
    }

    /// A visitor of the first tenant.
    async fn newcomer(&self) -> Option<Arc<Visitor>> {
        let (name, tenant) = TENANTS[0];
        let front = self.process.up().await;
        let Answer::Done(created) = front.create_visitor(name).await else {
            return None;
        };
        let principal = created.principal.unwrap_or_default();
        let visitor = Arc::new(Visitor {
            tenant,
            token: created.token,
            id: principal.id,
            conversation: principal.conversation_id,
        });
        self.visitors.lock().push(visitor.clone());
        Some(visitor)
    }

    /// Waits until a process serves and nothing has failed for a while.
    async fn quiet(&self) {
        let begun = self.run.time.passed();
        while self.run.time.passed() - begun < PATIENCE {
            tokio::time::sleep(LOOK).await;
            let ready = self.process.front().is_some_and(|front| front.is_ready());
            let troubled_ms = self.run.log.ask(Checker::troubled_ms);
            let now_ms = self.run.time.passed_ms();
            if ready && troubled_ms.is_none_or(|ms| ms + QUIET_MS < now_ms) {
                return;
            }
        }
    }

    /// Nobody owns anything.
    async fn empty_hands(self: &Arc<Self>) {
        let begun = self.run.time.passed();
        while self.run.time.passed() - begun < PATIENCE {
            let (_, owned) = self.run.log.ask(in_hand);
            if owned.is_empty() {
                return;
            }
            self.ends(owned);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What is served is ended, and then tidied up.
    async fn end_and_finish(self: &Arc<Self>) {
        for _ in 0..2 {
            let (_, owned) = self.run.log.ask(in_hand);
            self.ends(owned);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The workspace of somebody who serves is away for a moment, which is forgiven.
    async fn blink(&self) {
        let serves = |id: u64| self.run.log.ask(|checker| checker.load(id)) > 0;
        let Some(agent) = self.agents.iter().find(|agent| serves(agent.id)) else {
            return;
        };
        self.agent_goes(agent);
        tokio::time::sleep(BLINK).await;
        self.agent_comes(agent);
        tokio::time::sleep(SETTLED).await;
    }

    async fn all_left_are_claimed_twice(&self) {
        for (tenant, row) in self.waiting_left() {
            let colleagues = self.agents.iter().filter(|agent| agent.tenant == tenant);
            let tokens: Vec<String> = colleagues.map(|agent| agent.token()).collect();
            if let [first, second, ..] = tokens.as_slice() {
                self.run.tally.count(Counted::LeftRace);
                futures::join!(self.claim_left(first, &row), self.claim_left(second, &row));
            }
        }
    }

    /// All but the newest, which somebody has in hand to the end; the first of them twice, as if no
    /// answer had come.
    async fn what_is_claimed_is_answered(&self) {
        let mut rows = self.waiting_left();
        rows.retain(|(_, row)| row.state() == LeftState::Taken);
        rows.pop();
        for (at, (_, row)) in rows.into_iter().enumerate() {
            let mut agents = self.agents.iter();
            let Some(agent) = agents.find(|agent| agent.id == row.agent_id) else {
                continue;
            };
            let answering = self.answering(agent.id, &agent.token(), row);
            self.answer_left(&answering).await;
            if at == 0 {
                self.answer_left(&answering).await;
            }
        }
    }

    /// Every list of messages left, read to its end, has what is stored.
    async fn lists_are_whole(&self) {
        for (_, tenant) in TENANTS {
            let mut agents = self.agents.iter();
            let Some(agent) = agents.find(|agent| agent.tenant == tenant) else {
                continue;
            };
            for state in [
                LeftState::Open,
                LeftState::Taken,
                LeftState::Answered,
                LeftState::Closed,
            ] {
                let Some(ids) = self.listed(&agent.token(), state).await else {
                    let what = || format!("a list of messages left was refused to {}", agent.id);
                    self.run.log.require(Promise::Live, false, what);
                    return;
                };
                self.run.log.add(Event::LeftListed {
                    tenant: tenant.0,
                    state: state.into(),
                    ids,
                });
            }
        }
        let verdict = self.run.log.ask(Checker::at_the_end);
        if let Err((promise, what)) = verdict {
            self.run.log.require(promise, false, || what);
        }
    }

    async fn listed(&self, token: &str, state: LeftState) -> Option<Vec<u64>> {
        let mut ids: Vec<u64> = Vec::new();
        loop {
            let request = v1::ListLeftRequest {
                session: token.to_owned(),
                state: state.into(),
                after_id: ids.last().copied().unwrap_or(0),
                limit: PAGE_MAX,
                ..v1::ListLeftRequest::default()
            };
            let front = self.process.up().await;
            let Answer::Done(page) = front.list_left(request).await else {
                return None;
            };
            if page.messages.is_empty() {
                return Some(ids);
            }
            ids.extend(page.messages.iter().map(|row| row.id));
        }
    }
}
