//! One link from its opening to its end.

use std::collections::BTreeMap;

use crate::pure::marker::Reach;

/// Why a frame was sent that wants an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Purpose {
    /// The first of all.
    Hello,
    /// A conversation.
    Open(u64),
    /// A message: its conversation and its client id.
    Send(u64, String),
    /// How far this device is in a conversation.
    Mark(u64, Reach),
    /// A sign of life, asked for at this moment, milliseconds.
    Ping(u64),
    /// The application's question.
    Ask(u64),
}

/// Questions by their numbers, and when something was last heard.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: u64,
    /// The transport's place on the ladder.
    pub(super) rung: usize,
    pub(super) opened_ms: u64,
    pub(super) welcomed_ms: Option<u64>,
    pub(super) heard_ms: u64,
    pub(super) said_ms: u64,
    /// The server's wish, from its goodbye: do not come back sooner.
    pub(super) reconnect_after_ms: u64,
    pub(super) session_over: bool,
    pub(super) pending: BTreeMap<u64, Purpose>,
    references: u64,
}

impl Line {
    pub(super) const fn new(id: u64, rung: usize, now_ms: u64) -> Self {
        Self {
            id,
            rung,
            opened_ms: now_ms,
            welcomed_ms: None,
            heard_ms: now_ms,
            said_ms: now_ms,
            reconnect_after_ms: 0,
            session_over: false,
            pending: BTreeMap::new(),
            references: 0,
        }
    }

    /// The number of the next frame that wants an answer.
    pub(super) fn expects(&mut self, purpose: Purpose) -> u64 {
        self.references += 1;
        self.pending.insert(self.references, purpose);
        self.references
    }
}
