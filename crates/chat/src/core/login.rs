//! Sessions: from a token to a person, logging in and out.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{self, principal};
use kefu_types::{AgentId, SessionId, TenantId};

use super::{Core, check};
use crate::{
    error::CoreError,
    model::{Session, Subject, TokenHash, User},
    people::{Verdict, Who, is_good},
    store::{Change, Outcome},
};

/// No token of ours is longer.
const TOKEN_BYTES_MAX: usize = 128;

impl Core {
    /// Who holds this token.
    pub(crate) async fn who(&self, token: &str) -> Result<Who, CoreError> {
        if token.is_empty() || token.len() > TOKEN_BYTES_MAX {
            return Err(CoreError::Unauthenticated);
        }
        let hash = TokenHash::of(token);
        let session = match self.sessions.get(hash) {
            Some(session) => session,
            None => {
                let mark = self.sessions.mark();
                let session = self
                    .store
                    .session(hash)
                    .await?
                    .ok_or(CoreError::Unauthenticated)?;
                self.sessions.put(session.clone(), mark);
                session
            }
        };
        if !is_good(&session, self.clock.wall_ms()) {
            return Err(CoreError::Unauthenticated);
        }
        match session.subject {
            Subject::Visitor(id, conversation) => Ok(Who::Visitor {
                id,
                conversation,
                session,
            }),
            Subject::User(id) => {
                let user = self
                    .directory
                    .get(session.tenant, id)
                    .filter(|user| !user.disabled);
                Ok(Who::User {
                    user: user.ok_or(CoreError::Unauthenticated)?,
                    session,
                })
            }
        }
    }

    /// A user of the workspace, or a refusal.
    pub(crate) async fn user(&self, token: &str) -> Result<(Arc<User>, Session), CoreError> {
        match self.who(token).await? {
            Who::User { user, session } => Ok((user, session)),
            Who::Visitor { .. } => Err(CoreError::Forbidden(
                "only users of the workspace may do this",
            )),
        }
    }

    /// An admin, or a refusal.
    pub(crate) async fn admin(&self, token: &str) -> Result<(Arc<User>, Session), CoreError> {
        let (user, session) = self.user(token).await?;
        if !user.is_admin() {
            return Err(CoreError::Forbidden("only admins may do this"));
        }
        Ok((user, session))
    }

    /// Somebody who oversees, or a refusal.
    pub(crate) async fn overseer(&self, token: &str) -> Result<Arc<User>, CoreError> {
        let (user, _) = self.user(token).await?;
        if !matches!(user.role, v1::Role::Supervisor | v1::Role::Admin) {
            return Err(CoreError::Forbidden(
                "only supervisors and admins may do this",
            ));
        }
        Ok(user)
    }

    /// Who holds this session.
    ///
    /// # Errors
    /// `unauthenticated` when nobody does.
    pub async fn whoami(&self, request: v1::WhoamiRequest) -> Result<v1::Principal, CoreError> {
        match self.who(&request.session).await? {
            Who::User { user, session } => Ok(principal_of_user(&user, &session)),
            Who::Visitor {
                conversation,
                session,
                ..
            } => {
                let head = self.store.head(session.tenant, conversation).await?;
                let name = head.map_or_else(String::new, |head| head.visitor_name);
                Ok(principal_of_visitor(&session, name))
            }
        }
    }

    /// A session for a login and its password.
    ///
    /// # Errors
    /// `unauthenticated` for any wrong pair, `rate_limited` after too many, `overloaded` when too
    /// many log in at once.
    pub async fn login(&self, request: v1::LoginRequest) -> Result<v1::SessionCreated, CoreError> {
        let tenant = self.tenant(&request.tenant).await.map_err(unknown)?;
        let limits = &self.settings.limits;
        let login = check::login(&request.login, limits).map_err(unknown)?;
        if request.password.is_empty() || request.password.len() > limits.password_bytes_max {
            return Err(CoreError::WrongPassword);
        }
        self.throttle
            .attempt(tenant, &login, self.clock.monotonic())?;
        let user = self
            .directory
            .by_login(tenant, &login)
            .filter(|user| !user.disabled);
        let stored = user.as_ref().map(|user| user.password_hash.as_str());
        let verdict = self.passwords.verify(&request.password, stored).await?;
        let (Some(user), Verdict::Right { outdated }) = (user, verdict) else {
            return Err(CoreError::WrongPassword);
        };
        self.throttle.succeeded(tenant, &login);
        if outdated {
            self.rehash(&user, &request.password).await;
        }
        let (token, session) = self.new_session(
            tenant,
            Subject::User(user.id),
            self.settings.timing.user_session,
        );
        self.writer
            .write(Change::CreateSession(session.clone()))
            .await?;
        Ok(created(token, principal_of_user(&user, &session)))
    }

