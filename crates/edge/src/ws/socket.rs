//! One connection's task: everything that happens to it, one thing at a time, whatever it comes and
//! goes over: a WebSocket, or requests (`stream`).
//!
//! Calls to the core run beside it and come back as [`Done`]; the task itself never waits for
//! anything but the next thing to happen, so an event is never stuck behind a slow call.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use kefu_proto::v1::{
    Accepted, Conversation, Cursor, Mark, MessagePage, MissedPage, Principal, Problem, SendMessage,
    ServerFrame, WorkspaceSnapshot, principal::Kind, server_frame::Body,
};
use kefu_types::Bucket;
use tokio_util::sync::DropGuard;

use super::{
    conversations::Opened,
    end::End,
    hello::Hello,
    incoming::Incoming,
    outbox::{Full, Outbox, Room},
    workspace::Lists,
};
use crate::{
    app::App,
    link::{Events, Mailbox, Member},
};

/// What came back from the core.
pub(super) enum Done {
    Opened {
        reference: u64,
        conversation: u64,
        generation: u64,
        result: Result<Conversation, Problem>,
    },
    Page {
        conversation: u64,
        generation: u64,
        result: Result<(MessagePage, Room), Problem>,
    },
    Head {
        conversation: u64,
        generation: u64,
        result: Result<Conversation, Problem>,
    },
    /// A conversation is watched again after the watch was lost.
    Watched {
        conversation: u64,
        generation: u64,
        result: Result<(), Problem>,
    },
    Sent {
        reference: u64,
        conversation: u64,
        result: Result<Accepted, Problem>,
    },
    Marked {
        reference: u64,
        conversation: u64,
        result: Result<Cursor, Problem>,
    },
    Missed {
        reference: u64,
        result: Result<(MissedPage, Room), Problem>,
    },
    /// `asked`: by the client, not because the link was made again.
    Lists {
        reference: u64,
        asked: bool,
        result: Result<WorkspaceSnapshot, Problem>,
    },
    /// The session was looked at once more.
    Verified(Result<(), Problem>),
    /// The conversation was left in the meantime.
    Nothing,
}

pub(super) struct Socket {
    pub(super) app: Arc<App>,
    pub(super) id: u64,
    pub(super) session: String,
    pub(super) language: String,
    pub(super) device_id: String,
    pub(super) principal: Principal,
    pub(super) outbox: Outbox,
    pub(super) opened: HashMap<u64, Opened>,
    pub(super) generation: u64,
    /// By conversation, the first of each under way.
    pub(super) sends: HashMap<u64, VecDeque<(u64, SendMessage)>>,
    /// By conversation, the first of each under way.
    pub(super) marks: HashMap<u64, VecDeque<(u64, Mark)>>,
    pub(super) lists: Lists,
    /// Stops reading lists that have changed since.
    pub(super) reloading: Option<DropGuard>,
    /// The session is being looked at once more.
    pub(super) verifying: bool,
    /// Frames of the client that wait for an answer of the core.
    pub(super) pending: usize,
    pub(super) work: FuturesUnordered<BoxFuture<'static, Done>>,
    pub(super) sends_bucket: Bucket,
    frames_bucket: Bucket,
    heard_at: Duration,
    /// For how long nothing need be heard of the client.
    pub(super) silence: Duration,
}

