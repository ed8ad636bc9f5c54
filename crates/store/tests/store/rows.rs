//! Rows to try a store with.

use std::sync::Arc;

use kefu_chat::{
    Head, Session, Subject, TokenHash, User, Visitor,
    store::{Advance, Change, ClientKey},
};
use kefu_proto::v1::{self, AgentStatus, Role, Sender, body};
use kefu_types::{AgentId, ConversationId, Lang, SessionId, TenantId, VisitorId};

pub const TENANT: TenantId = TenantId(1);

pub fn tenant(id: u64) -> Change {
    Change::CreateTenant {
        id: TenantId(id),
        name: format!("t{id}"),
    }
}

pub fn head(tenant: TenantId, id: u64) -> Head {
    let visitor = Visitor {
        tenant,
        id: VisitorId(id),
        name: "游客".to_owned(),
        created_at_ms: 0,
    };
    Head::begun(&visitor, ConversationId(id), id, Lang::Zh)
}

pub fn session(tenant: TenantId, id: u64, subject: Subject) -> Session {
    Session {
        id: SessionId(id),
        tenant,
        token: TokenHash::of(&id.to_string()),
        subject,
        created_at_ms: 0,
        expires_at_ms: 0,
        revoked_at_ms: 0,
    }
}

/// A visitor, their conversation and their session, all of this id.
pub fn visitor(tenant: TenantId, id: u64) -> Change {
    let visitor = Visitor {
        tenant,
        id: VisitorId(id),
        name: "游客".to_owned(),
        created_at_ms: 0,
    };
    Change::CreateVisitor {
        session: session(tenant, id, Subject::Visitor(visitor.id, ConversationId(id))),
        head: Arc::new(head(tenant, id)),
        visitor,
    }
}

pub fn user(tenant: TenantId, id: u64, login: &str, role: Role) -> User {
    User {
        tenant,
        id: AgentId(id),
        login: login.to_owned(),
        name: login.to_owned(),
        password_hash: "hash".to_owned(),
        role,
        capacity: 5,
        status: AgentStatus::Free,
        away_reason: String::new(),
        manual_accept: false,
        disabled: false,
        version: 1,
        created_at_ms: 5,
    }
}

pub fn key(head: &Head, client_id: &str) -> ClientKey {
    ClientKey {
        tenant: head.tenant,
        conversation: head.id,
        sender: Sender::Visitor.into(),
        sender_id: head.visitor.0,
        client_id: client_id.to_owned(),
    }
}

pub fn text(text: &str) -> v1::Body {
    let text = v1::Text {
        text: text.to_owned(),
        ..Default::default()
    };
    v1::Body {
        kind: Some(body::Kind::Text(text)),
    }
}

/// The visitor says one thing more. `unique` tells this change from every other.
pub fn says(head: &Head, client_id: &str, said: &str, unique: u64) -> Advance {
    let mut next = head.clone();
    next.version += 1;
    next.last_seq += 1;
    next.stamp = 1_000_000 + unique;
    next.preview = said.to_owned();
    let message = v1::Message {
        id: 2_000_000 + unique,
        conversation_id: head.id.0,
        seq: next.last_seq,
        sender: Sender::Visitor.into(),
        sender_id: head.visitor.0,
        client_id: client_id.to_owned(),
        body: Some(text(said)),
        utc_offset_minutes: (!unique.is_multiple_of(3)).then(|| 480 - 60 * (unique % 24) as i32),
        ..v1::Message::default()
    };
    Advance {
        expected_version: head.version,
        expected_stamp: head.stamp,
        head: Arc::new(next),
        whole: true,
        messages: [message].into(),
        key: Some(key(head, client_id)),
        guard: None,
        room: None,
        reference: None,
        alert: None,
        left: None,
        events: [].into(),
    }
}
