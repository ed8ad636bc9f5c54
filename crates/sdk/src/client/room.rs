//! One conversation, as somebody looks at it.

use std::collections::BTreeMap;

use kefu_proto::v1::{
    Accepted, Body, Conversation, Cursor, Message, MessagePage, Postback, Recall, SendMessage,
    Sender, Typing, body::Kind, client_frame, server_frame,
};
use tokio::sync::mpsc;

use super::{Client, Sent, text};
use crate::{Problem, machine::Input, outbox::Outgoing, pure::marker::Reach};

/// What happens in a room.
#[derive(Debug, Clone, PartialEq)]
pub enum RoomEvent {
    /// New messages, consecutive; [`Room::messages`] has them already.
    Messages(Vec<Message>),
    /// The server stands on a backup: all that was shown is forgotten, and comes again.
    Rewound,
    /// The conversation's head changed.
    Head(Box<Conversation>),
    /// Somebody is further; [`Room::reach`] has it already.
    Cursor(Cursor),
    /// Somebody types, or stopped. May be lost.
    Typing(Typing),
    /// The server will not open this conversation.
    Refused(Problem),
}

/// To speak in one conversation. Clones are the same.
#[derive(Clone)]
pub struct Mouth {
    client: Client,
    conversation_id: u64,
}

impl Mouth {
    pub(super) const fn new(client: Client, conversation_id: u64) -> Self {
        Self {
            client,
            conversation_id,
        }
    }

    /// Which conversation.
    #[must_use]
    pub const fn conversation_id(&self) -> u64 {
        self.conversation_id
    }

    /// The client behind it.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Puts a text on its way, now or when there is a connection again. Returns when it is kept.
    ///
    /// # Errors
    /// `outbox_full` when too many wait, `outbox` when it could not be kept, `overloaded`, `stopped`.
    pub fn send(&self, words: impl Into<String>) -> Result<Sent, Problem> {
        self.send_body(text(words), 0, None)
    }

    /// The same for a text that answers message `quote_seq`.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn quote(&self, quote_seq: u64, words: impl Into<String>) -> Result<Sent, Problem> {
        self.send_body(text(words), quote_seq, None)
    }

    /// Presses a button.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn press(&self, payload: &str, label: &str) -> Result<Sent, Problem> {
        let press = Postback {
            payload: payload.to_owned(),
            label: label.to_owned(),
            ..Default::default()
        };
        let kind = Some(Kind::Postback(press));
        self.send_body(Body { kind }, 0, None)
    }

    /// Any body, quoting message `quote_seq` (0: none), under a client id of one's own choice: 1 to 64
    /// of `[A-Za-z0-9_-]`, unique in the conversation. None: one by chance.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_body(
        &self,
        body: Body,
        quote_seq: u64,
        client_id: Option<String>,
    ) -> Result<Sent, Problem> {
        let shared = &self.client.0;
        let chosen = client_id.unwrap_or_else(|| {
            let (high, low) = (shared.entropy.next_u64(), shared.entropy.next_u64());
            format!("{high:016x}{low:016x}")
        });
        self.client.push(Outgoing {
            conversation_id: self.conversation_id,
            client_id: chosen,
            body,
            queued_at_ms: shared.clock.wall_ms(),
            order: 0,
            utc_offset_minutes: None,
            quote_seq,
            failed: String::new(),
        })
    }

    /// Tries a message that was given up again, at the end of the queue and under a new id: the old
    /// one may be taken. None when it is not there.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn retry(&self, client_id: &str) -> Result<Option<Sent>, Problem> {
        let all = self.client.outgoing().into_iter();
        let mut its = all.filter(|it| it.conversation_id == self.conversation_id);
        let failed = its.find(|it| it.client_id == client_id && !it.failed.is_empty());
        let Some(item) = failed else { return Ok(None) };
        self.discard(client_id)?;
        self.send_body(item.body, item.quote_seq, None).map(Some)
    }

    /// Gives a message up that waits or failed. One that is with the server may be stored all the same.
    ///
    /// # Errors
    /// `outbox`, `overloaded`, `stopped`.
    pub fn discard(&self, client_id: &str) -> Result<(), Problem> {
        let shared = &self.client.0;
        let was_there = shared
            .outbox
            .lock()
            .list()
            .iter()
            .any(|it| it.conversation_id == self.conversation_id && it.client_id == client_id);
        if was_there {
            let mut outbox = shared.outbox.lock();
            outbox.remove(self.conversation_id, client_id)?;
            drop(outbox);
            shared.let_go(self.conversation_id);
        }
        let discard = Input::Discard(self.conversation_id, client_id.to_owned());
        self.client.step(discard)
    }

    /// Takes back an own message; a second try does no harm.
    ///
    /// # Errors
    /// `forbidden` when it is too late, `offline`, or the server's word.
    pub async fn recall(&self, seq: u64) -> Result<Accepted, Problem> {
        let send = SendMessage {
            conversation_id: self.conversation_id,
            client_id: format!("recall-{seq}"),
            body: Some(Body {
                kind: Some(Kind::Recall(Recall { seq })),
            }),
            ..SendMessage::default()
        };
        match self.client.ask(client_frame::Body::Send(send)).await? {
            server_frame::Body::Accepted(accepted) => Ok(accepted),
            _ => Err(Problem::new("bad_frame", "not an answer to a recall")),
        }
    }

    /// Tells the others that somebody types here, or stopped. May be lost.
    ///
    /// # Errors
    /// `overloaded`, `stopped`.
    pub fn typing(&self, active: bool) -> Result<(), Problem> {
        self.client
            .step(Input::Typing(self.conversation_id, active))
    }

    /// Tells how far this device is.
    ///
    /// # Errors
    /// `overloaded`, `stopped`.
    pub fn mark(&self, reach: Reach) -> Result<(), Problem> {
        self.client.step(Input::Mark(self.conversation_id, reach))
    }
}