    /// Ends this session, or all of the same user.
    ///
    /// # Errors
    /// `unauthenticated` when there is none, `unavailable` when the store refuses: then it has
    /// not ended.
    pub async fn logout(
        self: &Arc<Self>,
        request: v1::LogoutRequest,
    ) -> Result<v1::Empty, CoreError> {
        let who = self.who(&request.session).await?;
        let user = match &who {
            Who::User { user, .. } if request.everywhere => Some(user.id),
            _ => None,
        };
        self.revoke(who.tenant(), Some(who.session().id), user, None)
            .await?;
        Ok(v1::Empty {})
    }

    /// Ends sessions; when this returns they are of no use any more.
    pub(crate) async fn revoke(
        self: &Arc<Self>,
        tenant: TenantId,
        session: Option<SessionId>,
        user: Option<AgentId>,
        except: Option<SessionId>,
    ) -> Result<(), CoreError> {
        let at_ms = self.clock.wall_ms();
        let change = Change::RevokeSessions {
            tenant,
            session,
            user,
            except,
            at_ms,
        };
        if let Outcome::Revoked(ended) = self.writer.write(change).await? {
            self.sessions.revoke(&ended);
            if ended.is_empty() {
                self.ended_before(tenant, session, user, except);
            }
        }
        Ok(())
    }

    /// The store ended nothing: an earlier try may have, whose answer was lost. What is known of
    /// sessions is read anew then.
    fn ended_before(
        self: &Arc<Self>,
        tenant: TenantId,
        session: Option<SessionId>,
        user: Option<AgentId>,
        except: Option<SessionId>,
    ) {
        self.sessions.forget();
        let mut ended = user.map_or_else(Vec::new, |user| self.hub.sessions_of(tenant, user));
        ended.retain(|id| Some(*id) != except);
        ended.extend(session);
        self.sockets_ended(&ended);
    }

    pub(crate) fn new_session(
        &self,
        tenant: TenantId,
        subject: Subject,
        life: Duration,
    ) -> (String, Session) {
        let token = self.entropy.secret();
        let now = self.clock.wall_ms();
        let session = Session {
            id: SessionId(self.ids.next()),
            tenant,
            token: TokenHash::of(&token),
            subject,
            created_at_ms: now,
            expires_at_ms: now.saturating_add(i64::try_from(life.as_millis()).unwrap_or(i64::MAX)),
            revoked_at_ms: 0,
        };
        (token, session)
    }

    /// The login has succeeded; a hash that cannot be renewed now is renewed next time.
    async fn rehash(&self, user: &User, password: &str) {
        let Ok(password_hash) = self.passwords.hash(password).await else {
            return;
        };
        let renewed = User {
            password_hash,
            version: user.version + 1,
            ..user.clone()
        };
        let change = Change::UpdateUser(renewed.clone());
        if matches!(self.writer.write(change).await, Ok(Outcome::Applied)) {
            self.directory.learn(renewed);
        }
    }
}

/// Unknown tenants and malformed logins read like wrong passwords.
fn unknown(error: CoreError) -> CoreError {
    match error {
        CoreError::NotFound(_) | CoreError::Invalid(_) | CoreError::TooLarge(_) => {
            CoreError::WrongPassword
        }
        other => other,
    }
}

pub(crate) fn created(token: String, principal: v1::Principal) -> v1::SessionCreated {
    v1::SessionCreated {
        token,
        expires_at_ms: principal.expires_at_ms,
        principal: Some(principal),
    }
}

pub(crate) fn principal_of_user(user: &User, session: &Session) -> v1::Principal {
    v1::Principal {
        kind: principal::Kind::User.into(),
        id: user.id.0,
        tenant_id: user.tenant.0,
        session_id: session.id.0,
        name: user.name.clone(),
        role: user.role.into(),
        conversation_id: 0,
        login: user.login.clone(),
        expires_at_ms: session.expires_at_ms,
    }
}

pub(crate) fn principal_of_visitor(session: &Session, name: String) -> v1::Principal {
    let (id, conversation_id) = match session.subject {
        Subject::Visitor(id, conversation) => (id.0, conversation.0),
        Subject::User(id) => (id.0, 0),
    };
    v1::Principal {
        kind: principal::Kind::Visitor.into(),
        id,
        tenant_id: session.tenant.0,
        session_id: session.id.0,
        name,
        role: v1::Role::Unspecified.into(),
        conversation_id,
        login: String::new(),
        expires_at_ms: session.expires_at_ms,
    }
}
