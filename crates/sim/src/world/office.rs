//! People in groups: offers that are answered or not, moves between groups, absences with a
//! reason, and the end of the day, when every line is worked off.

use std::{sync::Arc, time::Duration};

use kefu_chat::Group;
use kefu_proto::v1::{self, AgentStatus, Phase, act_request::Action};
use kefu_types::{AgentId, GroupId};

use super::{World, cast::Agent};
use crate::{
    check::{Checker, Promise, SETTLE_MS},
    counters::Counted,
};

/// Simulated time, without faults and with everybody at work, until every line is empty.
const WORKED_OFF_MAX: Duration = Duration::from_secs(300);

/// Between two looks at the lines.
const LOOK: Duration = Duration::from_millis(200);

/// Milliseconds that somebody thinks about an offer, at most.
const THINKING_MS: u64 = 800;

impl World {
    /// An edge was told of an agent whose workspace it has: they are there, and may be asked.
    pub(super) fn told_of_agent(
        self: &Arc<Self>,
        edge: usize,
        told: &v1::Agent,
        session: Option<u64>,
    ) {
        let mut agents = self.agents.iter();
        let agent = agents.find(|agent| agent.id == told.id && agent.edge == edge);
        let Some((agent, session)) = agent.zip(session) else {
            return;
        };
        // A socket of an ended session may still be shown for a while.
        if agent.session() == session {
            self.run
                .log
                .tell(|checker| checker.presence(agent.id, true));
        }
        let asked = told.offered_conversation_id;
        let known = if asked == 0 {
            self.offers.lock().remove(&agent.id)
        } else {
            self.offers.lock().insert(agent.id, asked)
        };
        if asked != 0 && known != Some(asked) {
            self.is_asked(agent, asked);
        }
    }

    fn is_asked(self: &Arc<Self>, agent: &Agent, conversation: u64) {
        let dice = &self.run.dice;
        self.run.tally.count(Counted::Offer);
        let answer = if self.is_calm() {
            0
        } else {
            dice.weighted(&[55, 20, 25])
        };
        let (action, counted) = match answer {
            0 => (Action::Accept, Counted::OfferAccepted),
            1 => (Action::Decline, Counted::OfferDeclined),
            _ => {
                self.run.tally.count(Counted::OfferIgnored);
                return;
            }
        };
        self.run.tally.count(counted);
        let thinking = Duration::from_millis(dice.below(THINKING_MS));
        let token = agent.token();
        self.begin(
            format!("an offer of {conversation}"),
            move |world| async move {
                tokio::time::sleep(thinking).await;
                world.act(&token, conversation, action, 0);
            },
        );
    }

    /// Nobody on this edge is there any more.
    pub(super) fn edge_is_gone(&self, edge: usize) {
        let gone = self.agents.iter().filter(|agent| agent.edge == edge);
        for agent in gone {
            self.run
                .log
                .tell(|checker| checker.presence(agent.id, false));
        }
    }

    pub(super) fn visitor_asks_for_people(self: &Arc<Self>) {
        if let Some(visitor) = self.some_visitor() {
            self.act(
                &visitor.token,
                visitor.conversation,
                Action::RequestHuman,
                0,
            );
        }
    }

    /// Somebody gives up their place and at once wants a new one.
    pub(super) fn leaves_and_asks_again(self: &Arc<Self>) {
        if let Some(visitor) = self.some_visitor() {
            for action in [Action::LeaveQueue, Action::RequestHuman] {
                self.act(&visitor.token, visitor.conversation, action, 0);
            }
        }
    }

    /// Several come at once and want people.
    pub(super) fn crowd_comes(self: &Arc<Self>) {
        let scale = self.run.scene.scale();
        for _ in 0..3 {
            if self.visitors.lock().len() < scale.visitors.1 {
                self.visitor_comes();
            }
        }
    }

    /// An agent gives a conversation to a group, mostly one that is theirs to give.
    pub(super) fn goes_to_a_group(self: &Arc<Self>) {
        let agent = self.some_agent();
        let Some(conversation) = self.target(agent) else {
            return;
        };
        let groups = self.teams.iter().filter(|team| team.tenant == agent.tenant);
        let groups: Vec<u64> = groups.map(|team| team.id.0).chain([0]).collect();
        let group = self.run.dice.pick(&groups).copied();
        self.run.tally.count(Counted::ToGroup);
        let request = v1::ActRequest {
            session: agent.token(),
            conversation_id: conversation,
            action: Action::Transfer.into(),
            group_id: group,
            ..v1::ActRequest::default()
        };
        self.ask(request);
    }

