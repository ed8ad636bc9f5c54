//! One append-only history of what clients did and were told, and the check of it.
//!
//! Whatever was done to the service meanwhile, afterwards: what was acknowledged is stored as it was
//! told; every client id stands once; sequences have no gap; every reader was given the stored rows
//! in order from where it resumed; and nothing stands there that nobody said. The checker knows only
//! what clients saw and what is stored, and shares no code with the product.

mod check;
mod gapless;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use kefu_proto::v1::{Accepted, Message, Problem, Sender};

use crate::text_of;

pub use check::{Promise, Summary, Violation};
pub use gapless::{assert_gapless, history};

/// Whose message it is. The store may hold one row of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// In which conversation.
    pub conversation: u64,
    /// Who: visitor or agent.
    pub sender: i32,
    /// Which of them.
    pub sender_id: u64,
    /// The client's own id of the message.
    pub client_id: String,
}

impl Key {
    /// Of a stored message.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self {
            conversation: message.conversation_id,
            sender: message.sender,
            sender_id: message.sender_id,
            client_id: message.client_id.clone(),
        }
    }
}

/// A stored message as a client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub key: Key,
    /// Its id.
    pub id: u64,
    /// Its place.
    pub seq: u64,
    /// What it says; empty for notices.
    pub text: String,
}

impl Row {
    /// What of it is compared.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self {
            key: Key::of(message),
            id: message.id,
            seq: message.seq,
            text: text_of(message).to_owned(),
        }
    }

    /// Whether a person said it.
    #[must_use]
    pub fn is_a_persons(&self) -> bool {
        [Sender::Visitor, Sender::Agent]
            .map(i32::from)
            .contains(&self.key.sender)
    }
}

/// What happened to a client.
#[derive(Debug, Clone)]
pub enum Event {
    /// It sent this, for the first time or again.
    Sent {
        /// Whose.
        key: Key,
        /// What.
        text: String,
    },
    /// It was told that the message is stored.
    Acknowledged {
        /// Whose.
        key: Key,
        /// The id it was told.
        id: u64,
        /// The place it was told.
        seq: u64,
        /// It was told that this was a retry.
        duplicate: bool,
    },
    /// It was told that the message is not stored, and why.
    Refused {
        /// Whose.
        key: Key,
        /// What it had sent.
        text: String,
        /// A word of `Problem.code`.
        code: String,
        /// When to try again, in milliseconds; 0: not.
        retry_after_ms: u32,
    },
    /// Connection and answer were lost.
    Unanswered {
        /// Whose.
        key: Key,
    },
    /// A reader began to read after this sequence.
    Opened {
        /// Which; [`History::reader`] gives the number.
        reader: u64,
        /// Of what.
        conversation: u64,
        /// Everything behind it was asked for.
        after: u64,
    },
    /// A reader was given this.
    Heard {
        /// Which.
        reader: u64,
        /// What.
        row: Row,
    },
}

impl Event {
    /// The conversation that it is about.
    #[must_use]
    pub const fn conversation(&self) -> u64 {
        match self {
            Self::Sent { key, .. }
            | Self::Acknowledged { key, .. }
            | Self::Refused { key, .. }
            | Self::Unanswered { key } => key.conversation,
            Self::Opened { conversation, .. } => *conversation,
            Self::Heard { row, .. } => row.key.conversation,
        }
    }
}

/// All that happened, of each conversation in the order in which it was noted.
#[derive(Debug)]
pub struct History {
    seed: u64,
    events: Mutex<BTreeMap<u64, Vec<Event>>>,
    readers: AtomicU64,
}

impl History {
    /// An empty one of a run with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            events: Mutex::default(),
            readers: AtomicU64::new(0),
        }
    }

    /// What the run was drawn from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// A number for one more connection that reads.
    #[must_use]
    pub fn reader(&self) -> u64 {
        self.readers.fetch_add(1, Ordering::SeqCst)
    }

    /// Notes what happened.
    pub fn note(&self, event: Event) {
        let mut events = self.events.lock().expect("no panic holds it");
        events.entry(event.conversation()).or_default().push(event);
    }

    /// Notes that this was sent.
    pub fn sent(&self, key: &Key, text: &str) {
        self.note(Event::Sent {
            key: key.clone(),
            text: text.to_owned(),
        });
    }

    /// Notes what an agent who takes no part in the history said and was told.
    pub fn sent_by(&self, agent: &crate::Agent, told: &Accepted, text: &str) {
        let key = Key {
            conversation: told.conversation_id,
            sender: Sender::Agent.into(),
            sender_id: agent.id,
            client_id: told.client_id.clone(),
        };
        self.sent(&key, text);
        self.acknowledged(&key, told);
    }

    /// Notes an acknowledgement.
    pub fn acknowledged(&self, key: &Key, told: &Accepted) {
        self.note(Event::Acknowledged {
            key: key.clone(),
            id: told.id,
            seq: told.seq,
            duplicate: told.duplicate,
        });
    }

    /// Notes a refusal.
    pub fn refused(&self, key: &Key, text: &str, why: &Problem) {
        self.note(Event::Refused {
            key: key.clone(),
            text: text.to_owned(),
            code: why.code.clone(),
            retry_after_ms: why.retry_after_ms,
        });
    }

    /// A copy of all of it.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let events = self.events.lock().expect("no panic holds it");
        events.values().flatten().cloned().collect()
    }

    /// A copy of what is about this conversation.
    #[must_use]
    pub fn of(&self, conversation: u64) -> Vec<Event> {
        let events = self.events.lock().expect("no panic holds it");
        events.get(&conversation).cloned().unwrap_or_default()
    }

    /// Forgets a conversation: for runs that are too long to be kept whole.
    pub fn forget(&self, conversation: u64) {
        let mut events = self.events.lock().expect("no panic holds it");
        events.remove(&conversation);
    }

    /// Compares one conversation, in which people may talk meanwhile, with what `read` finds
    /// stored.
    ///
    /// # Errors
    /// Everything that does not hold.
    pub async fn check_one(
        &self,
        conversation: u64,
        read: impl Future<Output = Vec<Message>>,
    ) -> Result<Summary, Vec<Violation>> {
        // What was told before it is read must be found; what is found was sent before or meanwhile.
        let mut events = self.of(conversation);
        let stored = read.await;
        let later = self.of(conversation).split_off(events.len());
        events.extend(
            later
                .into_iter()
                .filter(|event| matches!(event, Event::Sent { .. })),
        );
        check::check(&events, &[stored.iter().map(Row::of).collect()])
    }

    /// Compares with what is stored: every conversation that was talked in, whole.
    ///
    /// # Errors
    /// Everything that does not hold.
    pub fn check(&self, stored: &[Vec<Message>]) -> Result<Summary, Vec<Violation>> {
        let stored: Vec<Vec<Row>> = stored
            .iter()
            .map(|messages| messages.iter().map(Row::of).collect())
            .collect();
        check::check(&self.events(), &stored)
    }

    /// The same for a test.
    ///
    /// # Panics
    /// When anything does not hold, with the seed and what was broken.
    #[allow(clippy::print_stderr, reason = "how much was tested")]
    pub fn assert_holds(&self, stored: &[Vec<Message>]) -> Summary {
        let seed = self.seed;
        match self.check(stored) {
            Ok(summary) => {
                eprintln!("seed {seed}: {summary}");
                summary
            }
            Err(violations) => {
                let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
                panic!("seed {seed}: broken promises:\n{}", lines.join("\n"));
            }
        }
    }
}
