//! Who may do what with the intents. The core knows the people; a bot asks it every time.

use std::{sync::OnceLock, time::Duration};

use kefu_proto::v1::{
    self, Role, catalogues_client::CataloguesClient, chat_client::ChatClient, principal::Kind,
};
use tonic::{Request, Status, transport::Channel};

use super::service::refusal;

/// How long the core may take to say who somebody is.
const CALL: Duration = Duration::from_secs(5);

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// To look: supervisors and admins.
    Overseer,
    /// To change: admins.
    Admin,
}

/// The door.
pub(super) struct Authority {
    core: Channel,
    tenant: String,
    /// Whose intents this bot serves, once chat has said so.
    tenant_id: OnceLock<u64>,
}

impl Authority {
    pub(super) fn new(core: Channel, tenant: String) -> Self {
        Self {
            core,
            tenant,
            tenant_id: OnceLock::new(),
        }
    }

    /// Who holds `session`, if they may do what `needs` says to this tenant's intents.
    pub(super) async fn admit(
        &self,
        session: String,
        needs: Needs,
    ) -> Result<v1::Principal, Status> {
        let mut whoami = Request::new(v1::WhoamiRequest { session });
        whoami.set_timeout(CALL);
        let who = ChatClient::new(self.core.clone()).whoami(whoami).await?;
        let who = who.into_inner();
        let may = who.kind() == Kind::User
            && match needs {
                Needs::Overseer => matches!(who.role(), Role::Supervisor | Role::Admin),
                Needs::Admin => who.role() == Role::Admin,
            };
        if !may || who.tenant_id != self.tenant_id().await? {
            let why = match needs {
                Needs::Overseer => "only supervisors and admins may do this",
                Needs::Admin => "only admins may do this",
            };
            return Err(refusal(tonic::Code::PermissionDenied, "forbidden", why, 0));
        }
        Ok(who)
    }

    async fn tenant_id(&self) -> Result<u64, Status> {
        if let Some(id) = self.tenant_id.get() {
            return Ok(*id);
        }
        let mut newest = Request::new(v1::NewestRequest {
            tenant: self.tenant.clone(),
        });
        newest.set_timeout(CALL);
        let reply = CataloguesClient::new(self.core.clone())
            .newest(newest)
            .await?;
        Ok(*self.tenant_id.get_or_init(|| reply.into_inner().tenant_id))
    }

    /// The history, for calls that act for a person.
    pub(super) fn history(&self) -> CataloguesClient<Channel> {
        CataloguesClient::new(self.core.clone())
    }
}
