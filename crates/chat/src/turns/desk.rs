//! The open turns and who holds them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use kefu_proto::v1;
use kefu_types::{ConversationId, Millis, TenantId};
use tokio::sync::mpsc;

use crate::{
    lanes::{Lane, Line},
    model::Head,
    settings::Limits,
};

/// A bot's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BotKey(pub(crate) u64);

pub(crate) type Key = (TenantId, ConversationId);

/// Times after which an open turn that was handed out and refused as stale is left to its deadline.
const HANDS_MAX: u32 = 4;

struct Bot {
    turns: mpsc::Sender<v1::Turn>,
    most: usize,
    /// Handed and not yet answered: conversation, turn, version.
    flight: HashMap<(Key, u64, u64), ()>,
}

struct Open {
    turn: u64,
    version: u64,
    state: String,
    language: &'static str,
    messages: VecDeque<v1::Message>,
    deadline: Duration,
    /// Since when the visitor waits, whatever they wrote since.
    since: Duration,
    /// Too many turns were open when this one began: a human at once.
    full: bool,
    holder: Option<BotKey>,
    hands: u32,
    /// It is in the waiting line.
    queued: bool,
    lane: Lane,
}

/// What observing a head did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing that needs a timer.
    Nothing,
    /// A turn began or was overtaken by a newer one.
    Turn {
        turn: u64,
        /// No turn of the conversation was open before.
        first: bool,
        /// There are too many; the conversation goes to people.
        full: bool,
    },
}

/// All open turns and bots of this core.
pub(crate) struct TurnDesk {
    bots: BTreeMap<BotKey, Bot>,
    open: HashMap<Key, Open>,
    waiting: Line<Key>,
    bots_seen: u64,
}

impl TurnDesk {
    /// While a turn waits, at most `vip_ahead_max` of the first lane pass.
    pub(crate) fn new(vip_ahead_max: u32) -> Self {
        Self {
            bots: BTreeMap::new(),
            open: HashMap::new(),
            waiting: Line::new(vip_ahead_max),
            bots_seen: 0,
        }
    }

    /// Learns of a committed head and the messages that came with it.
    pub(crate) fn observe(
        &mut self,
        head: &Head,
        messages: &[v1::Message],
        now: Duration,
        deadline: Duration,
        limits: &Limits,
    ) -> Seen {
        let key = (head.tenant, head.id);
        if !head.is_processing() {
            self.open.remove(&key);
            return Seen::Nothing;
        }
        let first = !self.open.contains_key(&key);
        let full = first && self.open.len() >= limits.turns_open_max;
        let open = self.open.entry(key).or_insert_with(|| Open {
            turn: 0,
            version: 0,
            state: String::new(),
            language: "",
            messages: VecDeque::new(),
            deadline,
            since: now,
            full,
            holder: None,
            hands: 0,
            queued: false,
            lane: head.lane(),
        });
        for message in messages {
            match recalled(message) {
                Some(seq) => open.messages.retain(|said| said.seq != seq),
                None if asks(head, message) => open.messages.push_back(message.clone()),
                None => {}
            }
        }
        while open.messages.len() > limits.turn_messages_max {
            open.messages.pop_front();
        }
        open.state = head.state.to_json();
        open.language = head.language.code();
        if open.version == head.turn_version {
            return Seen::Nothing;
        }
        let newer = open.turn != head.state.turn;
        if newer {
            open.deadline = deadline;
        }
        (open.turn, open.version, open.holder, open.hands) =
            (head.state.turn, head.turn_version, None, 0);
        open.lane = head.lane();
        if !std::mem::replace(&mut open.queued, true) {
            self.waiting.push_back(open.lane, key);
        }
        if newer {
            Seen::Turn {
                turn: head.state.turn,
                first,
                full,
            }
        } else {
            Seen::Nothing
        }
    }

    /// A message was taken back: it is not to be answered, as long as no bot has it.
    pub(crate) fn take_back(&mut self, key: Key, seq: u64) {
        if let Some(open) = self.open.get_mut(&key) {
            open.messages.retain(|said| said.seq != seq);
        }
    }

