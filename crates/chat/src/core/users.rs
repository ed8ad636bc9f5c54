//! Users of the workspace: admins make and change them, agents say whether they are free.

use std::sync::Arc;

use kefu_proto::v1::{self, AgentStatus, Role};
use kefu_types::AgentId;

use super::{Core, check};
use crate::{
    error::CoreError,
    model::User,
    store::{Change, Outcome},
};

impl Core {
    /// All users of the tenant, disabled ones too.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks.
    pub async fn list_users(&self, request: v1::ListUsersRequest) -> Result<v1::Users, CoreError> {
        let (admin, _) = self.admin(&request.session).await?;
        let users = self.directory.of(admin.tenant);
        Ok(v1::Users {
            users: users.iter().map(|user| self.agent(user)).collect(),
        })
    }

    /// The colleagues who may serve.
    ///
    /// # Errors
    /// `forbidden` to visitors.
    pub async fn list_agents(
        &self,
        request: v1::ListAgentsRequest,
    ) -> Result<v1::Users, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let users = self.directory.of(user.tenant);
        Ok(v1::Users {
            users: users
                .iter()
                .filter(|user| !user.disabled)
                .map(|user| self.agent(user))
                .collect(),
        })
    }

    /// A new user.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks, `conflict` when the login exists, `invalid` with what is
    /// wrong.
    pub async fn create_user(
        self: &Arc<Self>,
        request: v1::CreateUserRequest,
    ) -> Result<v1::Agent, CoreError> {
        let (admin, _) = self.admin(&request.session).await?;
        let limits = &self.settings.limits;
        check::password(&request.password, limits)?;
        if self.directory.of(admin.tenant).len() >= limits.users_max {
            return Err(CoreError::Invalid(format!(
                "a tenant may have {} users",
                limits.users_max
            )));
        }
        let user = User {
            tenant: admin.tenant,
            id: AgentId(self.ids.next()),
            login: check::login(&request.login, limits)?,
            name: check::name("name", &request.name, limits, false)?,
            role: role(request.role())?,
            capacity: self.capacity(request.capacity)?,
            password_hash: self.passwords.hash(&request.password).await?,
            status: AgentStatus::Free,
            away_reason: String::new(),
            manual_accept: false,
            disabled: false,
            version: 1,
            created_at_ms: self.clock.wall_ms(),
        };
        match self.writer.write(Change::CreateUser(user.clone())).await? {
            Outcome::Applied => {
                self.user_changed(user.clone());
                Ok(self.agent(&user))
            }
            _ => Err(CoreError::Conflict("this login exists".to_owned())),
        }
    }

    /// Changes what the request names. A new password and a disabled user end the user's other
    /// sessions; a disabled user's conversations go back to the queue.
    ///
    /// # Errors
    /// `forbidden` unless an admin asks, `not_found`, `invalid`, and `conflict` when the tenant
    /// would be left without an admin.
    pub async fn update_user(
        self: &Arc<Self>,
        request: v1::UpdateUserRequest,
    ) -> Result<v1::Agent, CoreError> {
        let (admin, session) = self.admin(&request.session).await?;
        let limits = &self.settings.limits;
        let password_hash = match &request.password {
            Some(password) => {
                check::password(password, limits)?;
                Some(self.passwords.hash(password).await?)
            }
            None => None,
        };
        let name = request
            .name
            .as_deref()
            .map(|name| check::name("name", name, limits, false))
            .transpose()?;
        let role = request.role.map(|_| role(request.role())).transpose()?;
        let capacity = request
            .capacity
            .map(|capacity| self.capacity(capacity))
            .transpose()?;
        let id = AgentId(request.user_id);
        let changed = self
            .change_user(&admin, id, |user| {
                name.set_if_some(&mut user.name);
                password_hash.set_if_some(&mut user.password_hash);
                role.set_if_some(&mut user.role);
                capacity.set_if_some(&mut user.capacity);
                request.disabled.set_if_some(&mut user.disabled);
                request.manual_accept.set_if_some(&mut user.manual_accept);
            })
            .await?;
        if changed.disabled || password_hash.is_some() {
            self.revoke(changed.tenant, None, Some(id), Some(session.id))
                .await?;
        }
        Ok(self.agent(&changed))
    }

    /// Whether the agent takes conversations.
    ///
    /// # Errors
    /// `forbidden` to visitors, `invalid` for no status.
    pub async fn set_status(
        self: &Arc<Self>,
        request: v1::SetStatusRequest,
    ) -> Result<v1::Agent, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let status = request.status();
        if status == AgentStatus::Unspecified {
            return Err(CoreError::Invalid("the status is missing".to_owned()));
        }
        let reason = self.away_reason(status, &request.reason)?;
        let changed = self
            .change_user(&user, user.id, |user| {
                user.status = status;
                user.away_reason.clone_from(&reason);
            })
            .await?;
        Ok(self.agent(&changed))
    }

    /// Why somebody is away, in one of the words that the tenant has for it.
    fn away_reason(&self, status: AgentStatus, reason: &str) -> Result<String, CoreError> {
        let known = self
            .settings
            .away_reasons
            .iter()
            .any(|known| known == reason);
        match (status, reason) {
            (_, "") => Ok(String::new()),
            (AgentStatus::Away, reason) if known => Ok(reason.to_owned()),
            (AgentStatus::Away, _) => Err(CoreError::Invalid(
                "the reason is none of routing.away_reasons".to_owned(),
            )),
            _ => Err(CoreError::Invalid(
                "only who is away has a reason".to_owned(),
            )),
        }
    }

    pub(crate) async fn change_user(
        self: &Arc<Self>,
        by: &User,
        id: AgentId,
        change: impl Fn(&mut User),
    ) -> Result<User, CoreError> {
        for _ in 0..=self.settings.limits.conflict_retries_max {
            let stored = self
                .store
                .user(by.tenant, id)
                .await?
                .ok_or(CoreError::NotFound("user"))?;
            let mut user = stored.clone();
            change(&mut user);
            user.version += 1;
            let update = self.update_of(by, &stored, user.clone());
            match self.writer.write(update).await? {
                Outcome::Applied => {
                    self.user_changed(user.clone());
                    return Ok(user);
                }
                Outcome::LastAdmin => {
                    return Err(CoreError::Conflict(
                        "this is the last admin: make another one first".to_owned(),
                    ));
                }
                Outcome::Missing => return Err(CoreError::NotFound("user")),
                _ => {}
            }
        }
        Err(CoreError::Conflict(
            "the user changes too fast; try again".to_owned(),
        ))
    }

    fn capacity(&self, capacity: u32) -> Result<u32, CoreError> {
        let most = self.settings.limits.agent_capacity_max;
        if capacity > most {
            return Err(CoreError::Invalid(format!(
                "an agent may own {most} conversations at most"
            )));
        }
        Ok(capacity)
    }
}

fn role(role: Role) -> Result<Role, CoreError> {
    match role {
        Role::Unspecified => Err(CoreError::Invalid(
            "the role is missing or unknown".to_owned(),
        )),
        known => Ok(known),
    }
}

/// A field that a request may leave as it is.
trait SetIfSome<T> {
    fn set_if_some(&self, target: &mut T);
}

impl<T: Clone> SetIfSome<T> for Option<T> {
    fn set_if_some(&self, target: &mut T) {
        if let Some(value) = self {
            target.clone_from(value);
        }
    }
}
