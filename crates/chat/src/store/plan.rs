//! What a list of changes to conversations becomes, decided without a database.
//!
//! An adapter answers [`Questions`] from its rows inside the transaction, gives the answers to
//! [`Plan::new`], feeds the changes in order, and writes the rows the plan ends with. Because the
//! decision is here, every database decides alike, and hundreds of changes cost four statements.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, TenantId};

use crate::{
    model::Head,
    store::{Advance, Change, ClientKey, Outcome, Stored},
};

type HeadKey = (TenantId, ConversationId);
type AgentKey = (TenantId, AgentId);

/// What must be known before the changes can be decided.
#[derive(Debug, Default)]
pub struct Questions {
    /// Version, stamp and owner of these.
    pub heads: HashSet<HeadKey>,
    /// Whether these are stored.
    pub keys: HashSet<ClientKey>,
    /// How many conversations these own (serving and wrap-up).
    pub owners: HashSet<AgentKey>,
}

impl Questions {
    /// Collects what `changes` depend on.
    #[must_use]
    pub fn of(changes: &[Change]) -> Self {
        let mut questions = Self::default();
        for change in changes {
            match change {
                Change::Advance(advance) => {
                    questions
                        .heads
                        .insert((advance.head.tenant, advance.head.id));
                    questions.keys.extend(advance.key.clone());
                    questions
                        .owners
                        .extend(advance.guard.map(|g| (advance.head.tenant, g.agent)));
                }
                Change::Probe { key, .. } => {
                    questions.keys.insert(key.clone());
                }
                _ => {}
            }
        }
        questions
    }
}

/// A conversation as far as conditions look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownHead {
    /// Its version.
    pub version: u64,
    /// Of the change that made it.
    pub stamp: u64,
    /// Whose capacity it takes.
    pub owner: Option<AgentId>,
}

/// The answers.
#[derive(Debug, Default)]
pub struct Known {
    /// Those that exist.
    pub heads: HashMap<HeadKey, KnownHead>,
    /// Those that are stored: the message as it is.
    pub keys: HashMap<ClientKey, v1::Message>,
    /// Those that own any.
    pub owners: HashMap<AgentKey, u32>,
}

/// Decides changes one after another and remembers what to write.
#[derive(Debug, Default)]
pub struct Plan {
    known: Known,
    heads: HashMap<HeadKey, Arc<Head>>,
    messages: Vec<(TenantId, Arc<[v1::Message]>)>,
}

impl Plan {
    /// A plan over what is stored now.
    #[must_use]
    pub fn new(known: Known) -> Self {
        Self {
            known,
            ..Self::default()
        }
    }

    /// A new conversation, written by this plan.
    pub fn create(&mut self, head: &Arc<Head>) {
        self.put(head);
    }

    /// What a move of a conversation becomes.
    pub fn advance(&mut self, advance: &Advance) -> Outcome {
        let keyed = advance.keyed();
        let body = keyed.and_then(|message| message.body.as_ref());
        if let Some(key) = &advance.key
            && let Some(stored) = self.stored(key, body)
        {
            return Outcome::Duplicate(stored);
        }
        let head = &advance.head;
        match self.known.heads.get(&(head.tenant, head.id)) {
            None => return Outcome::Missing,
            Some(now)
                if now.version != advance.expected_version
                    || now.stamp != advance.expected_stamp =>
            {
                return Outcome::VersionConflict;
            }
            Some(_) => {}
        }
        if let Some(guard) = advance.guard
            && self.owned(head, guard.agent) >= guard.capacity
        {
            return Outcome::CapacityFull;
        }
        self.put(head);
        if let (Some(key), Some(first)) = (&advance.key, keyed) {
            self.known.keys.insert(key.clone(), first.clone());
        }
        if !advance.messages.is_empty() {
            self.messages.push((head.tenant, advance.messages.clone()));
        }
        Outcome::Applied
    }

    /// Whether a key is stored.
    #[must_use]
    pub fn probe(&self, key: &ClientKey, body: Option<&v1::Body>) -> Outcome {
        self.stored(key, body)
            .map_or(Outcome::Missing, Outcome::Duplicate)
    }

    /// What to write: the newest head of every conversation that changed, and all new messages
    /// in order.
    #[must_use]
    pub fn rows(&self) -> (Vec<&Head>, Vec<(TenantId, &v1::Message)>) {
        let heads = self.heads.values().map(Arc::as_ref).collect();
        let mut messages = Vec::with_capacity(self.messages.len());
        for (tenant, list) in &self.messages {
            messages.extend(list.iter().map(|message| (*tenant, message)));
        }
        (heads, messages)
    }

    fn stored(&self, key: &ClientKey, body: Option<&v1::Body>) -> Option<Stored> {
        let message = self.known.keys.get(key)?;
        Some(Stored {
            id: message.id,
            seq: message.seq,
            created_at_ms: message.created_at_ms,
            same_body: message.body.as_ref() == body,
        })
    }

    /// Conversations that `agent` owns, `head`'s own not counted.
    fn owned(&self, head: &Head, agent: AgentId) -> u32 {
        let all = self
            .known
            .owners
            .get(&(head.tenant, agent))
            .copied()
            .unwrap_or(0);
        let before = self
            .known
            .heads
            .get(&(head.tenant, head.id))
            .and_then(|known| known.owner);
        if before == Some(agent) {
            all.saturating_sub(1)
        } else {
            all
        }
    }

    fn put(&mut self, head: &Arc<Head>) {
        let key = (head.tenant, head.id);
        let now = KnownHead {
            version: head.version,
            stamp: head.stamp,
            owner: head.owner(),
        };
        let before = self
            .known
            .heads
            .insert(key, now)
            .and_then(|known| known.owner);
        if before != now.owner {
            // Agents whose count was not asked for are not in the map, and need no count.
            if let Some(count) =
                before.and_then(|agent| self.known.owners.get_mut(&(head.tenant, agent)))
            {
                *count = count.saturating_sub(1);
            }
            if let Some(agent) = now.owner {
                *self.known.owners.entry((head.tenant, agent)).or_default() += 1;
            }
        }
        self.heads.insert(key, head.clone());
    }
}
