//! What an application talks to: a session, the rooms that are open on it, and their messages.
//!
//! The task behind it ([`driver`]) runs the [`crate::machine`]. Nothing here waits for it but where
//! that is the point: [`Sent::fate`], [`Room::next`] and the questions.

mod agent;
mod driver;
mod options;
mod rest;
mod room;
mod visitor;

use std::{collections::BTreeMap, sync::Arc};

use kefu_proto::v1::{
    Accepted, AskMissed, Body, Missed, Text, body::Kind, client_frame, server_frame,
};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};

pub use agent::{Agent, WorkspaceEvent};
pub use options::Options;
pub use rest::{Person, Rest};
pub use room::{Mouth, Room, RoomEvent};
pub use visitor::Visitor;

use crate::{
    Dump, Limits, Problem, State,
    machine::{Identity, Input, Machine},
    outbox::{OutboxStore, Outgoing},
};
use driver::{Command, Driver};
use kefu_types::{Clock, Entropy};

/// A text as a body.
#[must_use]
pub fn text(text: impl Into<String>) -> Body {
    Body {
        kind: Some(Kind::Text(Text {
            text: text.into(),
            ..Default::default()
        })),
    }
}

/// One session of whomever, that comes back by itself. Clones are the same client; it hangs up when
/// the last one, and every room of it, is dropped.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<State>,
    outbox: Arc<Mutex<Box<dyn OutboxStore>>>,
    waiting: Mutex<Waiting>,
    limits: Arc<Limits>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    rest: Rest,
    person: Person,
    marks: bool,
}

/// How many wait, by conversation; and the order of the next.
#[derive(Debug, Default)]
struct Waiting {
    last_order: u64,
    counts: BTreeMap<u64, usize>,
}

