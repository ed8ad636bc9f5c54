//! An agent's lists: a snapshot, then every change.

use std::{collections::HashMap, sync::Arc};

use futures::FutureExt as _;
use kefu_proto::v1::{
    Agent, Conversation, ListAgentsRequest, ListConversationsRequest, Problem, Role, WordAlert,
    WorkspaceSnapshot, server_frame::Body,
};
use tokio_util::sync::CancellationToken;

use super::{
    conversations::WATCH_TIMEOUT,
    end::End,
    recovering::patiently,
    socket::{Done, Socket},
};
use crate::{
    app::App,
    problem::{from_status, unavailable},
};

/// How far the lists are.
#[derive(Default)]
pub(super) enum Lists {
    /// No workspace.
    #[default]
    None,
    /// The snapshot is being read; what changes meanwhile is kept, and shown after it.
    Loading {
        heads: HashMap<u64, Arc<Conversation>>,
        agents: HashMap<u64, Arc<Agent>>,
    },
    /// Changes go straight through.
    Live,
}

impl Socket {
    /// A client that wants no answer is not told of a problem either: for it the lists are tried
    /// until they are here.
    pub(super) fn open_workspace(&mut self, reference: u64) {
        if reference == 0 {
            return self.load(0, false);
        }
        self.pending += 1;
        self.load(reference, true);
    }

    /// The link was made again: the lists may have changed unseen.
    pub(super) fn relist(&mut self) {
        if !matches!(self.lists, Lists::None) {
            self.load(0, false);
        }
    }

    fn load(&mut self, reference: u64, asked: bool) {
        if !matches!(self.lists, Lists::Loading { .. }) {
            self.lists = Lists::Loading {
                heads: HashMap::new(),
                agents: HashMap::new(),
            };
        }
        let (app, socket, session) = (self.app.clone(), self.id, self.session.clone());
        let loading = async move {
            let once = || snapshot(&app, socket, &session);
            let result = if asked {
                once().await
            } else {
                patiently(&app, once).await
            };
            Done::Lists {
                reference,
                asked,
                result,
            }
        };
        if asked {
            self.work.push(loading.boxed());
            return;
        }
        let outdated = CancellationToken::new();
        self.reloading = Some(outdated.clone().drop_guard());
        let loading = async move {
            let lists = outdated.run_until_cancelled(loading).await;
            lists.unwrap_or(Done::Nothing)
        };
        self.work.push(loading.boxed());
    }

    /// The snapshot is here.
    pub(super) fn listed(
        &mut self,
        reference: u64,
        result: Result<WorkspaceSnapshot, Problem>,
    ) -> Result<(), End> {
        let snapshot = match result {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                self.lists = Lists::None;
                return self.fail(reference, problem);
            }
        };
        let versions: HashMap<u64, u64> = snapshot
            .conversations
            .iter()
            .map(|head| (head.id, head.version))
            .collect();
        self.put(reference, Body::Workspace(snapshot))?;
        if let Lists::Loading { heads, agents } = std::mem::replace(&mut self.lists, Lists::Live) {
            for (id, head) in heads {
                if versions
                    .get(&id)
                    .is_none_or(|version| head.version >= *version)
                {
                    self.put(0, Body::Conversation(Arc::unwrap_or_clone(head)))?;
                }
            }
            for agent in agents.into_values() {
                self.agent(agent)?;
            }
        }
        Ok(())
    }

    /// A head for the lists, if this socket has any.
    pub(super) fn list(&mut self, head: Arc<Conversation>) -> Result<(), End> {
        match &mut self.lists {
            Lists::None => Ok(()),
            Lists::Live => self.put(0, Body::Conversation(Arc::unwrap_or_clone(head))),
            Lists::Loading { heads, .. } => {
                let kept = heads.entry(head.id).or_default();
                if head.version >= kept.version {
                    *kept = head;
                }
                Ok(())
            }
        }
    }

    /// A colleague changed.
    pub(super) fn agent(&mut self, agent: Arc<Agent>) -> Result<(), End> {
        match &mut self.lists {
            Lists::None => Ok(()),
            Lists::Live => self.put(0, Body::Agent(Arc::unwrap_or_clone(agent))),
            Lists::Loading { agents, .. } => {
                agents.insert(agent.id, agent);
                Ok(())
            }
        }
    }
}

impl Socket {
    /// Words that supervisors want to hear of were said.
    pub(super) fn word_alert(&self, alert: &WordAlert) -> Result<(), End> {
        let oversees = matches!(self.principal.role(), Role::Supervisor | Role::Admin);
        if !oversees || matches!(self.lists, Lists::None) {
            return Ok(());
        }
        self.put(0, Body::WordAlert(alert.clone()))
    }
}

/// First watch, which also makes the agent online, then read.
async fn snapshot(app: &App, socket: u64, session: &str) -> Result<WorkspaceSnapshot, Problem> {
    let watched = tokio::time::timeout(WATCH_TIMEOUT, app.hub.watch_workspace(socket));
    watched.await.map_err(|_| unavailable())??;
    let agents = app.call(ListAgentsRequest {
        session: session.to_owned(),
    });
    let agents = app
        .chat()
        .list_agents(agents)
        .await
        .map_err(|status| from_status(&status))?;
    let conversations = unclosed(app, session).await?;
    Ok(WorkspaceSnapshot {
        conversations,
        agents: agents.into_inner().users,
    })
}

/// Every conversation that is not closed, newest first, up to the bound of a snapshot.
async fn unclosed(app: &App, session: &str) -> Result<Vec<Conversation>, Problem> {
    let limits = &app.settings.limits;
    let (mut all, mut before_id) = (Vec::new(), 0);
    while all.len() < limits.snapshot_conversations_max {
        let request = app.call(ListConversationsRequest {
            session: session.to_owned(),
            phases: Vec::new(),
            before_id,
            limit: limits.page_conversations_max,
        });
        let page = app.chat().list_conversations(request).await;
        let page = page
            .map_err(|status| from_status(&status))?
            .into_inner()
            .conversations;
        let Some(oldest) = page.iter().map(|head| head.id).min() else {
            break;
        };
        all.extend(page);
        before_id = oldest;
    }
    all.truncate(limits.snapshot_conversations_max);
    Ok(all)
}
