//! What follows from a commit: fan-out, turns, routing. Runs in commit order, never waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use kefu_dialog::Phase;
use kefu_proto::v1::{self, body, link_down::Body, notice};
use kefu_types::{AgentId, SessionId, TenantId};

use super::{Core, cursors, timers::Due};
use crate::{
    model::{Head, TokenHash, User},
    store::{Change, Outcome},
    turns::Seen,
    writer::Committed,
};

impl Core {
    pub(crate) fn follow_up(self: &Arc<Self>, batch: Vec<Committed>) {
        let mut tenants = BTreeSet::new();
        let mut marked = cursors::Moved::new();
        for (change, outcome) in batch {
            match change {
                Change::Advance(advance) => {
                    tenants.insert(advance.head.tenant);
                    let agents = self.project(&advance.head, &advance.messages);
                    self.publish(&advance.head, &advance.messages);
                    if let Some(alert) = &advance.alert {
                        self.publish_words(advance.head.tenant, alert);
                    }
                    if let Some(left) = &advance.left {
                        self.publish_left(left, advance.keyed());
                    }
                    agents
                        .into_iter()
                        .for_each(|agent| self.publish_agent(advance.head.tenant, agent));
                    self.take_events(advance.head.tenant, &advance.events);
                    count(&advance.messages);
                }
                Change::CreateUser(user)
                | Change::UpdateUser(user)
                | Change::CompleteSetup { user, .. } => {
                    tenants.insert(user.tenant);
                    self.user_changed(user);
                }
                Change::SetState(change) => {
                    tenants.insert(change.user.tenant);
                    let told = std::slice::from_ref(&change.event);
                    self.take_events(change.user.tenant, told);
                    self.user_changed(change.user);
                }
                Change::Happened { tenant, events } => self.take_events(tenant, &events),
                Change::Rate { tenant, event, .. } => {
                    self.take_events(tenant, std::slice::from_ref(&*event));
                }
                Change::PutGroup(group) => {
                    tenants.insert(group.tenant);
                    self.learn_group(*group);
                }
                Change::Mark(mark) => cursors::moved(&mut marked, &mark, &outcome),
                Change::MoveLeft(moved) => self.publish_left(&moved, None),
                Change::AddNote(new) => self.publish_note(new.tenant, &outcome),
                Change::ChangeTags(change) => self.publish_tags(&change, &outcome),
                Change::ReadMentions {
                    tenant,
                    agent,
                    conversation,
                    number,
                } => self.publish_read(tenant, agent, conversation, number),
                _ => {}
            }
            if let Outcome::Revoked(ended) = outcome {
                self.sessions_ended(&ended);
            }
        }
        self.publish_cursors(marked);
        tenants.into_iter().for_each(|tenant| self.route(tenant));
        self.hand_out_turns();
    }

    /// Brings memory in line with a committed head. Says whose load changed.
    pub(crate) fn project(&self, head: &Arc<Head>, messages: &[v1::Message]) -> Vec<AgentId> {
        let now = self.clock.monotonic();
        let agents = self.routing.observe(head, now, self.clock.wall_ms());
        let (timing, limits) = (&self.settings.timing, &self.settings.limits);
        let deadline = now + timing.turn_deadline;
        let seen = self
            .turns
            .lock()
            .observe(head, messages, now, deadline, limits);
        if let Seen::Turn { turn, first, full } = seen {
            self.timers
                .set(deadline, Due::TurnDeadline(head.tenant, head.id, turn));
            if first || full {
                let away = if full {
                    Duration::ZERO
                } else {
                    timing.bot_away
                };
                self.timers
                    .set(now + away, Due::BotAway(head.tenant, head.id));
            }
        }
        self.watch_wrap_up(head, messages, now);
        self.watch_hours(head);
        self.watch_silence(head, messages);
        self.watch_assist(head, messages);
        self.watch_promise(head);
        agents
    }

