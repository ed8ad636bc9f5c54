//! Visitors whom the business names.

use std::sync::Arc;

use kefu_types::{ConversationId, Millis, TenantId, VisitorId};

use crate::model::{Head, Session, TokenHash, Visitor};

/// Who somebody of the business's is here: once in a tenant, and for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whose.
    pub tenant: TenantId,
    /// The business's own id of them.
    pub subject: String,
    /// Who they are here.
    pub visitor: VisitorId,
    /// Their conversation.
    pub conversation: ConversationId,
    /// UTC milliseconds.
    pub created_at_ms: Millis,
}

/// Somebody comes with a token of the business. Refused as `Taken` when the token was used before, as
/// `VersionConflict` when they come for the first time and somebody was first.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Who.
    pub identity: Identity,
    /// With whom they begin, the first time: the visitor and the conversation that `identity` names.
    pub fresh: Option<(Visitor, Arc<Head>)>,
    /// Hash of the token's own id.
    pub token: TokenHash,
    /// UTC milliseconds from which it need not be remembered.
    pub until_ms: Millis,
    /// UTC milliseconds: what need not be remembered any more, goes.
    pub at_ms: Millis,
    /// What they are given for it.
    pub session: Session,
}
