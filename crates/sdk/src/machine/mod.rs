//! The whole client as a state machine: what happened goes in, what to do comes out.
//!
//! It holds one session that comes back by itself over whichever transport works, the conversations
//! that are open on it, and the messages on their way. The shell ([`crate::client`]) gives it time,
//! chance, frames and calls, and does what it says; a simulation gives it others.

mod connection;
mod conversations;
mod frames;
mod line;
mod sending;

use std::{collections::BTreeMap, sync::Arc};

use kefu_proto::v1::{
    Accepted, Agent, ClientFrame, Conversation, Cursor, Hello, Message, ServerFrame, Typing,
    Welcome, WorkspaceSnapshot, client_frame, server_frame,
};

use crate::{
    Limits, Problem,
    diagnostics::{About, DiagnosticEvent, Diagnostics, Dump, EventName, Trace},
    pure::{
        backoff::Backoff,
        chance::Chance,
        heartbeat::Heartbeat,
        ladder::Ladder,
        marker::{Marker, Reach},
        outbox::{Outbox, Outgoing},
        thread::Thread,
        timers::{Timer, Timers},
    },
};
use line::Line;

/// This moment on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since some fixed moment; never goes back.
    pub ms: u64,
    /// UTC milliseconds since 1970; for diagnostics only.
    pub wall_ms: i64,
}

/// Whether there is a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Not started, or stopped.
    Idle,
    /// A link is being opened.
    Connecting,
    /// Welcomed.
    Open,
    /// Cut; it is tried again.
    Waiting,
    /// The server does not know the session any more: a new one is needed.
    Ended,
}

impl State {
    /// Its name in diagnostics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
        }
    }
}

/// How a link ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkEnd {
    /// For people who read diagnostics.
    pub detail: String,
    /// The server does not know the session any more.
    pub session_over: bool,
    /// This transport does not work here (refused, filtered): the next one is tried at once.
    pub unusable: bool,
    /// The server asks to come back no sooner, milliseconds.
    pub retry_after_ms: u64,
}

/// What a link tells.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// Frames may be sent.
    Opened,
    /// In the order in which the server sent them.
    Frame(Box<ServerFrame>),
    /// The end, told once.
    Closed(LinkEnd),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Time has passed.
    Tick,
    /// Connect, unless that is done.
    Start,
    /// Hang up, and stay down.
    Stop,
    /// The network came back: connect at once, or make sure that the line lives.
    Nudge,
    /// A line's link told something.
    Link(u64, LinkEvent),
    /// Messages of this conversation after that one are wanted.
    Open(u64, u64),
    /// They are not any more.
    Leave(u64),
    /// They are wanted, but those after this one cannot be taken now.
    Pause(u64, u64),
    /// They can be taken again.
    Resume(u64),
    /// A message waits; it is kept already.
    Push(Outgoing),
    /// It is not wanted any more.
    Discard(u64, String),
    /// This device is so far.
    Mark(u64, Reach),
    /// Somebody types here, or stopped.
    Typing(u64, bool),
    /// Lists, presence and queue are wanted, a fresh snapshot now and at every connect.
    Workspace,
    /// A question; its answer comes under this number.
    Ask(u64, client_frame::Body),
}

/// What the application is told.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// There is a connection, or not any more.
    State(State),
    /// At every connect.
    Welcome(Welcome),
    /// New messages of a conversation, consecutive.
    Messages(u64, Vec<Message>),
    /// All that was handed on of a conversation is forgotten, and comes again.
    Rewound(u64),
    /// The server will not open it.
    Refused(u64, Problem),
    /// A conversation's head changed.
    Head(Box<Conversation>),
    /// Somebody is further.
    Cursor(Cursor),
    /// Somebody types.
    Typing(Typing),
    /// An agent changed.
    Agent(Agent),
    /// The workspace's lists, anew.
    Workspace(WorkspaceSnapshot),
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Open a link for line .0 over transport .1.
    Connect(u64, usize),
    /// Send a frame over a line.
    Write(u64, Box<ClientFrame>),
    /// Let go of a line's link.
    HangUp(u64),
    /// A message is done with: it was stored, or somebody decided.
    Settled(u64, String, Result<Accepted, Problem>),
    /// Tell the application.
    Tell(News),
    /// The answer to a question.
    Answer(u64, Result<server_frame::Body, Problem>),
    /// An event that was sampled.
    Report(DiagnosticEvent),
}

/// Who speaks, and how often events are kept.
#[derive(Debug, Clone)]
pub struct Identity {
    /// What every connection begins with.
    pub hello: Hello,
    /// The names of the transports, the best one first.
    pub transports: Vec<&'static str>,
    /// Share of connections and messages whose diagnostic events are kept, 0 to 1.
    pub sample_rate: f64,
}

/// The client.
#[derive(Debug)]
pub struct Machine {
    limits: Arc<Limits>,
    identity: Identity,
    now: Now,
    chance: Chance,
    timers: Timers,
    ladder: Ladder,
    backoff: Backoff,
    heartbeat: Heartbeat,
    diagnostics: Diagnostics,
    state: State,
    line: Option<Line>,
    /// A better transport that is tried beside the line.
    candidate: Option<Line>,
    lines: u64,
    trace: Trace,
    started_ms: Option<u64>,
    cut_ms: Option<u64>,
    is_acked: bool,
    threads: BTreeMap<u64, Thread>,
    outboxes: BTreeMap<u64, Outbox>,
    markers: BTreeMap<u64, Marker>,
    /// Traces of messages that were sent and not acknowledged, and when they were first sent.
    sent: BTreeMap<(u64, String), (Trace, u64)>,
    wants_workspace: bool,
    effects: Vec<Effect>,
}

