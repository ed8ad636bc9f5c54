//! For which conversations proposals are wanted, and which bot looks for them.
//!
//! Nothing here can write: what a bot answers goes to agents' screens and to nowhere else. A bot that
//! is slow, stuck or gone is simply not asked, and nobody waits for it. Of a conversation one ask
//! counts, the newest.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use kefu_proto::v1::{self, Sender, body};
use kefu_types::{ConversationId, Lang, Millis, TenantId};
use tokio::sync::mpsc;

use super::Assist;

/// A bot's stream of asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AssistKey(u64);

type Key = (TenantId, ConversationId);

/// What somebody in a served conversation said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// The visitor: proposals are wanted, and what was proposed is out of date.
    Asks,
    /// An agent, or the conversation is nobody's to answer any more.
    Answered,
    /// Nothing that matters here.
    Nothing,
}

struct Bot {
    asks: mpsc::Sender<v1::AssistAsk>,
    /// Asks that it has, and until when each of them takes room.
    flight: BTreeMap<u64, Duration>,
}

struct Talk {
    /// Unanswered words of the visitor, oldest first.
    messages: VecDeque<v1::Message>,
    language: Lang,
    /// The newest ask; answers to any other are too late.
    number: u64,
    until: Duration,
    /// No bot has it yet.
    waits: bool,
    /// It was answered.
    done: bool,
}

/// All of it.
pub(crate) struct AssistDesk {
    rules: Assist,
    bots: BTreeMap<AssistKey, Bot>,
    talks: BTreeMap<Key, Talk>,
    /// Keys of talks that wait, oldest first; some are there in vain.
    waiting: VecDeque<Key>,
    numbers: u64,
    bots_seen: u64,
}

impl AssistDesk {
    pub(crate) const fn new(rules: Assist) -> Self {
        Self {
            rules,
            bots: BTreeMap::new(),
            talks: BTreeMap::new(),
            waiting: VecDeque::new(),
            numbers: 0,
            bots_seen: 0,
        }
    }

    /// What was said in a conversation that a person serves and somebody looks at.
    pub(crate) fn heard(
        &mut self,
        key: Key,
        language: Lang,
        messages: &[v1::Message],
        now: Duration,
    ) -> Said {
        let mut said = Said::Nothing;
        for message in messages {
            match (message.sender(), recalled(message)) {
                (Sender::Visitor, Some(seq)) if self.take_back(key, seq) => said = Said::Asks,
                (Sender::Visitor, None)
                    if message.recalled_seq == 0 && self.add(key, language, message) =>
                {
                    said = Said::Asks;
                }
                (Sender::Agent | Sender::Bot, None) => {
                    self.forget(key);
                    said = Said::Answered;
                }
                _ => {}
            }
        }
        let left = self.talks.get(&key).map(|talk| talk.messages.is_empty());
        match (said, left) {
            (Said::Asks, Some(false)) => {
                self.ask(key, now);
                Said::Asks
            }
            (Said::Asks, _) => {
                self.forget(key);
                Said::Answered
            }
            (said, _) => said,
        }
    }

    /// Whether anybody could propose anything.
    pub(crate) fn has_bots(&self) -> bool {
        !self.bots.is_empty()
    }

    /// Nobody wants proposals for it any more.
    pub(crate) fn forget(&mut self, key: Key) {
        self.talks.remove(&key);
    }

    /// Gives what waits to bots that have room. What is late is let go.
    pub(crate) fn hand_out(&mut self, now: Duration, now_ms: Millis) {
        while let Some(&key) = self.waiting.front() {
            let Some(talk) = self.talks.get_mut(&key).filter(|talk| talk.waits) else {
                self.waiting.pop_front();
                continue;
            };
            if talk.until <= now {
                talk.waits = false;
                self.waiting.pop_front();
                continue;
            }
            let most = self.rules.at_once_max.max(1);
            let free = self.bots.values_mut().find_map(|bot| {
                // A bot that was too slow has room again: it is tried, and not waited for.
                bot.flight.retain(|_, until| *until > now);
                (bot.flight.len() < most && bot.asks.capacity() > 0).then_some(bot)
            });
            let Some(bot) = free else { return };
            let ask = talk.to_ask(key, &self.rules, now, now_ms);
            let (number, until) = (talk.number, talk.until);
            if bot.asks.try_send(ask).is_ok() {
                bot.flight.insert(number, until);
                talk.waits = false;
                self.waiting.pop_front();
            } else {
                // Its stream has just ended: whoever dropped it says so.
                return;
            }
        }
    }

