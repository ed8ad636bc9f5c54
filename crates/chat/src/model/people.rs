//! Visitors, users and their sessions.

use kefu_proto::v1::{AgentStatus, Role};
use kefu_types::{AgentId, ConversationId, Millis, SessionId, TenantId, VisitorId};
use sha2::{Digest as _, Sha256};

/// SHA-256 of a token: whoever reads the store cannot log in with what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The hash of `token`. Tokens have 256 random bits, so no salt is needed.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: VisitorId,
    /// May be empty.
    pub name: String,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
}

/// Somebody who works in the workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: AgentId,
    /// Unique in the tenant, lower case.
    pub login: String,
    /// As visitors and colleagues see it.
    pub name: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// Conversations they may own at once.
    pub capacity: u32,
    /// What they chose.
    pub status: AgentStatus,
    /// Why they are away, in the tenant's words; may be empty.
    pub away_reason: String,
    /// They want to be asked before they are given a conversation.
    pub manual_accept: bool,
    /// May not log in any more.
    pub disabled: bool,
    /// Grows by one with every change.
    pub version: u64,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
}

impl std::fmt::Debug for User {
    /// Without the password's hash: debug texts end in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("tenant", &self.tenant)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl User {
    /// Whether this user may administer others.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin && !self.disabled
    }
}

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An anonymous visitor, with their conversation.
    Visitor(VisitorId, ConversationId),
    /// A user of the workspace.
    User(AgentId),
}

/// A login, or a visitor's anonymous token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose tenant.
    pub tenant: TenantId,
    /// Hash of its token.
    pub token: TokenHash,
    /// Whose.
    pub subject: Subject,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
    /// UTC milliseconds; not valid from then on.
    pub expires_at_ms: Millis,
    /// UTC milliseconds; 0 while it is good.
    pub revoked_at_ms: Millis,
}

/// The one-time link that creates the first admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLink {
    /// Shown once, never stored.
    pub token: String,
    /// UTC milliseconds.
    pub expires_at_ms: Millis,
}
