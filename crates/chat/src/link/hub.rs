//! All links of this core.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use kefu_proto::v1::link_down::Body;
use kefu_types::{AgentId, ConversationId, SessionId, TenantId};
use parking_lot::{Mutex, RwLock};
use tokio::sync::mpsc;

use super::LinkEvents;

/// One edge's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(crate) u64);

/// A workspace socket of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Workspace {
    pub(crate) tenant: TenantId,
    pub(crate) agent: AgentId,
    pub(crate) session: SessionId,
}

struct Link {
    events: mpsc::Sender<Body>,
    lagged: Arc<AtomicBool>,
    watches: Mutex<HashSet<(TenantId, ConversationId)>>,
    workspaces: Mutex<BTreeMap<u64, Workspace>>,
}

impl Link {
    fn send(&self, body: Body) {
        if self.events.try_send(body).is_err() && !self.lagged.swap(true, Ordering::SeqCst) {
            metrics::counter!("kefu_chat_links_lagged_total").increment(1);
        }
    }
}

/// Who watches what. In ordered maps: the order in which edges are told must repeat with a run.
#[derive(Default)]
pub(crate) struct Hub {
    links: RwLock<BTreeMap<LinkId, Arc<Link>>>,
    made: AtomicU64,
}

impl Hub {
    /// A new link; `None` when there are too many.
    pub(crate) fn open(&self, links_max: usize, events_max: usize) -> Option<(LinkId, LinkEvents)> {
        let mut links = self.links.write();
        if links.len() >= links_max {
            return None;
        }
        let (sender, receiver) = mpsc::channel(events_max.max(1));
        let lagged = Arc::new(AtomicBool::new(false));
        let id = LinkId(self.made.fetch_add(1, Ordering::SeqCst));
        let link = Link {
            events: sender,
            lagged: lagged.clone(),
            watches: Mutex::default(),
            workspaces: Mutex::default(),
        };
        links.insert(id, Arc::new(link));
        Some((
            id,
            LinkEvents {
                events: receiver,
                lagged,
            },
        ))
    }

    /// The link is gone; returns the workspace sockets that went with it.
    pub(crate) fn close(&self, id: LinkId) -> Vec<Workspace> {
        let link = self.links.write().remove(&id);
        link.map_or_else(Vec::new, |link| {
            std::mem::take(&mut *link.workspaces.lock())
                .into_values()
                .collect()
        })
    }

    /// Watches a conversation; `false` when the link watches too many.
    pub(crate) fn watch(&self, id: LinkId, key: (TenantId, ConversationId), most: usize) -> bool {
        let Some(link) = self.link(id) else {
            return false;
        };
        let mut watches = link.watches.lock();
        if watches.len() >= most && !watches.contains(&key) {
            return false;
        }
        watches.insert(key);
        true
    }

    pub(crate) fn unwatch(&self, id: LinkId, conversation: ConversationId) {
        if let Some(link) = self.link(id) {
            link.watches
                .lock()
                .retain(|(_, watched)| *watched != conversation);
        }
    }

    /// Adds a workspace socket; `false` when the link holds too many.
    pub(crate) fn watch_workspace(
        &self,
        id: LinkId,
        socket: u64,
        workspace: Workspace,
        most: usize,
    ) -> bool {
        let Some(link) = self.link(id) else {
            return false;
        };
        let mut sockets = link.workspaces.lock();
        if sockets.len() >= most && !sockets.contains_key(&socket) {
            return false;
        }
        sockets.insert(socket, workspace);
        true
    }

    pub(crate) fn unwatch_workspace(&self, id: LinkId, socket: u64) -> Option<Workspace> {
        self.link(id)?.workspaces.lock().remove(&socket)
    }

    /// Takes away the workspace sockets of ended sessions.
    pub(crate) fn drop_sessions(&self, ended: &[SessionId]) -> Vec<Workspace> {
        let mut dropped = Vec::new();
        for link in self.links.read().values() {
            link.workspaces.lock().retain(|_, socket| {
                let keep = !ended.contains(&socket.session);
                if !keep {
                    dropped.push(*socket);
                }
                keep
            });
        }
        dropped
    }

    /// Sessions of the workspaces of this agent.
    pub(crate) fn sessions_of(&self, tenant: TenantId, agent: AgentId) -> Vec<SessionId> {
        let mut sessions = Vec::new();
        for link in self.links.read().values() {
            let workspaces = link.workspaces.lock();
            let own = workspaces
                .values()
                .filter(|socket| (socket.tenant, socket.agent) == (tenant, agent));
            sessions.extend(own.map(|socket| socket.session));
        }
        sessions
    }

    /// Whether any workspace of this agent is connected.
    pub(crate) fn is_online(&self, tenant: TenantId, agent: AgentId) -> bool {
        let is = |socket: &Workspace| (socket.tenant, socket.agent) == (tenant, agent);
        self.links
            .read()
            .values()
            .any(|link| link.workspaces.lock().values().any(is))
    }

    /// To one link.
    pub(crate) fn send(&self, id: LinkId, body: Body) {
        if let Some(link) = self.link(id) {
            link.send(body);
        }
    }

    /// To every link that watches the conversation or, when `workspaces`, the tenant's workspace.
    pub(crate) fn conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
        workspaces: bool,
        body: impl Fn() -> Body,
    ) {
        for link in self.links.read().values() {
            let wanted = link.watches.lock().contains(&(tenant, id))
                || (workspaces && link.has_workspace(tenant));
            if wanted {
                link.send(body());
            }
        }
    }

    /// To every link with a workspace of the tenant.
    pub(crate) fn workspaces(&self, tenant: TenantId, body: impl Fn() -> Body) {
        for link in self
            .links
            .read()
            .values()
            .filter(|link| link.has_workspace(tenant))
        {
            link.send(body());
        }
    }

    /// To every link.
    pub(crate) fn all(&self, body: impl Fn() -> Body) {
        self.links
            .read()
            .values()
            .for_each(|link| link.send(body()));
    }

    fn link(&self, id: LinkId) -> Option<Arc<Link>> {
        self.links.read().get(&id).cloned()
    }
}

impl Link {
    fn has_workspace(&self, tenant: TenantId) -> bool {
        self.workspaces
            .lock()
            .values()
            .any(|socket| socket.tenant == tenant)
    }
}