    /// A bot answered. The sequence that it answers for, if that is what is wanted and in time.
    pub(crate) fn answered(&mut self, key: Key, number: u64, now: Duration) -> Option<u64> {
        for bot in self.bots.values_mut() {
            bot.flight.remove(&number);
        }
        let talk = self.talks.get_mut(&key)?;
        if talk.number != number || talk.done || talk.until <= now {
            return None;
        }
        talk.done = true;
        talk.messages.back().map(|message| message.seq)
    }

    /// A bot joins; `None` when there are too many.
    pub(crate) fn joined(
        &mut self,
        asks: mpsc::Sender<v1::AssistAsk>,
        bots_max: usize,
    ) -> Option<AssistKey> {
        if self.bots.len() >= bots_max {
            return None;
        }
        self.bots_seen += 1;
        let key = AssistKey(self.bots_seen);
        let flight = BTreeMap::new();
        self.bots.insert(key, Bot { asks, flight });
        Some(key)
    }

    /// A bot is gone. What it had is not asked again: it is a moment too old.
    pub(crate) fn left(&mut self, bot: AssistKey) {
        self.bots.remove(&bot);
    }

    fn add(&mut self, key: Key, language: Lang, message: &v1::Message) -> bool {
        let full = self.talks.len() >= self.rules.talks_max && !self.talks.contains_key(&key);
        if full || !is_words(message) {
            return false;
        }
        let talk = self.talks.entry(key).or_insert_with(|| Talk {
            messages: VecDeque::new(),
            language,
            number: 0,
            until: Duration::ZERO,
            waits: false,
            done: false,
        });
        if talk.messages.iter().any(|known| known.seq == message.seq) {
            return true;
        }
        talk.language = language;
        talk.messages.push_back(message.clone());
        while talk.messages.len() > self.rules.messages_max.max(1) {
            talk.messages.pop_front();
        }
        true
    }

    fn take_back(&mut self, key: Key, seq: u64) -> bool {
        let Some(talk) = self.talks.get_mut(&key) else {
            return false;
        };
        let before = talk.messages.len();
        talk.messages.retain(|message| message.seq != seq);
        talk.messages.len() != before
    }

    /// A new ask, in the place of an older one.
    fn ask(&mut self, key: Key, now: Duration) {
        self.numbers += 1;
        let Some(talk) = self.talks.get_mut(&key) else {
            return;
        };
        (talk.number, talk.until, talk.done) = (self.numbers, now + self.rules.patience, false);
        if !std::mem::replace(&mut talk.waits, true) {
            self.waiting.push_back(key);
        }
    }
}

impl Talk {
    fn to_ask(
        &self,
        (tenant, conversation): Key,
        rules: &Assist,
        now: Duration,
        now_ms: Millis,
    ) -> v1::AssistAsk {
        let left = self.until.saturating_sub(now).as_millis();
        v1::AssistAsk {
            tenant_id: tenant.0,
            conversation_id: conversation.0,
            number: self.number,
            messages: self.messages.iter().cloned().collect(),
            language: self.language.code().to_owned(),
            proposals_max: rules.proposals_max,
            patience_ms: u32::try_from(left).unwrap_or(u32::MAX),
            now_ms,
        }
    }
}

/// The sequence that this message takes back, if it is a recall.
fn recalled(message: &v1::Message) -> Option<u64> {
    match message.body.as_ref()?.kind.as_ref()? {
        body::Kind::Recall(recall) => Some(recall.seq),
        _ => None,
    }
}

/// Something that can be understood.
fn is_words(message: &v1::Message) -> bool {
    let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
    matches!(kind, Some(body::Kind::Text(_) | body::Kind::Postback(_)))
}
