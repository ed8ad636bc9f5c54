//! Who of the workspace looks at a conversation: kept for as long as their sockets live, told to
//! everybody else who looks, and never stored.

use kefu_proto::v1::{self, link_down::Body};
use kefu_types::{ConversationId, SessionId, TenantId};

use super::{Core, links::Link};
use crate::{error::CoreError, link::Looker};

impl Link {
    /// A user's socket has a conversation open. It must be watched by then: what is told goes to
    /// those who watch.
    pub(super) async fn look(&self, look: &v1::Look) -> Result<(), CoreError> {
        let (core, id) = (&self.core, ConversationId(look.conversation_id));
        let (user, session) = core.user(&look.session).await?;
        let looker = Looker {
            agent: user.id,
            session: session.id,
        };
        let key = (user.tenant, id);
        let most = core.settings.limits.watches_max;
        // Of another tenant's conversation there is nobody to be told, and nothing to be seen.
        if core
            .looks
            .begin(key, (self.id, look.socket_id), looker, most)
        {
            core.publish_viewers(key);
        }
        Ok(())
    }

    pub(super) fn unlook(&self, unlook: v1::Unlook) {
        let id = ConversationId(unlook.conversation_id);
        for key in self.core.looks.end(id, (self.id, unlook.socket_id)) {
            self.core.publish_viewers(key);
        }
    }
}

impl Core {
    /// These sessions look at nothing any more.
    pub(super) fn looks_ended(&self, sessions: &[SessionId]) {
        for key in self.looks.end_sessions(sessions) {
            self.publish_viewers(key);
        }
    }

    pub(super) fn publish_viewers(&self, key: (TenantId, ConversationId)) {
        let (tenant, id) = key;
        let agents = self.looks.agents(key, self.settings.teamwork.viewers_max);
        let viewers = agents
            .into_iter()
            .filter_map(|agent| self.directory.get(tenant, agent))
            .map(|user| v1::Viewer {
                id: user.id.0,
                name: user.name.clone(),
            });
        let viewers = v1::Viewers {
            conversation_id: id.0,
            viewers: viewers.collect(),
        };
        self.hub.conversation(tenant, id, false, || {
            Body::Viewers(v1::ViewersChanged {
                tenant_id: tenant.0,
                viewers: Some(viewers.clone()),
            })
        });
    }
}
