//! Who watches what. Several sockets may watch one conversation; the core is asked once.
//!
//! Invariant: whatever is registered here is watched by the core, or will be as soon as the link
//! stands again. A message to the core that does not fit breaks the link, because making it anew
//! sends everything that is registered.

use std::collections::{HashMap, HashSet};

use kefu_proto::v1::{
    LinkUp, Problem, Typing, TypingUp, Unwatch, UnwatchWorkspace, Watch, WatchWorkspace,
    link_up::Body,
};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Event, Mailbox, Sends};
use crate::problem::{problem, unavailable};

/// Every socket of this edge that has said hello.
#[derive(Default)]
pub(crate) struct Hub {
    pub(super) registry: Mutex<Registry>,
    /// Messages on their way to the core.
    pub(crate) sends: Sends,
    /// Rung whenever a watch is answered.
    pub(super) answered: Notify,
    /// Rung when everything must be watched again on a link that stands.
    pub(super) resync: Notify,
}

/// A socket, as the hub knows it.
pub(crate) struct Member {
    /// Where its events go.
    pub(crate) mailbox: Mailbox,
    /// Its token, with which the core is asked to watch.
    pub(crate) session: String,
    /// What `SessionEnded` names.
    pub(crate) session_id: u64,
    /// Whose workspaces it may see.
    pub(crate) tenant_id: u64,
    /// Whose workspace it is.
    pub(crate) principal_id: u64,
    /// A user of the workspace; visitors are never told what is among agents.
    pub(crate) is_user: bool,
}

#[derive(Default)]
pub(super) struct Registry {
    pub(super) members: HashMap<u64, Member>,
    pub(super) watches: HashMap<u64, Watching>,
    pub(super) workspaces: HashMap<u64, Workspace>,
    /// Conversations that users' sockets have open, as the core is told.
    pub(super) looks: HashSet<(u64, u64)>,
    pub(super) line: Option<Line>,
    /// Of all that came down so far; none before the first link.
    pub(super) epoch: Option<u64>,
    /// Why there can be no link: the core is of another release.
    pub(super) refusal: Option<String>,
}

/// A link that stands.
pub(super) struct Line {
    pub(super) up: mpsc::Sender<LinkUp>,
    pub(super) broken: CancellationToken,
}

/// One conversation that somebody here watches.
pub(super) struct Watching {
    pub(super) sockets: HashSet<u64>,
    /// With whose session the core was asked.
    pub(super) asked_by: u64,
    pub(super) confirmed: bool,
    /// Who waits for the answer, by socket.
    pub(super) waiting: Vec<(u64, oneshot::Sender<Result<(), Problem>>)>,
}

/// One workspace socket.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) waiting: Vec<oneshot::Sender<Result<(), Problem>>>,
}

impl Hub {
    /// Adds a socket.
    pub(crate) fn join(&self, socket: u64, member: Member) {
        self.registry.lock().members.insert(socket, member);
    }

    /// Forgets a socket and the conversations that it watched.
    pub(crate) fn leave(&self, socket: u64, watched: impl IntoIterator<Item = u64>) {
        let mut registry = self.registry.lock();
        registry.members.remove(&socket);
        if registry.workspaces.remove(&socket).is_some() {
            registry.send(Body::UnwatchWorkspace(UnwatchWorkspace {
                socket_id: socket,
            }));
        }
        for conversation in watched {
            registry.unwatch(conversation, socket);
        }
    }

    /// Watches a conversation; done when the core says that the watch is in force.
    ///
    /// # Errors
    /// What the core refuses it with, or `unavailable` while the link is down.
    pub(crate) async fn watch(&self, conversation: u64, socket: u64) -> Result<(), Problem> {
        let answer = {
            let mut registry = self.registry.lock();
            let Some(session) = registry.session(socket) else {
                return Err(unavailable());
            };
            if registry.line.is_none() {
                return Err(unavailable());
            }
            let fresh = !registry.watches.contains_key(&conversation);
            let watching = registry
                .watches
                .entry(conversation)
                .or_insert_with(|| Watching {
                    sockets: HashSet::new(),
                    asked_by: socket,
                    confirmed: false,
                    waiting: Vec::new(),
                });
            watching.sockets.insert(socket);
            if watching.confirmed {
                return Ok(());
            }
            let (sender, answer) = oneshot::channel();
            watching.waiting.push((socket, sender));
            if fresh {
                registry.send(Body::Watch(Watch {
                    session,
                    conversation_id: conversation,
                }));
            }
            answer
        };
        answer.await.unwrap_or_else(|_| Err(unavailable()))
    }