/// An open conversation: its messages as they come, in order, without a gap. Dropping it closes it;
/// what waits to be sent is still sent.
pub struct Room {
    mouth: Mouth,
    events: mpsc::Receiver<RoomEvent>,
    messages: Vec<Message>,
    after_seq: u64,
    reaches: BTreeMap<(i32, u64), Reach>,
}

impl std::ops::Deref for Room {
    type Target = Mouth;

    fn deref(&self) -> &Mouth {
        &self.mouth
    }
}

impl Room {
    pub(super) const fn new(
        mouth: Mouth,
        after_seq: u64,
        events: mpsc::Receiver<RoomEvent>,
    ) -> Self {
        Self {
            mouth,
            events,
            messages: Vec::new(),
            after_seq,
            reaches: BTreeMap::new(),
        }
    }

    /// To speak here from elsewhere.
    #[must_use]
    pub fn mouth(&self) -> Mouth {
        self.mouth.clone()
    }

    /// What happens next. None when another room of the same conversation was opened, or the client
    /// was stopped. May be dropped half way.
    pub async fn next(&mut self) -> Option<RoomEvent> {
        let event = self.events.recv().await?;
        self.take(&event);
        Some(event)
    }

    /// All messages that have come and are kept, ascending, without a gap; those that were recalled
    /// have no body.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The sequence of the newest message that has come.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.messages.last().map_or(self.after_seq, |last| last.seq)
    }

    /// How far the farthest of these is: the visitor, or agents.
    #[must_use]
    pub fn reach(&self, who: Sender) -> Reach {
        let theirs = self
            .reaches
            .iter()
            .filter(|((of, _), _)| *of == i32::from(who));
        theirs.fold(Reach::default(), |all, (_, reach)| all.larger(*reach))
    }

    /// Somebody looked at everything that has come so far.
    pub fn read(&self) {
        let seq = self.last_seq();
        // Nobody is told when the client was stopped, which is no loss.
        let _ = self.mouth.mark(Reach {
            delivered: seq,
            read: seq,
        });
    }

    /// Up to `limit` messages before those that have come, ascending; they are not kept here.
    ///
    /// # Errors
    /// `offline`, or the server's word.
    pub async fn earlier(&self, limit: u32) -> Result<MessagePage, Problem> {
        let first = self
            .messages
            .first()
            .map_or(self.after_seq + 1, |first| first.seq);
        let rest = self.mouth.client.rest();
        rest.page_before(self.mouth.conversation_id, first, limit)
            .await
    }

    fn take(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::Messages(fresh) => self.append(fresh),
            RoomEvent::Rewound => {
                self.messages.clear();
                self.reaches.clear();
                self.after_seq = 0;
            }
            RoomEvent::Cursor(cursor) => {
                let reach = Reach {
                    delivered: cursor.delivered_seq,
                    read: cursor.read_seq,
                };
                let known = self.reaches.entry((cursor.who, cursor.who_id)).or_default();
                *known = known.larger(reach);
            }
            _ => {}
        }
    }

    fn append(&mut self, fresh: &[Message]) {
        self.messages.extend_from_slice(fresh);
        for message in fresh {
            if let Some(Kind::Recall(recall)) =
                message.body.as_ref().and_then(|it| it.kind.as_ref())
            {
                self.blank(recall.seq, message.seq);
            }
        }
        let most = self.mouth.client.0.limits.room_messages_max.max(1);
        // Not at every message: letting go moves what is kept.
        if self.messages.len() > most + most / 4 {
            self.messages.drain(..self.messages.len() - most);
        }
        if self.mouth.client.0.marks {
            let delivered = self.last_seq();
            let _ = self.mouth.mark(Reach { delivered, read: 0 });
        }
    }

    fn blank(&mut self, seq: u64, recalled_seq: u64) {
        if let Some(message) = self.messages.iter_mut().find(|it| it.seq == seq) {
            message.body = None;
            message.trace = None;
            message.recalled_seq = recalled_seq;
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.events.close();
        let _ = self
            .mouth
            .client
            .step(Input::Leave(self.mouth.conversation_id));
    }
}
