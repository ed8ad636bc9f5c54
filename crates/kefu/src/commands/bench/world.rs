//! Everybody in a run, and what is counted while it goes on.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use kefu_sdk::{Agent, Client, Mouth, Room, RoomEvent, Visitor, WorkspaceEvent};
use kefu_sdk::{
    Sent,
    proto::{Conversation as Head, Message, Phase, Sender},
};
use kefu_types::{Clock as _, SystemClock};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use super::{
    ledger::{Ledger, Name, Who},
    plan::{Model, Plan},
    tally::{Tally, What, micros},
};

/// Conversations that one connection may have open (`edge.limits.open_conversations_max`), less a few.
const OPEN_MAX: usize = 60;

/// One conversation.
pub struct Conversation {
    pub id: u64,
    pub visitor: Visitor,
    pub mouth: Mouth,
    /// Set once an agent of the run has it.
    pub agent: OnceLock<Mouth>,
    pub ledger: Mutex<Ledger>,
}

/// Everybody.
pub struct World {
    pub plan: Plan,
    clock: SystemClock,
    pub conversations: Vec<Arc<Conversation>>,
    by_id: HashMap<u64, usize>,
    pub agents: Vec<Client>,
    pub tally: Mutex<Option<Tally>>,
    said: AtomicU64,
    settled: AtomicU64,
    read_us: AtomicU64,
}

impl World {
    pub fn new(plan: Plan, visitors: Vec<Visitor>) -> Self {
        let conversations: Vec<Arc<Conversation>> = visitors
            .into_iter()
            .map(|visitor| {
                let id = visitor.person().conversation_id;
                Arc::new(Conversation {
                    id,
                    mouth: visitor.mouth(id),
                    visitor,
                    agent: OnceLock::new(),
                    ledger: Mutex::default(),
                })
            })
            .collect();
        let ids = conversations.iter().enumerate();
        Self {
            plan,
            clock: SystemClock::new(),
            by_id: ids.map(|(place, it)| (it.id, place)).collect(),
            conversations,
            agents: Vec::new(),
            tally: Mutex::new(None),
            said: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            read_us: AtomicU64::new(0),
        }
    }

    /// Microseconds since the beginning of the run.
    pub fn now_us(&self) -> u64 {
        micros(self.clock.monotonic())
    }

    /// Which conversations an agent of the run has.
    pub fn served(&self) -> Vec<bool> {
        let all = self.conversations.iter();
        all.map(|it| it.agent.get().is_some()).collect()
    }

    /// Messages whose fate is not known.
    pub fn unsettled(&self) -> u64 {
        let settled = self.settled.load(Ordering::SeqCst);
        self.said.load(Ordering::SeqCst).saturating_sub(settled)
    }

    /// When a message was last read, microseconds.
    pub fn read_us(&self) -> u64 {
        self.read_us.load(Ordering::Relaxed)
    }

    fn note(&self, what: What, intended_us: u64, now_us: u64) {
        if let Some(tally) = &mut *self.tally.lock() {
            tally.note(what, intended_us, now_us);
        }
    }

    /// Somebody says something that was meant to be said then; what becomes of it is waited for
    /// elsewhere.
    pub fn say(self: &Arc<Self>, planned: &super::schedule::Planned, at_us: u64, tasks: &Handle) {
        let Some(it) = self.conversations.get(planned.conversation as usize) else {
            return;
        };
        let agent = it.agent.get().filter(|_| planned.by_agent);
        let (who, mouth) = match agent {
            Some(mouth) => (Who::Agent, mouth),
            None => (Who::Visitor, &it.mouth),
        };
        let number = self.said.fetch_add(1, Ordering::SeqCst) + 1;
        let name = Name {
            number,
            intended_us: at_us,
        };
        it.ledger.lock().say(number, who, planned.text);
        if let Some(tally) = &mut *self.tally.lock() {
            tally.said(at_us, self.now_us());
        }
        let text = self.plan.texts.get(planned.text as usize);
        let body = kefu_sdk::text(text.map_or("", String::as_str));
        let sent = mouth.send_body(body, 0, Some(name.client_id()));
        let (world, it) = (self.clone(), it.clone());
        tasks.spawn(async move { world.settles(&it, name, sent).await });
    }

    async fn settles(&self, it: &Conversation, name: Name, sent: Result<Sent, kefu_sdk::Problem>) {
        let fate = match sent {
            Ok(sent) => sent.fate().await,
            Err(problem) => Err(problem),
        };
        let now_us = self.now_us();
        match &fate {
            Ok(_) => self.note(What::Acknowledged, name.intended_us, now_us),
            Err(_) => {
                if let Some(tally) = &mut *self.tally.lock() {
                    tally.refused += u64::from(tally.counts(name.intended_us));
                }
            }
        }
        it.ledger.lock().settle(name.number, &fate);
        self.settled.fetch_add(1, Ordering::SeqCst);
    }

    /// Reads a room for as long as it lasts.
    pub async fn listens(self: Arc<Self>, it: Arc<Conversation>, mut room: Room, who: Who) {
        it.ledger.lock().reads(who);
        let mut asked = Vec::new();
        while let Some(event) = room.next().await {
            match event {
                RoomEvent::Messages(fresh) => {
                    let now_us = self.now_us();
                    self.read_us.store(now_us, Ordering::Relaxed);
                    it.ledger.lock().read(who, &fresh);
                    for message in &fresh {
                        self.heard(message, who, now_us, &mut asked);
                    }
                }
                RoomEvent::Rewound => it.ledger.lock().forget(who),
                _ => {}
            }
        }
    }

    fn heard(&self, message: &Message, who: Who, now_us: u64, asked: &mut Vec<u64>) {
        let is_own = match who {
            Who::Visitor => message.sender() == Sender::Visitor,
            Who::Agent => message.sender() == Sender::Agent,
        };
        match (Name::of(&message.client_id), who) {
            (Some(name), _) if !is_own => self.note(What::Delivered, name.intended_us, now_us),
            (Some(name), Who::Visitor) => {
                self.note(What::Echoed, name.intended_us, now_us);
                if self.plan.model == Model::Bot {
                    asked.push(name.intended_us);
                }
            }
            (None, Who::Visitor) if message.sender() == Sender::Bot => {
                // One answer may be for several that came in the meantime.
                for intended_us in asked.drain(..) {
                    self.note(What::Answered, intended_us, now_us);
                }
            }
            _ => {}
        }
    }

    /// An agent takes what is assigned to them, for as long as the run lasts.
    pub async fn serves(self: Arc<Self>, mut agent: Agent) {
        let mut open = 0;
        while let Some(event) = agent.next().await {
            match event {
                WorkspaceEvent::Lists(lists) => {
                    for head in &lists.conversations {
                        self.takes(&agent, &mut open, head);
                    }
                }
                WorkspaceEvent::Head(head) => self.takes(&agent, &mut open, &head),
                WorkspaceEvent::Agent(_) => {}
            }
        }
    }

    fn takes(self: &Arc<Self>, agent: &Agent, open: &mut usize, head: &Head) {
        let place = self.by_id.get(&head.id).copied();
        let Some(it) = place.and_then(|place| self.conversations.get(place)) else {
            return;
        };
        let is_mine = head.agent_id == agent.person().id && head.phase() == Phase::Serving;
        if is_mine
            && *open < OPEN_MAX
            && it.agent.get().is_none()
            && let Ok(room) = agent.room(head.id, 0)
            && it.agent.set(room.mouth()).is_ok()
        {
            *open += 1;
            tokio::spawn(self.clone().listens(it.clone(), room, Who::Agent));
        }
    }
}
