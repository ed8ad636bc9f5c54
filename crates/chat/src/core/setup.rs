//! The first start: a one-time link that creates the first admin.

use std::sync::Arc;

use kefu_proto::v1::{self, AgentStatus, Role};
use kefu_types::AgentId;

use super::{
    Core, check,
    login::{created, principal_of_user},
};
use crate::{
    error::CoreError,
    model::{SetupLink, Subject, TokenHash, User},
    store::{Change, Outcome},
};

/// Conversations that a new admin may own.
const FIRST_CAPACITY: u32 = 5;

impl Core {
    /// A fresh setup link while the configured tenant has no user, `None` afterwards. Links made
    /// before are void.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn ensure_setup(&self) -> Result<Option<SetupLink>, CoreError> {
        let tenant = self.tenant("").await?;
        // Known without a write: a core that begins on a full disk serves reads.
        if !self.directory.of(tenant).is_empty() {
            return Ok(None);
        }
        let token = self.entropy.secret();
        let life = i64::try_from(self.settings.timing.setup_link.as_millis()).unwrap_or(i64::MAX);
        let expires_at_ms = self.clock.wall_ms().saturating_add(life);
        let change = Change::OpenSetup {
            tenant,
            token: TokenHash::of(&token),
            expires_at_ms,
        };
        let outcome = self.writer.write(change).await?;
        Ok((outcome == Outcome::Applied).then_some(SetupLink {
            token,
            expires_at_ms,
        }))
    }

    /// Whether a setup link is still good.
    ///
    /// # Errors
    /// `not_found` when it is not.
    pub async fn check_setup(
        &self,
        request: v1::CheckSetupRequest,
    ) -> Result<v1::Empty, CoreError> {
        let token = TokenHash::of(&request.setup_token);
        let tenant = self.store.setup(token, self.clock.wall_ms()).await?;
        tenant
            .map(|_| v1::Empty {})
            .ok_or(CoreError::NotFound("setup link"))
    }

    /// Creates the first admin. However many try at once, one succeeds.
    ///
    /// # Errors
    /// `not_found` when the link is used up, expired or never was; `invalid` with what is wrong
    /// with the login, name or password.
    pub async fn complete_setup(
        self: &Arc<Self>,
        request: v1::CompleteSetupRequest,
    ) -> Result<v1::SessionCreated, CoreError> {
        let token = TokenHash::of(&request.setup_token);
        let at_ms = self.clock.wall_ms();
        let tenant = self
            .store
            .setup(token, at_ms)
            .await?
            .ok_or(CoreError::NotFound("setup link"))?;
        let limits = &self.settings.limits;
        check::password(&request.password, limits)?;
        let user = User {
            tenant,
            id: AgentId(self.ids.next()),
            login: check::login(&request.login, limits)?,
            name: check::name("name", &request.name, limits, false)?,
            password_hash: self.passwords.hash(&request.password).await?,
            role: Role::Admin,
            capacity: FIRST_CAPACITY.min(limits.agent_capacity_max),
            status: AgentStatus::Free,
            away_reason: String::new(),
            manual_accept: false,
            disabled: false,
            version: 1,
            created_at_ms: at_ms,
        };
        let life = self.settings.timing.user_session;
        let (secret, session) = self.new_session(tenant, Subject::User(user.id), life);
        let change = Change::CompleteSetup {
            token,
            at_ms,
            user: user.clone(),
            session: session.clone(),
        };
        if self.writer.write(change).await? != Outcome::Applied {
            return Err(CoreError::NotFound("setup link"));
        }
        let principal = principal_of_user(&user, &session);
        self.user_changed(user);
        Ok(created(secret, principal))
    }
}
