//! What people do to conversations, and their coming and going.

use std::sync::Arc;

use kefu_proto::v1::{self, Sender, act_request::Action};
use kefu_types::ConversationId;

use super::{
    EDGES, World,
    cast::{Agent, TENANTS, Visitor},
    device::Device,
    edge::Socket,
    reading::Eyes,
    saying::Speaker,
};
use crate::{counters::Counted, process::Answer};

impl Visitor {
    pub(super) fn speaker(&self) -> Speaker {
        Speaker {
            token: self.token.clone(),
            sender: Sender::Visitor,
            id: self.id,
            conversation: self.conversation,
        }
    }

    pub(super) fn eyes(&self) -> Eyes {
        Eyes {
            token: self.token.clone(),
            tenant: self.tenant.0,
            conversation: self.conversation,
        }
    }
}

impl World {
    /// A visitor comes, with one device.
    pub(super) fn visitor_comes(self: &Arc<Self>) {
        let crowd = self.run.scene.is_crowd();
        let at = if crowd {
            usize::from(self.run.dice.chance(3))
        } else {
            usize::try_from(self.run.dice.below(2)).unwrap_or(0)
        };
        let (name, tenant) = TENANTS[at];
        self.begin(format!("a visitor of {name}"), |world| async move {
            let front = world.process.up().await;
            let Answer::Done(created) = front.create_visitor(name).await else {
                return;
            };
            let principal = created.principal.unwrap_or_default();
            let visitor = Arc::new(Visitor {
                tenant,
                token: created.token,
                id: principal.id,
                conversation: principal.conversation_id,
            });
            if !crowd || world.run.dice.chance(5) {
                world.open_device(&visitor);
            }
            if crowd {
                world.act(
                    &visitor.token,
                    visitor.conversation,
                    Action::RequestHuman,
                    0,
                );
            }
            world.visitors.lock().push(visitor);
        });
    }

    /// One more device of a visitor, which may know a part of the history already.
    pub(super) fn open_device(&self, visitor: &Visitor) {
        let stored = self
            .run
            .log
            .ask(|checker| checker.last_seq(visitor.conversation));
        let cursor = self.run.dice.below(stored + 1);
        let at = usize::try_from(self.run.dice.below(EDGES as u64)).unwrap_or(0);
        self.edges[at].open(Device::new(visitor.eyes(), cursor));
    }

    pub(super) fn visitor_acts(self: &Arc<Self>) {
        let Some(visitor) = self.some_visitor() else {
            return;
        };
        let actions = [Action::RequestHuman, Action::LeaveQueue, Action::Close];
        let action = actions[self.run.dice.weighted(&[6, 3, 1])];
        self.act(&visitor.token, visitor.conversation, action, 0);
    }

    /// An agent does something to a conversation of theirs or, rarely, to any.
    pub(super) fn agent_acts(self: &Arc<Self>) {
        let agent = self.some_agent();
        let Some(conversation) = self.target(agent) else {
            return;
        };
        let actions = [
            Action::Claim,
            Action::Transfer,
            Action::End,
            Action::Finish,
            Action::ReturnToBot,
            Action::Prioritize,
        ];
        let action = actions[self.run.dice.weighted(&[4, 4, 3, 3, 2, 2])];
        let colleagues: Vec<u64> = self
            .agents
            .iter()
            .map(|agent| agent.id)
            .chain([0])
            .collect();
        let to = *self.run.dice.pick(&colleagues).unwrap_or(&0);
        let to = if action == Action::Transfer { to } else { 0 };
        self.act(&agent.token(), conversation, action, to);
    }

    /// Two agents want the same.
    pub(super) fn claims_race(self: &Arc<Self>) {
        let Some(visitor) = self.some_visitor() else {
            return;
        };
        let colleagues = self
            .agents
            .iter()
            .filter(|agent| agent.tenant == visitor.tenant);
        let tokens: Vec<String> = colleagues.map(Agent::token).collect();
        self.run.tally.count(Counted::ClaimRace);
        for token in tokens.iter().take(2) {
            self.act(token, visitor.conversation, Action::Claim, 0);
        }
    }

    pub(super) fn agent_says(self: &Arc<Self>) {
        let agent = self.some_agent();
        let Some(conversation) = self.target(agent) else {
            return;
        };
        let speaker = Speaker {
            token: agent.token(),
            sender: Sender::Agent,
            id: agent.id,
            conversation,
        };
        self.say(speaker, false);
    }

    pub(super) fn agent_reads(self: &Arc<Self>) {
        let token = self.some_agent().token();
        self.begin("a list of conversations".to_owned(), |world| async move {
            let front = world.process.up().await;
            front.listed(&token).await;
        });
    }

