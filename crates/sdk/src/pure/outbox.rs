//! What goes in one conversation: stored once, in the order in which it was written.

use std::collections::VecDeque;

use kefu_proto::v1::{Body, SendMessage};

use crate::{Limits, Problem};

/// A message on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its conversation.
    pub conversation_id: u64,
    /// The same over all tries and restarts: the server stores it once.
    pub client_id: String,
    /// What is said.
    pub body: Body,
    /// UTC milliseconds since 1970, by this device's clock.
    pub queued_at_ms: i64,
    /// Who goes first; larger is later.
    pub order: u64,
    /// Of the moment in which it was written: "tomorrow" in it is counted by that clock.
    pub utc_offset_minutes: Option<i32>,
    /// The message that this one answers; 0: it answers none.
    pub quote_seq: u64,
    /// The word for which it was given up, until somebody decides; empty: it waits to be sent.
    pub failed: String,
}

impl Outgoing {
    /// As a frame says it.
    #[must_use]
    pub fn frame(&self) -> SendMessage {
        SendMessage {
            conversation_id: self.conversation_id,
            client_id: self.client_id.clone(),
            body: Some(self.body.clone()),
            utc_offset_minutes: self.utc_offset_minutes,
            quote_seq: self.quote_seq,
            assist: None,
        }
    }
}

/// What to do now.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Nothing waits, or an answer is waited for.
    Nothing,
    /// Look again at this moment, milliseconds.
    At(u64),
    /// Send this one; it is in flight from now on.
    Send(Box<SendMessage>),
}

/// What a refusal means.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nobody waits for it (any more).
    Unknown,
    /// It is tried again.
    Later,
    /// It was given up; those behind it go on.
    GivenUp,
}

#[derive(Debug, Clone)]
struct Waiting {
    item: Outgoing,
    tries: u32,
    not_before_ms: u64,
}

/// One message is in flight at a time, so the order of writing is the order in which they are stored;
/// a retry has the same client id, so it is never stored twice.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    waiting: VecDeque<Waiting>,
    in_flight: bool,
}

impl Outbox {
    /// Takes one over, behind those that were written before it; twice is once.
    pub fn push(&mut self, item: Outgoing) {
        let is_known = |it: &Waiting| it.item.client_id == item.client_id;
        if !item.failed.is_empty() || self.waiting.iter().any(is_known) {
            return;
        }
        let behind = self
            .waiting
            .iter()
            .rposition(|it| it.item.order <= item.order);
        // Never before the one that may be stored already.
        let at = behind.map_or(usize::from(self.in_flight), |at| at + 1);
        self.waiting.insert(
            at,
            Waiting {
                item,
                tries: 0,
                not_before_ms: 0,
            },
        );
    }

    /// How many wait to be sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether this one is with the server now.
    #[must_use]
    pub fn is_in_flight(&self, client_id: &str) -> bool {
        let first = self.waiting.front();
        self.in_flight && first.is_some_and(|it| it.item.client_id == client_id)
    }

    /// Whether these words wait under this id. An id is its writer's own: somebody else may have
    /// chosen the same for other words.
    #[must_use]
    pub fn has(&self, client_id: &str, body: Option<&Body>) -> bool {
        let its = |it: &&Waiting| it.item.client_id == client_id;
        let item = self.waiting.iter().find(its);
        item.is_some_and(|it| Some(&it.item.body) == body)
    }

    /// What to do at this moment, while there is a connection.
    pub fn next(&mut self, now_ms: u64) -> Next {
        match self.waiting.front() {
            Some(_) if self.in_flight => Next::Nothing,
            None => Next::Nothing,
            Some(first) if first.not_before_ms > now_ms => Next::At(first.not_before_ms),
            Some(first) => {
                let frame = first.item.frame();
                self.in_flight = true;
                Next::Send(Box::new(frame))
            }
        }
    }

    /// The connection was cut: that costs no try.
    pub const fn cut(&mut self) {
        self.in_flight = false;
    }

    /// Stored, given up or taken back: it is done with. False when nobody waited for it.
    pub fn remove(&mut self, client_id: &str) -> bool {
        let at = self
            .waiting
            .iter()
            .position(|it| it.item.client_id == client_id);
        let Some(at) = at else { return false };
        if at == 0 {
            self.in_flight = false;
        }
        self.waiting.remove(at);
        true
    }

    /// The server refused it, or did not answer in time.
    pub fn refused(
        &mut self,
        client_id: &str,
        problem: &Problem,
        now_ms: u64,
        limits: &Limits,
    ) -> Refused {
        if !self.is_in_flight(client_id) {
            return Refused::Unknown;
        }
        self.in_flight = false;
        let Some(first) = self.waiting.front_mut() else {
            return Refused::Unknown;
        };
        first.tries += 1;
        if problem.is_passing() && first.tries < limits.send_tries {
            let asked_ms = problem.retry_after_ms.max(limits.retry_ms);
            first.not_before_ms = now_ms.saturating_add(asked_ms.min(limits.retry_max_ms));
            return Refused::Later;
        }
        self.waiting.pop_front();
        Refused::GivenUp
    }
}
