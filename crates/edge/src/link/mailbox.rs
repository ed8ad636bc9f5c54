//! What the link has for one socket. Bounded: when a socket's task does not keep up, events are
//! dropped and a flag says so; the socket then reads the store.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use kefu_proto::v1::{
    Agent, Board, Conversation, Cursor, LeftMessage, MentionsRead, Note, Problem, Proposals,
    SlaAlert, Tags, Trail, Typing, TypingText, Viewers, WordAlert,
};
use tokio::sync::mpsc;

use super::News;

/// Something a socket should know.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Messages of a conversation it watches.
    Appended(Arc<News>),
    /// A head changed: of a conversation it watches, or of any to a workspace.
    Head(Arc<Conversation>),
    /// Somebody types in a conversation it watches.
    Typing(Typing),
    /// A colleague changed; to workspaces.
    Agent(Arc<Agent>),
    /// Somebody's cursor moved: in a conversation it watches, or its own person's.
    Cursor(Cursor),
    /// A note on a conversation that it watches, or one that mentions its person; to users only.
    Note(Arc<Note>),
    /// Who looks at a conversation that it watches; to users only.
    Viewers(Arc<Viewers>),
    /// Tags of a conversation that it watches; to users only.
    Tags(Arc<Tags>),
    /// What a bot would say in a conversation that it watches; to users only.
    Proposals(Arc<Proposals>),
    /// On which pages the visitor of a conversation that it watches is; to users only.
    Trail(Arc<Trail>),
    /// What the visitor of a conversation that it watches is writing; to whom the core names.
    TypingText(Arc<TypingText>),
    /// Its person has seen mentions; to workspaces.
    MentionsRead(MentionsRead),
    /// Words that supervisors want to hear of were said; to their workspaces.
    Words(Arc<WordAlert>),
    /// A message was left, or something was done about one.
    Left(Arc<LeftMessage>),
    /// The board; to workspaces, which know whether they oversee.
    Board(Arc<Board>),
    /// A promise is near, or broken; to workspaces, which know whether it is theirs.
    Sla(SlaAlert),
    /// It may not watch this conversation any more.
    WatchRefused {
        conversation_id: u64,
        problem: Problem,
    },
    /// The link was made again, or events were lost: what is not sequenced must be read again.
    Relinked,
    /// Nothing by itself: look at the flags.
    Look,
}

/// The sending end. Events are boxed: a queue keeps room for thirty-two of what it carries, used or not, and
/// most connections are idle.
#[derive(Debug)]
pub(crate) struct Mailbox {
    sender: mpsc::Sender<Box<Event>>,
    flags: Arc<Flags>,
}

/// What must not be lost when the queue is full.
#[derive(Debug, Default)]
struct Flags {
    lost: AtomicBool,
    ended: AtomicBool,
    /// Who ended the session, if it was not its person.
    ended_by: OnceLock<String>,
    dismissed: AtomicBool,
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Events {
    receiver: mpsc::Receiver<Box<Event>>,
    flags: Arc<Flags>,
}

impl Mailbox {
    /// A mailbox for at most `events_max` events.
    pub(crate) fn new(events_max: usize) -> (Self, Events) {
        let (sender, receiver) = mpsc::channel(events_max.max(1));
        let flags = Arc::new(Flags::default());
        (
            Self {
                sender,
                flags: flags.clone(),
            },
            Events { receiver, flags },
        )
    }

    /// Leaves an event, or notes that one was lost. Nobody misses a lost `Typing`, and
    /// nobody waits for `Proposals`.
    pub(crate) fn post(&self, event: Event) {
        let matters = !matches!(
            event,
            Event::Typing(_) | Event::TypingText(_) | Event::Proposals(_)
        );
        if let Err(mpsc::error::TrySendError::Full(_)) = self.sender.try_send(Box::new(event))
            && matters
        {
            self.flags.lost.store(true, Ordering::SeqCst);
        }
    }

    /// The socket's session is over. Never lost: a full queue wakes the socket as well.
    pub(crate) fn end(&self, by: &str) {
        if !by.is_empty() {
            let _ = self.flags.ended_by.set(by.to_owned());
        }
        self.flags.ended.store(true, Ordering::SeqCst);
        let _ = self.sender.try_send(Box::new(Event::Look));
    }

    /// The core is not the one any more that the socket was opened for. Never lost.
    pub(crate) fn dismiss(&self) {
        self.flags.dismissed.store(true, Ordering::SeqCst);
        let _ = self.sender.try_send(Box::new(Event::Look));
    }
}

impl Events {
    /// The next event; pending for ever once the hub has forgotten this socket.
    pub(crate) async fn next(&mut self) -> Event {
        match self.receiver.recv().await {
            Some(event) => *event,
            None => std::future::pending().await,
        }
    }

    /// Whether events were lost since this was last asked.
    pub(crate) fn lost(&self) -> bool {
        self.flags.lost.swap(false, Ordering::SeqCst)
    }

    /// Whether the core is not the one any more that the socket was opened for.
    pub(crate) fn dismissed(&self) -> bool {
        self.flags.dismissed.load(Ordering::SeqCst)
    }

    /// Who ended the session; `None` when it was its own person.
    pub(crate) fn ended_by(&self) -> Option<&str> {
        self.flags.ended_by.get().map(String::as_str)
    }

    /// Whether the session is over.
    pub(crate) fn ended(&self) -> bool {
        self.flags.ended.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Mailbox};

    #[tokio::test]
    async fn a_full_mailbox_remembers_that_it_lost_something() {
        let (mailbox, mut events) = Mailbox::new(1);
        mailbox.post(Event::Relinked);
        mailbox.post(Event::Typing(kefu_proto::v1::Typing::default()));
        assert!(!events.lost(), "typing may be lost");
        mailbox.post(Event::Relinked);
        mailbox.end("Li");
        assert!(events.lost() && !events.lost());
        assert!(events.ended());
        assert_eq!(events.ended_by(), Some("Li"));
        assert!(matches!(events.next().await, Event::Relinked));
    }
}