    /// Away for a while, with a reason, or back.
    pub(super) fn agent_is_away(self: &Arc<Self>) {
        let agent = self.some_agent();
        let user = self.run.disk.user(agent.tenant, AgentId(agent.id));
        let is_free = user.is_some_and(|user| user.status == AgentStatus::Free);
        let status = if is_free && !self.is_calm() {
            self.run.tally.count(Counted::Away);
            AgentStatus::Away
        } else {
            AgentStatus::Free
        };
        self.set_status(agent.token(), status);
    }

    /// The key of a group of the tenant; none in a world without groups, and now and then.
    pub(super) fn some_group(&self, tenant: u64) -> String {
        let teams = self.teams.iter().filter(|team| team.tenant.0 == tenant);
        let keys: Vec<&String> = teams.map(|team| &team.key).collect();
        if keys.is_empty() || self.run.dice.chance(25) {
            return String::new();
        }
        self.run.tally.count(Counted::NamedGroup);
        self.run
            .dice
            .pick(&keys)
            .map_or_else(String::new, |key| (*key).clone())
    }

    /// Whether this agent, who is free, is to be given what waits in this group. What is offered is
    /// left to the end of the day.
    pub(super) fn may_serve(
        &self,
        checker: &Checker,
        agent: &Agent,
        conversation: u64,
        group: u64,
    ) -> bool {
        let team = |id: GroupId| {
            let mut teams = self.teams.iter();
            teams.find(|team| team.tenant == agent.tenant && team.id == id)
        };
        // Where nobody is listed it is everybody.
        let Some(own) = team(GroupId(group)) else {
            return true;
        };
        let full = own.capacity != 0
            && checker.load_of_group(agent.tenant.0, group)
                >= usize::try_from(own.capacity).unwrap_or(usize::MAX);
        if own.manual_accept || agent.manual || full {
            return false;
        }
        let lists = |team: &Group| team.members.iter().any(|one| one.agent.0 == agent.id);
        let after_ms = u64::from(own.overflow_after_s) * 1_000 + SETTLE_MS;
        let waits_long = checker.waited_ms(conversation) > after_ms;
        let helpers = own.overflow.filter(|_| waits_long).and_then(team);
        lists(own) || helpers.is_some_and(lists)
    }

    /// The end of the day: everybody is at work, takes what they are asked about and ends what they
    /// have, until nobody waits. Whoever waits by then has been forgotten.
    pub(crate) async fn work_it_off(self: &Arc<Self>) {
        if !self.run.scene.has_groups() {
            return;
        }
        let begun = self.run.time.passed();
        loop {
            if self.run.log.is_broken() {
                return;
            }
            let (waiting, owned) = self.run.log.ask(in_hand);
            let Some(first) = waiting else {
                self.run.tally.count(Counted::WorkedOff);
                return;
            };
            if self.run.time.passed() - begun > WORKED_OFF_MAX {
                let s = WORKED_OFF_MAX.as_secs();
                let what = || format!("{s} s after everybody is at work, {first} still waits");
                self.run.log.require(Promise::Live, false, what);
                return;
            }
            for agent in &self.agents {
                self.is_at_work(agent);
            }
            self.ends(owned);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Agents end what they serve, and what they tidy up.
    pub(super) fn ends(self: &Arc<Self>, owned: Vec<(u64, i32, u64)>) {
        for (id, phase, owner) in owned {
            let action = if phase == i32::from(Phase::Serving) {
                Action::End
            } else {
                Action::Finish
            };
            if let Some(agent) = self.agents.iter().find(|agent| agent.id == owner) {
                self.act(&agent.token(), id, action, 0);
            }
        }
    }

    pub(super) fn is_at_work(self: &Arc<Self>, agent: &Agent) {
        self.agent_comes(agent);
        let user = self.run.disk.user(agent.tenant, AgentId(agent.id));
        if user.is_some_and(|user| user.status != AgentStatus::Free) {
            self.set_status(agent.token(), AgentStatus::Free);
        }
    }
}

/// Somebody who waits, and everything that is owned: which, in which phase, by whom.
pub(super) fn in_hand(checker: &Checker) -> (Option<u64>, Vec<(u64, i32, u64)>) {
    let (mut waiting, mut owned) = (None, Vec::new());
    for (id, _, newest) in checker.newest() {
        if newest.phase == i32::from(Phase::Queued) {
            waiting.get_or_insert(id);
        } else if newest.phase == i32::from(Phase::Serving)
            || newest.phase == i32::from(Phase::WrapUp)
        {
            owned.push((id, newest.phase, newest.agent));
        }
    }
    (waiting, owned)
}
