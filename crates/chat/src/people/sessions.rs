//! From a token to a person.

use std::sync::Arc;

use kefu_proto::v1::Sender;
use kefu_types::{ConversationId, Millis, SessionId, TenantId, VisitorId};
use moka::{policy::EvictionPolicy, sync::Cache};
use parking_lot::Mutex;

use crate::model::{Person, Session, TokenHash, User};

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    Visitor {
        id: VisitorId,
        conversation: ConversationId,
        session: Session,
    },
    User {
        user: Arc<User>,
        session: Session,
    },
}

impl Who {
    pub(crate) const fn session(&self) -> &Session {
        match self {
            Self::Visitor { session, .. } | Self::User { session, .. } => session,
        }
    }

    pub(crate) const fn tenant(&self) -> TenantId {
        self.session().tenant
    }

    /// As whom they read and write.
    pub(crate) fn person(&self) -> Person {
        let (sender, id) = match self {
            Self::Visitor { id, .. } => (Sender::Visitor, id.0),
            Self::User { user, .. } => (Sender::Agent, user.id.0),
        };
        Person {
            sender: sender.into(),
            id,
        }
    }

    pub(crate) const fn is_visitor(&self) -> bool {
        matches!(self, Self::Visitor { .. })
    }
}

/// Sessions that were looked up lately. A revocation removes them before it is acknowledged.
pub(crate) struct Sessions {
    known: Cache<TokenHash, Session>,
    /// Counts revocations: a lookup that began before one does not fill the cache after it.
    revocations: Mutex<u64>,
}

impl Sessions {
    pub(crate) fn new(most: u64) -> Self {
        let known = Cache::builder()
            .max_capacity(most)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            known,
            revocations: Mutex::new(0),
        }
    }

    pub(crate) fn get(&self, token: TokenHash) -> Option<Session> {
        self.known.get(&token)
    }

    /// To be taken before the store is read.
    pub(crate) fn mark(&self) -> u64 {
        *self.revocations.lock()
    }

    /// Remembers what the store said, unless something was revoked since `mark`.
    pub(crate) fn put(&self, session: Session, mark: u64) {
        let revocations = self.revocations.lock();
        if *revocations == mark {
            self.known.insert(session.token, session);
        }
    }

    /// Forgets all, so that the store is asked again.
    pub(crate) fn forget(&self) {
        let mut revocations = self.revocations.lock();
        *revocations += 1;
        self.known.invalidate_all();
    }

    pub(crate) fn revoke(&self, ended: &[(SessionId, TokenHash)]) {
        let mut revocations = self.revocations.lock();
        *revocations += 1;
        for (_, token) in ended {
            self.known.invalidate(token);
        }
    }
}

/// Whether a session may still be used at `now_ms`.
pub(crate) const fn is_good(session: &Session, now_ms: Millis) -> bool {
    session.revoked_at_ms == 0 && now_ms < session.expires_at_ms
}