    fn watch_wrap_up(&self, head: &Head, messages: &[v1::Message], now: Duration) {
        let key = (head.tenant, head.id);
        let mut wrap_ups = self.wrap_ups.lock();
        if !matches!(head.state.phase, Phase::WrapUp) {
            wrap_ups.remove(&key);
            return;
        }
        wrap_ups.entry(key).or_insert_with(|| {
            self.timers.set(
                now + self.settings.timing.wrap_up,
                Due::WrapUp(head.tenant, head.id),
            );
            now
        });
        let ended = messages
            .iter()
            .any(|message| notice_of(message) == Some(notice::Kind::Closed));
        if ended && let Ok(took) = u64::try_from(head.updated_at_ms - head.assigned_at_ms) {
            self.routing
                .handled(head.tenant, head.group, Duration::from_millis(took));
        }
    }

    fn publish(&self, head: &Head, messages: &[v1::Message]) {
        let conversation = self.conversation(head);
        let tenant_id = head.tenant.0;
        self.hub.conversation(head.tenant, head.id, true, || {
            let conversation = Some(conversation.clone());
            if messages.is_empty() {
                Body::Changed(v1::ConversationChanged {
                    tenant_id,
                    conversation,
                })
            } else {
                Body::Appended(v1::Appended {
                    tenant_id,
                    conversation,
                    messages: messages.to_vec(),
                })
            }
        });
    }

    pub(crate) fn publish_agent(&self, tenant: TenantId, agent: AgentId) {
        if let Some(user) = self.directory.get(tenant, agent) {
            let agent = self.agent(&user);
            let changed = || {
                Body::Agent(v1::AgentChanged {
                    tenant_id: tenant.0,
                    agent: Some(agent.clone()),
                })
            };
            self.hub.workspaces(tenant, changed);
        }
    }

    pub(crate) fn user_changed(self: &Arc<Self>, user: User) {
        let (tenant, id, disabled) = (user.tenant, user.id, user.disabled);
        self.routing.set_user(&user);
        if self.directory.learn(user) {
            self.publish_agent(tenant, id);
        }
        if disabled {
            self.give_up_conversations(tenant, id);
        }
    }

    pub(crate) fn sessions_ended(self: &Arc<Self>, ended: &[(SessionId, TokenHash)]) {
        self.sessions.revoke(ended);
        let ids: Vec<SessionId> = ended.iter().map(|(id, _)| *id).collect();
        self.sockets_ended(&ids);
    }

    pub(crate) fn sockets_ended(self: &Arc<Self>, ids: &[SessionId]) {
        let mut by_names = BTreeMap::new();
        for socket in self.hub.drop_sessions(ids) {
            let by = self.expelled_by(socket.tenant, socket.agent);
            by_names.insert(socket.session, by);
            self.look_online(socket.tenant, socket.agent);
        }
        self.looks_ended(ids);
        for id in ids {
            let by_name = by_names.get(id).cloned().unwrap_or_default();
            let ended = v1::SessionEnded {
                session_id: id.0,
                by_name,
            };
            self.hub.all(|| Body::SessionEnded(ended.clone()));
        }
    }

    pub(crate) fn hand_out_turns(&self) {
        self.turns
            .lock()
            .hand_out(self.clock.monotonic(), self.clock.wall_ms());
    }
}

fn notice_of(message: &v1::Message) -> Option<notice::Kind> {
    match message.body.as_ref()?.kind.as_ref()? {
        body::Kind::Notice(notice) => Some(notice.kind()),
        _ => None,
    }
}

fn count(messages: &[v1::Message]) {
    for message in messages {
        let sender = match message.sender() {
            v1::Sender::Visitor => "visitor",
            v1::Sender::Bot => "bot",
            v1::Sender::Agent => "agent",
            v1::Sender::System | v1::Sender::Unspecified => "system",
        };
        metrics::counter!("kefu_chat_messages_total", "sender" => sender).increment(1);
    }
}
