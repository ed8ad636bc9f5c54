//! Who of the workspace looks at a conversation: kept for as long as their sockets live, told to
//! everybody else who looks, and never stored.

use kefu_dialog::Phase;
use kefu_proto::v1::{self, Role, link_down::Body};
use kefu_types::{AgentId, ConversationId, SessionId, TenantId};

use super::{Core, links::Link, read::allowed};
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
            let asking = core.clone();
            core.tasks
                .spawn(async move { asking.assist_looker(key).await });
        }
        Ok(())
    }

    /// What a visitor is writing, while somebody serves them: for the agent who does and for who
    /// oversees agents, as far as they have the conversation open. Where visitors are not told of it,
    /// it goes nowhere; it is never stored.
    pub(super) async fn typing_text(&self, up: v1::TypingTextUp) -> Result<(), CoreError> {
        let (core, rules) = (&self.core, &self.core.settings.assist);
        let who = core.who(&up.session).await?;
        let text = up.text.unwrap_or_default();
        let id = allowed(&who, text.conversation_id)?;
        let key = (who.tenant(), id);
        if !rules.preview || !who.is_visitor() || core.looks.agents(key, 1).is_empty() {
            return Ok(());
        }
        // By what is stored, whatever the visitor's page or an edge believes.
        let head = core.committed(key.0, id).await?;
        if !matches!(head.state.phase, Phase::Serving) {
            return Ok(());
        }
        let may = |agent: AgentId| {
            let user = core.directory.get(key.0, agent);
            let oversees = |role: Role| matches!(role, Role::Supervisor | Role::Admin);
            head.owner() == Some(agent) || user.is_some_and(|user| oversees(user.role))
        };
        let text = v1::TypingText {
            conversation_id: id.0,
            text: text.text.chars().take(rules.preview_chars_max).collect(),
        };
        for (link, socket_ids) in core.looks.sockets(key, may) {
            let changed = v1::TypingTextChanged {
                tenant_id: key.0.0,
                text: Some(text.clone()),
                socket_ids,
            };
            core.hub.send(link, Body::TypingText(changed));
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
