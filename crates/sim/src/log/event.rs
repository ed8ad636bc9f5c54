//! One thing that somebody saw or did, small enough to keep them all.

use std::hash::{DefaultHasher, Hash, Hasher};

use kefu_chat::Head;
use kefu_proto::v1::{self, body, notice};

use crate::disk::Moved;

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
    /// The sequence that it quotes; 0: none.
    pub(crate) quotes: u64,
    /// The sequence that it takes back; 0: it is no recall.
    pub(crate) recalls: u64,
    /// The recall that took it back, as the reader was told; 0: none.
    pub(crate) recalled_by: u64,
    /// It came with a body.
    pub(crate) whole: bool,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Reader {
    pub(crate) conversation: u64,
    pub(crate) sender: i32,
    pub(crate) id: u64,
}

/// Delivered and read.
pub(crate) type Place = (u64, u64);

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
    /// In whose line, or for whom it is served.
    pub(crate) group: u64,
    /// Where in the line, while it waits: lane, not served before, ticket.
    pub(crate) rank: Option<(u8, bool, u64)>,
}

/// A message left as far as it is promised to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LeftRow {
    pub(crate) id: u64,
    pub(crate) conversation: u64,
    /// Where its words are.
    pub(crate) seq: u64,
    /// `v1::LeftState` as a number.
    pub(crate) state: i32,
    pub(crate) version: u64,
    /// Who works on it, or did; 0: nobody.
    pub(crate) agent: u64,
    /// Where its answer is; 0: there is none.
    pub(crate) answer_seq: u64,
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
        /// Sequences whose recall had been acknowledged by then.
        gone: Vec<u64>,
        /// Bodies were not asked for.
        metadata: bool,
    },
    /// A device says how far it is …
    Marking {
        reader: Reader,
        device: u64,
        asked: Place,
    },
    /// … and was told how far the person is.
    Marked {
        reader: Reader,
        device: u64,
        asked: Place,
        told: Place,
    },
    /// … or that it cannot be. `last_seq` is what was stored before it was asked.
    Unmarked {
        reader: Reader,
        device: u64,
        asked: Place,
        last_seq: u64,
    },
    /// How far somebody is, as anybody was told; `floor` had been acknowledged before it was asked.
    Reached {
        reader: Reader,
        told: Place,
        floor: Place,
    },
    /// What a device missed in a conversation. `floor` is what had been acknowledged to the device
    /// (delivered) and to the person (read).
    Missed {
        tenant: u64,
        reader: Reader,
        version: u64,
        delivered: u64,
        read: u64,
        unread: u64,
        floor: Place,
        rows: Vec<Row>,
        gone: Vec<u64>,
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
        /// Fingerprint of a text that is the preview; 0: there is none, or it was not shown.
        preview: u64,
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
    /// The store took this of a message left.
    Left { tenant: u64, row: LeftRow },
    /// Somebody was told this of one.
    LeftTold { row: LeftRow },
    /// … in answer to what they sent with this key: the words of it, or its answer.
    LeftAcked { key: Key, body: u64, row: LeftRow },
    /// All that are listed in one state, when nothing was under way.
    LeftListed {
        tenant: u64,
        state: i32,
        ids: Vec<u64>,
    },
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
        quotes: message.quote_seq,
        recalls: match kind {
            Some(body::Kind::Recall(recall)) => recall.seq,
            _ => 0,
        },
        recalled_by: message.recalled_seq,
        whole: message.body.is_some(),
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
        group: head.group.0,
        rank: head.rank.map(|rank| (rank.lane, rank.fresh, rank.ticket)),
    }
}

pub(crate) fn committed(step: &Moved) -> Event {
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
        preview: match conversation.preview.as_str() {
            "" => 0,
            text => fingerprint(Some(&text_body(text))),
        },
    }
}

pub(crate) fn left_row(left: &v1::LeftMessage) -> LeftRow {
    LeftRow {
        id: left.id,
        conversation: left.conversation_id,
        seq: left.seq,
        state: left.state,
        version: left.version,
        agent: left.agent_id,
        answer_seq: left.answer_seq,
    }
}

/// A text as a body.
pub(crate) fn text_body(text: &str) -> v1::Body {
    v1::Body {
        kind: Some(body::Kind::Text(v1::Text {
            text: text.to_owned(),
            ..Default::default()
        })),
    }
}

/// A cursor, as it is told.
pub(crate) fn place(cursor: &v1::Cursor) -> (Reader, Place) {
    let reader = Reader {
        conversation: cursor.conversation_id,
        sender: cursor.who,
        id: cursor.who_id,
    };
    (reader, (cursor.delivered_seq, cursor.read_seq))
}