    /// Hands waiting turns to the bots with the least in flight, in each lane the oldest first.
    pub(crate) fn hand_out(&mut self, now: Duration, now_ms: Millis) {
        while let Some((lane, &key)) = self.waiting.peek() {
            // A turn that ended leaves its key behind; one that began anew since then may have two.
            let Some(open) = self.open.get_mut(&key).filter(|open| open.queued) else {
                self.waiting.discard(lane);
                continue;
            };
            let free = self
                .bots
                .iter()
                .filter(|(_, bot)| bot.flight.len() < bot.most);
            let Some((&bot_key, _)) = free.min_by_key(|(_, bot)| bot.flight.len()) else {
                return;
            };
            let Some(bot) = self.bots.get_mut(&bot_key) else {
                return;
            };
            if bot.turns.try_send(open.to_turn(key, now, now_ms)).is_err() {
                // Its stream is gone, or it does not read what it asked for.
                self.bot_left(bot_key);
                continue;
            }
            bot.flight.insert((key, open.turn, open.version), ());
            open.holder = Some(bot_key);
            open.hands += 1;
            open.queued = false;
            self.waiting.take(lane);
        }
    }

    /// A bot joins; `None` when there are too many.
    pub(crate) fn bot_joined(
        &mut self,
        turns: mpsc::Sender<v1::Turn>,
        most: usize,
        bots_max: usize,
    ) -> Option<BotKey> {
        if self.bots.len() >= bots_max {
            return None;
        }
        self.bots_seen += 1;
        let key = BotKey(self.bots_seen);
        self.bots.insert(
            key,
            Bot {
                turns,
                most,
                flight: HashMap::new(),
            },
        );
        Some(key)
    }

    /// A bot is gone; what it held waits again, before all others of its lane and the oldest first.
    pub(crate) fn bot_left(&mut self, bot: BotKey) {
        self.bots.remove(&bot);
        let mut freed = Vec::new();
        for (key, open) in &mut self.open {
            if open.holder == Some(bot) {
                open.holder = None;
                if !std::mem::replace(&mut open.queued, true) {
                    freed.push((open.since, *key, open.lane));
                }
            }
        }
        freed.sort_unstable();
        for (_, key, lane) in freed.into_iter().rev() {
            self.waiting.push_front(lane, key);
        }
    }

    /// How many bots are connected.
    pub(crate) fn bots(&self) -> usize {
        self.bots.len()
    }

    /// A commit was answered: its bot has room again. A stale one whose turn is still open (what
    /// overtook it was not stored after all) is handed out again, a bounded number of times.
    pub(crate) fn answered(&mut self, key: Key, turn: u64, version: u64, applied: bool) {
        for bot in self.bots.values_mut() {
            bot.flight.remove(&(key, turn, version));
        }
        if let Some(open) = self.open.get_mut(&key)
            && !applied
            && open.turn == turn
            && open.version == version
            && open.hands < HANDS_MAX
        {
            open.holder = None;
            if !std::mem::replace(&mut open.queued, true) {
                self.waiting.push_back(open.lane, key);
            }
        }
    }

    /// The open turn of a conversation by what is committed.
    pub(crate) fn open_turn(&self, key: Key) -> Option<u64> {
        self.open.get(&key).map(|open| open.turn)
    }

    /// The open turn of a conversation whose visitor has waited `away` long, whatever turn that is
    /// by now. Its holder has room for others again.
    pub(crate) fn take_unanswered(
        &mut self,
        key: Key,
        now: Duration,
        away: Duration,
    ) -> Option<u64> {
        let open = self.open.get(&key)?;
        if !open.full && now.saturating_sub(open.since) < away {
            return None;
        }
        let turn = open.turn;
        for bot in self.bots.values_mut() {
            bot.flight
                .retain(|(of, handed, _), ()| *of != key || *handed > turn);
        }
        Some(turn)
    }
}

/// Whether a bot owes an answer to it.
fn asks(head: &Head, message: &v1::Message) -> bool {
    message.seq > head.answered_seq
        && message.sender() == v1::Sender::Visitor
        && message.recalled_seq == 0
}

/// The sequence that this message takes back, if it is a recall.
fn recalled(message: &v1::Message) -> Option<u64> {
    match message.body.as_ref()?.kind.as_ref()? {
        v1::body::Kind::Recall(recall) => Some(recall.seq),
        _ => None,
    }
}

impl Open {
    fn to_turn(&self, (tenant, conversation): Key, now: Duration, now_ms: Millis) -> v1::Turn {
        let left = i64::try_from(self.deadline.saturating_sub(now).as_millis()).unwrap_or(i64::MAX);
        v1::Turn {
            tenant_id: tenant.0,
            conversation_id: conversation.0,
            turn: self.turn,
            version: self.version,
            state: self.state.clone(),
            messages: self.messages.iter().cloned().collect(),
            language: self.language.to_owned(),
            deadline_ms: now_ms + left,
            now_ms,
        }
    }
}
