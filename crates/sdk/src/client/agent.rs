//! Somebody who answers.

use std::{collections::BTreeMap, ops::Deref};

use kefu_proto::v1::{Agent as Colleague, Conversation, WorkspaceSnapshot};
use tokio::sync::mpsc;

use super::{Client, Command, Options, Rest};
use crate::Problem;

/// What happens in a workspace.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkspaceEvent {
    /// The lists, anew; [`Agent::heads`] has them already.
    Lists(Box<WorkspaceSnapshot>),
    /// A conversation's head changed.
    Head(Box<Conversation>),
    /// A colleague changed.
    Agent(Colleague),
}

/// A user's client with an open workspace: online from now on, and assigned to when free.
pub struct Agent {
    client: Client,
    events: mpsc::Receiver<WorkspaceEvent>,
    heads: BTreeMap<u64, Conversation>,
}

impl Agent {
    /// Logs in and opens the workspace.
    ///
    /// # Errors
    /// `unauthenticated`, `rate_limited`, `offline`, `tls`, or the server's word.
    pub async fn login(options: Options, login: &str, password: &str) -> Result<Self, Problem> {
        let target = options.target()?;
        let person = Rest::of(&target, "").login(login, password).await?;
        let events_max = options.limits.workspace_events_max.max(1);
        let client = Client::start(options, person)?;
        let (told, events) = mpsc::channel(events_max);
        client.command(Command::Workspace(told))?;
        Ok(Self {
            client,
            events,
            heads: BTreeMap::new(),
        })
    }

    /// Takes conversations from now on.
    ///
    /// # Errors
    /// `offline`, or the server's word.
    pub async fn free(&self) -> Result<(), Problem> {
        self.client.rest().status("FREE").await
    }

    /// What happens next; none when the client was stopped. May be dropped half way.
    pub async fn next(&mut self) -> Option<WorkspaceEvent> {
        let event = self.events.recv().await?;
        match &event {
            WorkspaceEvent::Lists(lists) => {
                let heads = lists.conversations.iter();
                self.heads = heads.map(|head| (head.id, head.clone())).collect();
            }
            WorkspaceEvent::Head(head) => {
                let known = self.heads.get(&head.id).map_or(0, |old| old.version);
                if head.version >= known {
                    self.heads.insert(head.id, (**head).clone());
                }
            }
            WorkspaceEvent::Agent(_) => {}
        }
        Some(event)
    }

    /// The newest head of each conversation of the lists.
    #[must_use]
    pub const fn heads(&self) -> &BTreeMap<u64, Conversation> {
        &self.heads
    }

    /// The client behind it.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

impl Deref for Agent {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