    /// One socket does not watch a conversation any more.
    pub(crate) fn unwatch(&self, conversation: u64, socket: u64) {
        self.registry.lock().unwatch(conversation, socket);
    }

    /// Makes a socket a workspace, and its agent online.
    ///
    /// # Errors
    /// As [`Self::watch`].
    pub(crate) async fn watch_workspace(&self, socket: u64) -> Result<(), Problem> {
        let answer = {
            let mut registry = self.registry.lock();
            let Some(session) = registry.session(socket) else {
                return Err(unavailable());
            };
            if registry.line.is_none() {
                return Err(unavailable());
            }
            let (sender, answer) = oneshot::channel();
            registry
                .workspaces
                .entry(socket)
                .or_default()
                .waiting
                .push(sender);
            registry.send(Body::WatchWorkspace(WatchWorkspace {
                session,
                socket_id: socket,
            }));
            answer
        };
        answer.await.unwrap_or_else(|_| Err(unavailable()))
    }

    /// Tells the core that somebody types; lost when the link is down or busy.
    pub(crate) fn typing(&self, session: &str, typing: Typing) {
        let registry = self.registry.lock();
        if let Some(line) = &registry.line {
            let body = Body::Typing(TypingUp {
                session: session.to_owned(),
                typing: Some(typing),
            });
            let _ = line.up.try_send(LinkUp { body: Some(body) });
        }
    }

    /// Why there can be no link, when the core is of another release.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.registry.lock().refusal.clone()
    }

    /// Whether the link stands.
    pub(crate) fn is_linked(&self) -> bool {
        self.registry.lock().line.is_some()
    }
}

impl Registry {
    fn session(&self, socket: u64) -> Option<String> {
        self.members
            .get(&socket)
            .map(|member| member.session.clone())
    }

    /// Puts a message on the link; one that does not fit breaks it.
    pub(super) fn send(&mut self, body: Body) {
        let Some(line) = &self.line else { return };
        if line.up.try_send(LinkUp { body: Some(body) }).is_err() {
            line.broken.cancel();
        }
    }

    pub(super) fn unwatch(&mut self, conversation: u64, socket: u64) {
        self.unlook(conversation, socket);
        let Some(watching) = self.watches.get_mut(&conversation) else {
            return;
        };
        watching.sockets.remove(&socket);
        watching.waiting.retain(|(waiter, _)| *waiter != socket);
        if watching.sockets.is_empty() {
            self.watches.remove(&conversation);
            self.send(Body::Unwatch(Unwatch {
                conversation_id: conversation,
            }));
        }
    }

    /// Asks the core once more for a conversation, with any session that watches it.
    pub(super) fn ask(&mut self, conversation: u64) -> Option<Body> {
        let watching = self.watches.get_mut(&conversation)?;
        if !watching.sockets.contains(&watching.asked_by) {
            watching.asked_by = *watching.sockets.iter().next()?;
        }
        watching.confirmed = false;
        let session = self.members.get(&watching.asked_by)?.session.clone();
        Some(Body::Watch(Watch {
            session,
            conversation_id: conversation,
        }))
    }

    /// The core will not have this watch: the socket whose session it was is told, the others ask
    /// with theirs.
    pub(super) fn refuse(&mut self, conversation: u64, why: &Problem) {
        let Some(watching) = self.watches.get_mut(&conversation) else {
            return;
        };
        let refused = watching.asked_by;
        watching.sockets.remove(&refused);
        let mine = watching
            .waiting
            .extract_if(.., |(socket, _)| *socket == refused);
        for (_, waiter) in mine {
            let _ = waiter.send(Err(why.clone()));
        }
        if let Some(member) = self.members.get(&refused) {
            let event = Event::WatchRefused {
                conversation_id: conversation,
                problem: why.clone(),
            };
            member.mailbox.post(event);
        }
        if watching.sockets.is_empty() {
            self.watches.remove(&conversation);
        } else if let Some(body) = self.ask(conversation) {
            self.send(body);
        }
    }

    /// The core will not have this workspace: whoever waits for it is told.
    pub(super) fn refuse_workspace(&mut self, socket: u64, why: Option<Problem>) {
        let why = why.unwrap_or_else(|| problem("forbidden", "the workspace was refused"));
        let workspace = self.workspaces.remove(&socket);
        for waiter in workspace.into_iter().flat_map(|space| space.waiting) {
            let _ = waiter.send(Err(why.clone()));
        }
    }
}
