//! A supervisor ends the sessions of an agent.

use std::sync::Arc;

use kefu_proto::v1::{self, Role, history_event::Kind};
use kefu_types::{AgentId, TenantId};

use super::Core;
use crate::{error::CoreError, model::User};

impl Core {
    /// All sessions of the agent end, with whatever device; what they serve goes back to the front of
    /// the queue at once. They may log in again: who may not is disabled.
    ///
    /// # Errors
    /// `forbidden` unless a supervisor does it to an agent or an admin to anybody else, `not_found`,
    /// and `unavailable` when the store refuses: then the sessions have not ended.
    pub async fn force_logout(
        self: &Arc<Self>,
        request: v1::ForceLogoutRequest,
    ) -> Result<v1::Agent, CoreError> {
        let (by, _) = self.user(&request.session).await?;
        let id = AgentId(request.user_id);
        if !matches!(by.role, Role::Supervisor | Role::Admin) {
            return Err(CoreError::Forbidden(
                "only supervisors and admins may do this",
            ));
        }
        let user = self.directory.get(by.tenant, id);
        let user = user.ok_or(CoreError::NotFound("user"))?;
        may_expel(&by, &user)?;
        // Their sockets are told who it was, as soon as it is durable.
        let whose = (by.tenant, id);
        self.expelled.lock().insert(whose, by.name.clone());
        if let Err(error) = self.revoke(by.tenant, None, Some(id), None).await {
            self.expelled.lock().remove(&whose);
            return Err(error);
        }
        let event = v1::HistoryEvent {
            agent_id: id.0,
            by_id: by.id.0,
            ..self.event(Kind::LoggedOut)
        };
        self.tell(by.tenant, vec![event]);
        self.give_up_conversations(by.tenant, id);
        metrics::counter!("kefu_chat_forced_logouts_total").increment(1);
        Ok(self.agent(&user))
    }

    /// Who ended this agent's sessions; empty when they did it themselves.
    pub(crate) fn expelled_by(&self, tenant: TenantId, agent: AgentId) -> String {
        let expelled = self.expelled.lock();
        expelled.get(&(tenant, agent)).cloned().unwrap_or_default()
    }
}

fn may_expel(by: &User, user: &User) -> Result<(), CoreError> {
    if by.id == user.id {
        return Err(CoreError::Forbidden("log yourself out instead"));
    }
    if by.role == Role::Admin || user.role == Role::Agent {
        return Ok(());
    }
    Err(CoreError::Forbidden("supervisors may log out agents only"))
}
