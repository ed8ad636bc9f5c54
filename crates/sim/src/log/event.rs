//! One thing that somebody saw or did, small enough to keep them all.

use std::hash::{DefaultHasher, Hash, Hasher};

use kefu_chat::Head;
use kefu_proto::v1::{self, body, notice};

use crate::disk::Step;

/// Which message of which sender.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) conversation: u64,
    pub(crate) sender: i32,
    pub(crate) sender_id: u64,
    pub(crate) client_id: String,
}

/// A message as any reader must see it. Bodies are compared by their fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) seq: u64,
    pub(crate) id: u64,
    pub(crate) sender: i32,
    pub(crate) sender_id: u64,
    pub(crate) client_id: String,
    pub(crate) at_ms: i64,
    pub(crate) body: u64,
    /// `v1::notice::Kind` as a number; 0 for what is no notice.
    pub(crate) notice: i32,
}

/// A version of a conversation as far as it is promised to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Version {
    /// `v1::Phase` as a number.
    pub(crate) phase: i32,
    /// A bot owes an answer.
    pub(crate) processing: bool,
    pub(crate) turn: u64,
    pub(crate) agent: u64,
    pub(crate) last_seq: u64,
}

/// What a run is made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    /// A step of the run, or a fault: what, and to whom.
    Did(&'static str, u64),
    /// Somebody sends, the first time or again.
    Sent { key: Key, body: u64 },
    /// … and was told that it is stored.
    Acked {
        key: Key,
        body: u64,
        id: u64,
        seq: u64,
        duplicate: bool,
    },
    /// … or that it is not; `again` when a retry can help, `reused` for another body.
    Refused {
        key: Key,
        body: u64,
        code: &'static str,
        again: bool,
        reused: bool,
    },
    /// … or nothing at all.
    Unanswered { key: Key },
    /// A page of a history. `floor` is what somebody had been acknowledged before it was asked for.
    Page {
        tenant: u64,
        conversation: u64,
        after: u64,
        limit: u64,
        floor: u64,
        last_seq: u64,
        rows: Vec<Row>,
    },
    /// Messages that came down a link; `wanted` when the edge had asked for them.
    Pushed {
        edge: usize,
        wanted: bool,
        tenant: u64,
        conversation: u64,
        rows: Vec<Row>,
    },
    /// A conversation as somebody was shown it.
    Shown {
        conversation: u64,
        version: u64,
        phase: i32,
        agent: u64,
        last_seq: u64,
    },
    /// The store moved a conversation on.
    Committed {
        tenant: u64,
        conversation: u64,
        number: u64,
        before: Option<Version>,
        after: Version,
        rows: Vec<Row>,
    },
    /// A bot was handed a turn.
    Handed {
        bot: u64,
        conversation: u64,
        turn: u64,
        version: u64,
    },
    /// A bot wants to say this.
    Proposed {
        conversation: u64,
        turn: u64,
        body: u64,
    },
    /// … and heard what became of it.
    Answered { body: u64, outcome: &'static str },
}

/// What a body says, without what visitors never see of it.
pub(crate) fn fingerprint(body: Option<&v1::Body>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match body.and_then(|body| body.kind.as_ref()) {
        Some(body::Kind::Text(text)) => (1, &text.text).hash(&mut hasher),
        Some(body::Kind::Notice(notice)) => {
            (2, notice.kind, notice.agent_id, &notice.agent_name).hash(&mut hasher);
        }
        other => (3, format!("{other:?}")).hash(&mut hasher),
    }
    hasher.finish()
}

pub(crate) fn row(message: &v1::Message) -> Row {
    let kind = message.body.as_ref().and_then(|body| body.kind.as_ref());
    let notice = match kind {
        Some(body::Kind::Notice(notice)) => notice.kind,
        _ => notice::Kind::Unspecified.into(),
    };
    Row {
        seq: message.seq,
        id: message.id,
        sender: message.sender,
        sender_id: message.sender_id,
        client_id: message.client_id.clone(),
        at_ms: message.created_at_ms,
        body: fingerprint(message.body.as_ref()),
        notice,
    }
}

pub(crate) fn rows(messages: &[v1::Message]) -> Vec<Row> {
    messages.iter().map(row).collect()
}

fn version(head: &Head) -> Version {
    Version {
        phase: head.phase().into(),
        processing: head.is_processing(),
        turn: head.state.turn,
        agent: head.agent.map_or(0, |agent| agent.0),
        last_seq: head.last_seq,
    }
}

pub(crate) fn committed(step: &Step) -> Event {
    Event::Committed {
        tenant: step.after.tenant.0,
        conversation: step.after.id.0,
        number: step.after.version,
        before: step.before.as_deref().map(version),
        after: version(&step.after),
        rows: rows(&step.messages),
    }
}

pub(crate) fn shown(conversation: &v1::Conversation) -> Event {
    Event::Shown {
        conversation: conversation.id,
        version: conversation.version,
        phase: conversation.phase,
        agent: conversation.agent_id,
        last_seq: conversation.last_seq,
    }
}