    pub(super) fn agent_changes_status(self: &Arc<Self>) {
        let token = self.some_agent().token();
        let free = self.is_calm() || self.run.dice.chance(60);
        let status = if free {
            v1::AgentStatus::Free
        } else {
            v1::AgentStatus::Busy
        };
        self.set_status(token, status);
    }

    pub(super) fn set_status(self: &Arc<Self>, token: String, status: v1::AgentStatus) {
        self.begin("a new status".to_owned(), |world| async move {
            let front = world.process.up().await;
            front.set_status(&token, status).await;
        });
    }

    /// Ends the session; nothing may be done with it once that was acknowledged.
    pub(super) fn agent_logs_out(self: &Arc<Self>) {
        let agent = self.some_agent();
        let token = agent.token();
        agent.log_in(&self.run);
        self.run
            .log
            .tell(|checker| checker.presence(agent.id, false));
        self.begin("a logout".to_owned(), |world| async move {
            let front = world.process.up().await;
            let Answer::Done(_) = front.logout(&token).await else {
                return;
            };
            world.run.tally.count(Counted::Logout);
            let front = world.process.up().await;
            let still = matches!(front.whoami(&token).await, Answer::Done(_));
            world
                .run
                .log
                .require(crate::check::Promise::Acknowledged, !still, || {
                    "a session was ended, acknowledged so, and is still good".to_owned()
                });
        });
    }

    /// The agent's workspace opens, if it is not open.
    pub(super) fn agent_comes(&self, agent: &Agent) {
        let edge = &self.edges[agent.edge];
        if edge.has(agent.id) {
            return;
        }
        let socket = Socket {
            agent: agent.id,
            tenant: agent.tenant.0,
            session: agent.session(),
            token: agent.token(),
        };
        edge.come(self.run.dice.next(), socket);
    }

    pub(super) fn agent_comes_or_goes(&self) {
        let agent = self.some_agent();
        if !self.profile.people_leave || !self.agent_goes(agent) {
            self.agent_comes(agent);
        }
    }

    /// The agent's workspace goes away. Says whether there was one.
    pub(super) fn agent_goes(&self, agent: &Agent) -> bool {
        let went = self.edges[agent.edge].leave(agent.id);
        if went {
            self.run.tally.count(Counted::AgentLeft);
            self.run
                .log
                .tell(|checker| checker.presence(agent.id, false));
        }
        went
    }

    pub(super) fn act(
        self: &Arc<Self>,
        token: &str,
        conversation: u64,
        action: Action,
        agent: u64,
    ) {
        let priorities = [v1::Priority::Normal, v1::Priority::Vip];
        let priority = match action {
            Action::Prioritize => *self.run.dice.pick(&priorities).unwrap_or(&priorities[0]),
            _ => v1::Priority::Unspecified,
        };
        let request = v1::ActRequest {
            session: token.to_owned(),
            conversation_id: conversation,
            action: action.into(),
            agent_id: agent,
            expected_version: 0,
            priority: priority.into(),
            group_id: None,
        };
        self.ask(request);
    }

    /// Asks for it, whoever may do it. What agents do by hand is in no line's order.
    pub(super) fn ask(self: &Arc<Self>, request: v1::ActRequest) {
        let (action, conversation) = (request.action(), request.conversation_id);
        let by_hand = [
            Action::Claim,
            Action::Accept,
            Action::Decline,
            Action::Transfer,
        ];
        let by_hand = by_hand.contains(&action);
        self.begin(
            format!("{action:?} of {conversation}"),
            move |world| async move {
                let front = world.process.up().await;
                if by_hand {
                    let log = &world.run.log;
                    log.tell(|checker| checker.by_hand(conversation, true));
                }
                front.act(request).await;
                if by_hand {
                    let log = &world.run.log;
                    log.tell(|checker| checker.by_hand(conversation, false));
                }
            },
        );
    }

    /// Mostly a conversation that the agent owns, sometimes any, of another tenant too.
    pub(super) fn target(&self, agent: &Agent) -> Option<u64> {
        let owned = |visitor: &&Arc<Visitor>| {
            let id = ConversationId(visitor.conversation);
            let head = self.run.disk.head(visitor.tenant, id);
            head.and_then(|head| head.owner())
                .is_some_and(|owner| owner.0 == agent.id)
        };
        let visitors = self.visitors.lock();
        let mine: Vec<u64> = visitors
            .iter()
            .filter(owned)
            .map(|visitor| visitor.conversation)
            .collect();
        if !mine.is_empty() && self.run.dice.chance(80) {
            return self.run.dice.pick(&mine).copied();
        }
        self.run
            .dice
            .pick(&visitors)
            .map(|visitor| visitor.conversation)
    }
}