impl Machine {
    /// Idle. `kept` is what waited when the last one ended; `seed` decides every draw.
    #[must_use]
    pub fn new(limits: Arc<Limits>, identity: Identity, kept: Vec<Outgoing>, seed: u64) -> Self {
        let mut outboxes: BTreeMap<u64, Outbox> = BTreeMap::new();
        for item in kept {
            outboxes.entry(item.conversation_id).or_default().push(item);
        }
        Self {
            ladder: Ladder::new(identity.transports.len(), &limits),
            backoff: Backoff::new(limits.backoff_base_ms, limits.backoff_max_ms),
            heartbeat: Heartbeat::new(&limits),
            diagnostics: Diagnostics::new(identity.sample_rate, &limits),
            limits,
            identity,
            now: Now { ms: 0, wall_ms: 0 },
            chance: Chance::new(seed),
            timers: Timers::default(),
            state: State::Idle,
            line: None,
            candidate: None,
            lines: 0,
            trace: Trace::default(),
            started_ms: None,
            cut_ms: None,
            is_acked: false,
            threads: BTreeMap::new(),
            outboxes,
            markers: BTreeMap::new(),
            sent: BTreeMap::new(),
            wants_workspace: false,
            effects: Vec::new(),
        }
    }

    /// Something happened at this moment; what to do about it, in order.
    pub fn step(&mut self, now: Now, input: Input) -> Vec<Effect> {
        self.now = Now {
            ms: now.ms.max(self.now.ms),
            ..now
        };
        match input {
            Input::Tick => {}
            Input::Start => self.start(),
            Input::Stop => self.stop(),
            Input::Nudge => self.nudge(),
            Input::Link(line, event) => self.told(line, event),
            Input::Open(conversation, after_seq) => self.open(conversation, after_seq),
            Input::Leave(conversation) => self.leave(conversation),
            Input::Pause(conversation, seq) => self.pause(conversation, seq),
            Input::Resume(conversation) => self.ask_for(conversation),
            Input::Push(item) => self.push(item),
            Input::Discard(conversation, client_id) => self.discard(conversation, &client_id),
            Input::Mark(conversation, reach) => self.mark(conversation, reach),
            Input::Typing(conversation_id, active) => self.types(conversation_id, active),
            Input::Workspace => self.workspace(),
            Input::Ask(token, body) => self.question(token, body),
        }
        while let Some(timer) = self.timers.take_due(self.now.ms) {
            self.due(timer);
        }
        std::mem::take(&mut self.effects)
    }

    /// When `Tick` is due, milliseconds on [`Now::ms`]'s clock.
    #[must_use]
    pub fn due_ms(&self) -> Option<u64> {
        self.timers.next_ms()
    }

    /// Whether there is a connection.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// What happened so far.
    #[must_use]
    pub fn dump(&self, wall_ms: i64) -> Dump {
        Dump {
            state: self.state.name(),
            transport: self.transport(),
            heartbeat_ms: self.heartbeat.every_ms(),
            waiting: self.outboxes.values().map(Outbox::len).sum(),
            ..self.diagnostics.dump(wall_ms)
        }
    }

    /// Something happened outside that belongs into the diagnostics.
    pub fn note_outside(&mut self, now: Now, name: EventName, conversation_id: u64) {
        self.now.wall_ms = now.wall_ms;
        let trace = self.trace.clone();
        let about = About {
            conversation_id,
            ..About::default()
        };
        self.note(&trace, name, about);
    }

    fn due(&mut self, timer: Timer) {
        match timer {
            Timer::Welcome(line) => self.give_up(line, "no welcome in time", false),
            Timer::Reply(line, reference) => self.late(line, reference),
            Timer::Beat(line) => self.beat(line),
            Timer::Stable => self.settled_down(),
            Timer::Reconnect => self.connect(),
            Timer::Upgrade => self.try_better(),
            Timer::Flush(conversation) => self.flush(conversation),
            Timer::Open(conversation) => self.ask_for(conversation),
            Timer::Mark(conversation) => self.tell_mark(conversation),
        }
    }

    /// The name of the transport in use, or of the one that is tried next.
    fn transport(&self) -> &'static str {
        let rung = self
            .line
            .as_ref()
            .map_or(self.ladder.current(), |it| it.rung);
        self.name_of(rung)
    }

    fn name_of(&self, rung: usize) -> &'static str {
        self.identity.transports.get(rung).copied().unwrap_or("")
    }

    fn after(&self, ms: u64) -> u64 {
        self.now.ms.saturating_add(ms)
    }

    fn tell(&mut self, news: News) {
        self.effects.push(Effect::Tell(news));
    }

    fn note(&mut self, trace: &Trace, name: EventName, about: About) {
        let event = self.diagnostics.note(trace, name, self.now.wall_ms, about);
        self.effects.extend(event.map(Effect::Report));
    }

    fn become_state(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.tell(News::State(state));
        }
    }
}