impl Socket {
    /// Talks until something ends it.
    pub(super) async fn run(
        app: Arc<App>,
        hello: Hello,
        outbox: Outbox,
        heard: &mut impl Incoming,
    ) -> End {
        let (mailbox, mut events) = Mailbox::new(app.settings.limits.events_max);
        let id = app.socket_id();
        app.hub.join(
            id,
            Member {
                mailbox,
                session: hello.session.clone(),
                session_id: hello.principal.session_id,
                tenant_id: hello.principal.tenant_id,
                principal_id: hello.principal.id,
                is_user: hello.principal.kind() == Kind::User,
            },
        );
        let mut socket = Self::new(
            app,
            id,
            hello.session,
            (hello.language, hello.device_id),
            hello.principal,
            outbox,
        );
        let end = match socket.welcome(hello.reference) {
            Ok(()) => socket.talk(heard, &mut events).await,
            Err(end) => Err(end),
        };
        socket.app.hub.leave(id, socket.opened.keys().copied());
        match end {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    fn new(
        app: Arc<App>,
        id: u64,
        session: String,
        (language, device_id): (String, String),
        principal: Principal,
        outbox: Outbox,
    ) -> Self {
        let (limits, now) = (&app.settings.limits, app.clock.monotonic());
        // Whoever raises one bound means that so many messages shall come through.
        let frames = limits
            .frames_per_second
            .max(limits.sends_per_second.saturating_mul(2));
        Self {
            sends_bucket: Bucket::new(limits.sends_per_second, now),
            frames_bucket: Bucket::new(frames, now),
            heard_at: now,
            silence: Self::borne(limits.heartbeat_s, limits.heartbeat_s),
            id,
            session,
            language,
            device_id,
            principal,
            outbox,
            opened: HashMap::new(),
            generation: 0,
            sends: HashMap::new(),
            marks: HashMap::new(),
            lists: Lists::default(),
            reloading: None,
            verifying: false,
            pending: 0,
            work: FuturesUnordered::new(),
            app,
        }
    }

    async fn talk(
        &mut self,
        heard: &mut impl Incoming,
        events: &mut Events,
    ) -> Result<std::convert::Infallible, End> {
        let (shutdown, outbox) = (self.app.shutdown.clone(), self.outbox.clone());
        let mut timer = std::pin::pin!(tokio::time::sleep(self.silence));
        let mut closed = std::pin::pin!(outbox.closed());
        loop {
            let room = self.pending < self.app.settings.limits.calls_in_flight_max;
            tokio::select! {
                () = shutdown.cancelled() => return Err(End::stopping(self.app.reconnect_after_ms())),
                () = &mut closed => return Err(End::done()),
                Some(done) = self.work.next(), if !self.work.is_empty() => self.done(done)?,
                event = events.next() => {
                    if events.ended() {
                        return Err(End::over(events.ended_by()));
                    }
                    if events.dismissed() {
                        return Err(End::dismissed(self.app.reconnect_after_ms()));
                    }
                    if events.lost() {
                        self.reread();
                    }
                    self.event(event)?;
                }
                item = heard.next(), if room => {
                    self.heard()?;
                    if let Some(frame) = item.unwrap_or_else(|| Err(End::done()))? {
                        let before = self.silence;
                        self.frame(frame)?;
                        if self.silence < before {
                            timer.as_mut().reset(tokio::time::Instant::now() + self.silence);
                        }
                    }
                }
                () = &mut timer => {
                    let wait = self.patience(room)?;
                    timer.as_mut().reset(tokio::time::Instant::now() + wait);
                }
            }
        }
    }

    /// The client lives; one that says too much at once is cut.
    fn heard(&mut self) -> Result<(), End> {
        self.heard_at = self.app.clock.monotonic();
        let taken = self.frames_bucket.take(self.heard_at);
        taken.map_err(|_| End::flood(self.app.reconnect_after_ms()))
    }

    /// How much longer a silent client is borne with. While its frames are not read, its silence
    /// is ours.
    fn patience(&self, listening: bool) -> Result<Duration, End> {
        let expires_at_ms = self.principal.expires_at_ms;
        if expires_at_ms > 0 && self.app.clock.wall_ms() >= expires_at_ms {
            let why = crate::problem::problem("unauthenticated", "the session has expired");
            return Err(End::session(why));
        }
        let silent = self.app.clock.monotonic().saturating_sub(self.heard_at);
        match self.silence.checked_sub(silent) {
            Some(left) if !left.is_zero() => Ok(left),
            _ if !listening => Ok(self.silence),
            _ => Err(End::silent("silent for longer than was agreed")),
        }
    }

    /// Puts a frame into the outbox.
    pub(super) fn put(&self, reference: u64, body: Body) -> Result<(), End> {
        let frame = ServerFrame {
            r#ref: reference,
            body: Some(body),
        };
        self.taken(self.outbox.put(&frame))
    }

    /// What the outbox said; a full one ends the connection.
    pub(super) fn taken(&self, put: Result<(), Full>) -> Result<(), End> {
        put.map_err(|Full| End::slow(self.app.reconnect_after_ms()))
    }

    /// Answers a frame with a problem; one about the session ends it.
    pub(super) fn fail(&self, reference: u64, problem: Problem) -> Result<(), End> {
        if problem.code == "unauthenticated" {
            return Err(End::session(problem));
        }
        self.put(reference, Body::Problem(problem))
    }

    pub(super) fn is_user(&self) -> bool {
        self.principal.kind() == Kind::User
    }

    fn done(&mut self, done: Done) -> Result<(), End> {
        match done {
            Done::Opened {
                reference,
                conversation,
                generation,
                result,
            } => {
                self.pending -= 1;
                self.opened(reference, conversation, generation, result)
            }
            Done::Page {
                conversation,
                generation,
                result,
            } => self.page(conversation, generation, result),
            Done::Head {
                conversation,
                generation,
                result,
            } => {
                let opened = self.opened.get_mut(&conversation);
                match opened.filter(|it| it.generation == generation) {
                    Some(opened) => opened.refreshing = false,
                    None => return Ok(()),
                }
                result.map_or(Ok(()), |head| self.reread_head(conversation, head))
            }
            Done::Watched {
                conversation,
                generation,
                result,
            } => self.watched(conversation, generation, result),
            Done::Sent {
                reference,
                conversation,
                result,
            } => self.sent(reference, conversation, result),
            Done::Marked {
                reference,
                conversation,
                result,
            } => self.marked(reference, conversation, result),
            Done::Missed { reference, result } => self.missed(reference, result),
            Done::Lists {
                reference,
                asked,
                result,
            } => {
                self.pending -= usize::from(asked);
                self.listed(reference, result)
            }
            Done::Verified(result) => self.verified(result),
            Done::Nothing => Ok(()),
        }
    }
}
