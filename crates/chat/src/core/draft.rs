//! The next version of a conversation, being written. Pure: the caller brings time and ids.

use std::sync::Arc;

use kefu_dialog::{Effect, Event, Phase, step};
use kefu_proto::v1::{self, Sender, body, notice};
use kefu_types::{GroupId, Millis, Snowflake};

use crate::{
    history,
    lanes::Lane,
    model::{Head, Rank, User},
    people::GroupBook,
    settings::ChatSettings,
    store::{Advance, ClientKey, GroupGuard, LeftMove, OwnerGuard, Reference},
};

/// Characters of a preview.
const PREVIEW_CHARS: usize = 120;

/// A head that is being changed, with the messages that go with it.
pub(crate) struct Draft<'a> {
    settings: &'a ChatSettings,
    groups: &'a GroupBook,
    ids: &'a Snowflake,
    now_ms: Millis,
    before: &'a Head,
    pub(crate) head: Head,
    messages: Vec<v1::Message>,
    pub(crate) key: Option<ClientKey>,
    pub(crate) guard: Option<OwnerGuard>,
    pub(crate) room: Option<GroupGuard>,
    pub(crate) reference: Option<Reference>,
    /// What supervisors hear of the message that comes from a client.
    pub(crate) alert: Option<v1::WordAlert>,
    /// What the message that comes from a client is to messages left.
    pub(crate) left: Option<Box<LeftMove>>,
    /// The change asks nothing of a bot (the service's own "please wait", a recall): an answer
    /// under way stays good.
    pub(crate) keeps_turn: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn of(
        before: &'a Head,
        (settings, groups): (&'a ChatSettings, &'a GroupBook),
        ids: &'a Snowflake,
        now_ms: Millis,
    ) -> Self {
        let head = before.clone();
        let (messages, key, guard) = (Vec::new(), None, None);
        Self {
            settings,
            groups,
            ids,
            now_ms,
            before,
            head,
            messages,
            key,
            guard,
            room: None,
            reference: None,
            alert: None,
            left: None,
            keeps_turn: false,
        }
    }

    /// When this version is written.
    pub(crate) const fn now_ms(&self) -> Millis {
        self.now_ms
    }

    /// Steps the dialog and does what concerns the head. Says whether anything came of it.
    pub(crate) fn step(&mut self, event: &Event) -> bool {
        let (state, effects) = step(&self.head.state, event, &self.settings.policy);
        let moved = state != self.head.state;
        self.head.state = state;
        for effect in &effects {
            self.effect(effect);
        }
        moved || !effects.is_empty()
    }

    fn effect(&mut self, effect: &Effect) {
        match effect {
            Effect::SayPleaseWait => {
                let text = self
                    .settings
                    .texts
                    .please_wait(self.head.language)
                    .to_owned();
                let text = v1::Text {
                    text,
                    ..Default::default()
                };
                self.say(
                    Sender::System,
                    v1::Body {
                        kind: Some(body::Kind::Text(text)),
                    },
                );
            }
            Effect::Enqueue { reason, front } => self.enqueue(reason, *front),
            Effect::Dequeue => self.dequeue(),
            Effect::Release => {
                self.head.agent = None;
                self.head.agent_name.clear();
                self.head.assigned_at_ms = 0;
            }
            Effect::Reopen => self.notice(notice::Kind::Reopened, None, ""),
            // The turn desk sees the new phase in the committed head; replies and actions are the bot's.
            Effect::RequestTurn { .. } | Effect::Say(_) | Effect::Act(_) => {}
        }
    }

    /// Into the queue, with the notice that says so.
    pub(crate) fn enqueue(&mut self, reason: &str, front: bool) {
        self.head.rank = Some(Rank {
            lane: self.head.lane().number(),
            fresh: !front,
            ticket: self.ids.next(),
        });
        self.head.queued_at_ms = self.now_ms;
        // Back at the front it waits for the same thing as before, and for the same people.
        if !front {
            reason.clone_into(&mut self.head.handoff_reason);
            self.head.group = GroupId(0);
        }
        let kind = if front {
            notice::Kind::Requeued
        } else {
            notice::Kind::Queued
        };
        self.notice(kind, None, reason);
    }

    /// It waits in another lane from now on, in the place that its ticket has there. A bot's answer
    /// under way stays good.
    pub(crate) fn prioritize(&mut self, priority: v1::Priority) {
        self.head.priority = priority;
        if let Some(rank) = &mut self.head.rank {
            rank.lane = Lane::of(priority).number();
        }
        self.keeps_turn = true;
    }

    /// It waits for another group from now on. Who gave it away is not who gets it back.
    pub(crate) fn regroup(&mut self, group: GroupId) {
        self.head.group = group;
        self.head.last_agent = None;
    }

    fn dequeue(&mut self) {
        self.head.rank = None;
        self.head.queued_at_ms = 0;
    }

    /// `agent` owns it from now on, if they and its group may have one more.
    pub(crate) fn assign(&mut self, agent: &User, kind: notice::Kind) {
        self.dequeue();
        self.head.agent = Some(agent.id);
        self.head.last_agent = Some(agent.id);
        self.head.agent_name.clone_from(&agent.name);
        self.head.assigned_at_ms = self.now_ms;
        self.guard = Some(OwnerGuard {
            agent: agent.id,
            capacity: agent.capacity,
        });
        self.room = self.groups.room(self.head.tenant, self.head.group);
        self.notice(kind, Some(agent), "");
    }

    /// A fact for the history.
    pub(crate) fn notice(&mut self, kind: notice::Kind, agent: Option<&User>, reason: &str) {
        self.fact(v1::Notice {
            kind: kind.into(),
            agent_id: agent.map_or(0, |agent| agent.id.0),
            agent_name: agent.map_or_else(String::new, |agent| agent.name.clone()),
            reason: reason.to_owned(),
        });
    }

    /// A fact in its own words.
    pub(crate) fn fact(&mut self, notice: v1::Notice) {
        self.say(
            Sender::System,
            v1::Body {
                kind: Some(body::Kind::Notice(notice)),
            },
        );
    }

    /// Takes back the notices of this draft that say only how it got where it is now.
    pub(crate) fn drop_notices(&mut self) {
        self.messages.retain(|message| {
            !matches!(
                &message.body,
                Some(v1::Body {
                    kind: Some(body::Kind::Notice(_))
                })
            )
        });
    }

    pub(crate) fn say(&mut self, sender: Sender, body: v1::Body) {
        self.push(v1::Message {
            sender: sender.into(),
            body: Some(body),
            ..Default::default()
        });
    }

    /// A message; id, sequence and time are set at the end.
    pub(crate) fn push(&mut self, message: v1::Message) {
        self.messages.push(message);
    }

    /// The message with sequence `seq` is taken back, if the store finds that it may be. A preview
    /// that shows it is emptied; so is one of which nobody knows what it shows.
    pub(crate) fn recall(&mut self, seq: u64) {
        let within = i64::try_from(self.settings.timing.recall_within.as_millis());
        let since_ms = self.now_ms.saturating_sub(within.unwrap_or(i64::MAX));
        self.reference = Some(Reference::Recall { seq, since_ms });
        self.keeps_turn = true;
        if [0, seq].contains(&self.head.preview_seq) {
            self.head.preview.clear();
        }
    }

    /// Nothing was changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.head == *self.before
    }

    /// A visitor who waits from now on, outside of the business hours, is told so.
    fn say_closed(&mut self) {
        let waits = |head: &Head| matches!(head.state.phase, Phase::Queued);
        // Who was served already and waits again at the front has not asked anew.
        let asked = self.head.rank.is_some_and(|rank| rank.fresh);
        if waits(self.before) || !waits(&self.head) || !asked {
            return;
        }
        let language = self.head.page_language;
        let calendar = self.groups.calendar(self.head.tenant, self.head.group);
        let office = self.settings.office.as_ref();
        let told = office.and_then(|office| office.closed(&calendar, self.now_ms, language));
        let Some(text) = told else {
            return;
        };
        let text = v1::Text {
            text,
            ..Default::default()
        };
        let body = v1::Body {
            kind: Some(body::Kind::Text(text)),
        };
        self.say(Sender::System, body);
    }

    /// What the history tells of the move, which also notes since when a person is wanted and what is
    /// promised.
    fn told(&mut self) -> Arc<[v1::HistoryEvent]> {
        let (tenant, group) = (self.head.tenant, self.head.group);
        let calendar = self.groups.calendar(tenant, group);
        let office = self.settings.office.as_ref();
        let rules = history::Rules {
            sla: self.groups.promised(tenant, group, self.settings.sla),
            hours: office.and_then(|office| office.of(&calendar)),
        };
        let (before, now_ms) = (self.before, self.now_ms);
        history::keep_time(before, &mut self.head, &self.messages, rules, now_ms);
        let facts = history::facts(before, &self.head, now_ms);
        if facts.is_empty() {
            return Arc::default();
        }
        history::events(facts, &self.head, self.ids, self.now_ms).into()
    }

    /// Counters forward by what was written.
    pub(crate) fn seal(mut self) -> Advance {
        self.say_closed();
        let events = self.told();
        let head = &mut self.head;
        head.version = self.before.version + 1;
        head.stamp = self.ids.next();
        head.updated_at_ms = self.now_ms.max(self.before.updated_at_ms);
        for message in &mut self.messages {
            head.last_seq += 1;
            message.id = self.ids.next();
            message.conversation_id = head.id.0;
            message.seq = head.last_seq;
            message.created_at_ms = self.now_ms;
            if let Some(text) = preview(message.body.as_ref()) {
                head.preview = text;
                head.preview_seq = message.seq;
                head.last_sender = message.sender();
            }
            if let Some(alert) = self
                .alert
                .as_mut()
                .filter(|_| !message.client_id.is_empty())
            {
                alert.id = self.ids.next();
                alert.conversation_id = head.id.0;
                alert.visitor_name.clone_from(&head.visitor_name);
                alert.seq = message.seq;
                alert.created_at_ms = message.created_at_ms;
            }
            if let Some(left) = self.left.as_mut().filter(|_| !message.client_id.is_empty()) {
                left.placed(message.seq);
            }
        }
        if !head.is_processing() {
            head.answered_seq = head.last_seq;
        } else if !self.keeps_turn {
            head.turn_version = head.version;
        }
        if !matches!(head.state.phase, Phase::Queued) {
            self.dequeue();
        }
        Advance {
            expected_version: self.before.version,
            expected_stamp: self.before.stamp,
            whole: !self.before.is_moved_by(&self.head),
            head: self.head.into(),
            messages: self.messages.into(),
            key: self.key,
            guard: self.guard,
            room: self.room,
            reference: self.reference,
            alert: self.alert,
            left: self.left,
            events,
        }
    }
}

/// The first characters of what a body says; `None` for facts.
fn preview(body: Option<&v1::Body>) -> Option<String> {
    let text = match body?.kind.as_ref()? {
        body::Kind::Text(text) => &text.text,
        body::Kind::Card(card) => &card.title,
        body::Kind::Postback(postback) => &postback.label,
        body::Kind::Image(image) => &image.name,
        body::Kind::File(file) => &file.name,
        body::Kind::Notice(_) | body::Kind::Recall(_) => return None,
    };
    Some(
        text.chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .take(PREVIEW_CHARS)
            .collect(),
    )
}