impl Client {
    /// A client of this session, connecting. What its outbox has kept is sent.
    ///
    /// # Errors
    /// `invalid` when the server's address is none, or the file of authorities cannot be used; `tls` when
    /// there is no authority to believe.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(options: Options, person: Person) -> Result<Self, Problem> {
        let target = options.target()?;
        let limits = target.limits.clone();
        let kept = options.outbox.list();
        let mut waiting = Waiting::default();
        for item in &kept {
            waiting.last_order = waiting.last_order.max(item.order);
            *waiting.counts.entry(item.conversation_id).or_default() += 1;
        }
        let identity = Identity {
            hello: kefu_proto::v1::Hello {
                token: person.token.clone(),
                language: options.language.clone(),
                device_id: options.device_id.clone(),
            },
            transports: options.transports.iter().map(|it| it.name()).collect(),
            sample_rate: options.sample_rate,
        };
        let seed = options.entropy.next_u64();
        let machine = Machine::new(limits.clone(), identity, kept, seed);
        let (commands, taken) = mpsc::channel(limits.commands_max.max(1));
        let (told, state) = watch::channel(State::Idle);
        let outbox = Arc::new(Mutex::new(options.outbox));
        let rest = Rest::of(&target, &person.token);
        let client = Self(Arc::new(Shared {
            commands,
            state,
            outbox: outbox.clone(),
            waiting: Mutex::new(waiting),
            limits,
            clock: options.clock.clone(),
            entropy: options.entropy,
            rest,
            person,
            marks: options.marks,
        }));
        let driver = Driver::new(machine, Arc::new(target), options.transports, told, outbox)
            .reporting(options.report)
            .counting(Arc::downgrade(&client.0), options.clock);
        tokio::spawn(driver.run(taken));
        client.step(Input::Start)?;
        Ok(client)
    }

    /// Whose session it is.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.0.person
    }

    /// Everything that needs no connection.
    #[must_use]
    pub fn rest(&self) -> &Rest {
        &self.0.rest
    }

    /// Whether there is a connection, now and as it changes. [`State::Ended`] says that the session is
    /// over: enter again.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.0.state.clone()
    }

    /// Messages of this conversation after `after_seq`, now and as they come; in a room that was
    /// opened before nothing comes any more.
    ///
    /// # Errors
    /// `overloaded` when the client has too much to do, `stopped`.
    pub fn room(&self, conversation_id: u64, after_seq: u64) -> Result<Room, Problem> {
        let (events, taken) = mpsc::channel(self.0.limits.room_events_max.max(2));
        self.command(Command::Room(conversation_id, after_seq, events))?;
        Ok(Room::new(self.mouth(conversation_id), after_seq, taken))
    }

    /// To speak in a conversation, open or not.
    #[must_use]
    pub fn mouth(&self, conversation_id: u64) -> Mouth {
        Mouth::new(self.clone(), conversation_id)
    }

    /// What this device missed, over all conversations of the person, by id: how far it is, the count
    /// of unread ones, the first messages that it has not. `page` conversations at once, 0: as many
    /// as the server likes.
    ///
    /// # Errors
    /// `offline`, `timeout`, or the server's word.
    pub async fn missed(&self, page: u32) -> Result<Vec<Missed>, Problem> {
        let mut all = Vec::new();
        let mut after = 0;
        loop {
            let ask = AskMissed { after, limit: page };
            match self.ask(client_frame::Body::Missed(ask)).await? {
                server_frame::Body::Missed(missed) => {
                    all.extend(missed.conversations);
                    after = missed.next_after;
                }
                _ => return Err(Problem::new("bad_frame", "not what was missed")),
            }
            if after == 0 {
                return Ok(all);
            }
        }
    }

    /// Sends a frame and waits for its answer.
    ///
    /// # Errors
    /// `offline`, `timeout`, or the server's word.
    pub async fn ask(&self, body: client_frame::Body) -> Result<server_frame::Body, Problem> {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Ask(body, answer))?;
        answered.await.unwrap_or_else(|_| Err(Problem::stopped()))
    }

    /// Everything that waits to be sent, or was given up and waits for somebody's decision, in the
    /// order of writing.
    #[must_use]
    pub fn outgoing(&self) -> Vec<Outgoing> {
        self.0.outbox.lock().list()
    }

    /// What happened so far, without tokens and without words of people: for a bug report.
    ///
    /// # Errors
    /// `stopped`, `overloaded`.
    pub async fn dump(&self) -> Result<Dump, Problem> {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Dump(answer))?;
        answered.await.map_err(|_| Problem::stopped())
    }

    /// The network came back: connects at once, or makes sure that the line lives.
    ///
    /// # Errors
    /// `stopped`, `overloaded`.
    pub fn nudge(&self) -> Result<(), Problem> {
        self.step(Input::Nudge)
    }

    /// Hangs up, and stays down until `connect`. What waits to be sent is kept.
    ///
    /// # Errors
    /// `stopped`, `overloaded`.
    pub fn hang_up(&self) -> Result<(), Problem> {
        self.step(Input::Stop)
    }

    /// Connects, unless that is done.
    ///
    /// # Errors
    /// `stopped`, `overloaded`.
    pub fn connect(&self) -> Result<(), Problem> {
        self.step(Input::Start)
    }

    fn step(&self, input: Input) -> Result<(), Problem> {
        self.command(Command::Step(input))
    }

    fn command(&self, command: Command) -> Result<(), Problem> {
        use mpsc::error::TrySendError;
        self.0
            .commands
            .try_send(command)
            .map_err(|error| match error {
                TrySendError::Full(_) => Problem::new("overloaded", "too many calls at once"),
                TrySendError::Closed(_) => Problem::stopped(),
            })
    }

    /// Puts a message on its way: kept first, then told to the task that sends it.
    fn push(&self, mut item: Outgoing) -> Result<Sent, Problem> {
        let conversation_id = item.conversation_id;
        let client_id = item.client_id.clone();
        {
            let mut waiting = self.0.waiting.lock();
            self.admit(&waiting, conversation_id)?;
            let wall_ms = u64::try_from(item.queued_at_ms).unwrap_or_default();
            item.order = wall_ms.max(waiting.last_order + 1);
            self.0.outbox.lock().put(&item)?;
            waiting.last_order = item.order;
            *waiting.counts.entry(conversation_id).or_default() += 1;
        }
        let (told, fate) = oneshot::channel();
        if let Err(problem) = self.command(Command::Push(Box::new(item), told)) {
            let _ = self.0.outbox.lock().remove(conversation_id, &client_id);
            self.0.let_go(conversation_id);
            return Err(problem);
        }
        Ok(Sent { client_id, fate })
    }

    fn admit(&self, waiting: &Waiting, conversation_id: u64) -> Result<(), Problem> {
        let here = waiting.counts.get(&conversation_id).copied();
        let all: usize = waiting.counts.values().sum();
        let limits = &self.0.limits;
        if here.unwrap_or_default() >= limits.outbox_messages_max || all >= limits.outbox_total_max
        {
            let text = "too many messages wait to be sent";
            return Err(Problem::new("outbox_full", text));
        }
        Ok(())
    }
}

impl Shared {
    /// One less waits in that conversation.
    fn let_go(&self, conversation_id: u64) {
        let mut waiting = self.waiting.lock();
        if let Some(count) = waiting.counts.get_mut(&conversation_id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                waiting.counts.remove(&conversation_id);
            }
        }
    }
}

/// A message that was put on its way. Dropping it changes nothing.
#[derive(Debug)]
pub struct Sent {
    client_id: String,
    fate: oneshot::Receiver<Result<Accepted, Problem>>,
}

impl Sent {
    /// The id under which it is sent, however often.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What became of it: stored there, durably; or given up, and it stays in [`Client::outgoing`]
    /// until it is retried or discarded. Waits as long as there is no connection.
    ///
    /// # Errors
    /// The server's word, or `stopped` when the client was dropped: then it is sent by the next one
    /// that has the same outbox.
    pub async fn fate(self) -> Result<Accepted, Problem> {
        self.fate.await.unwrap_or_else(|_| Err(Problem::stopped()))
    }
}
