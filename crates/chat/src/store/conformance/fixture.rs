//! Rows to try a store with.

use std::sync::Arc;

use kefu_dialog::{Asked, Phase, State};
use kefu_proto::v1::{self, AgentStatus, Role, Sender, body};
use kefu_types::{AgentId, ConversationId, Lang, SessionId, TenantId, VisitorId};

use crate::{
    Head, Rank, Session, Subject, TokenHash, User, Visitor,
    store::{Advance, Change, ClientKey, Outcome, SharedStore},
};

pub(super) const ONE: TenantId = TenantId(1);
pub(super) const TWO: TenantId = TenantId(2);

pub(super) async fn apply(store: &SharedStore, changes: &[Change]) -> Vec<Outcome> {
    store.apply(changes).await.expect("the store works")
}

pub(super) async fn tenants(store: &SharedStore) {
    let make = |id: TenantId, name: &str| Change::CreateTenant {
        id,
        name: name.to_owned(),
    };
    let outcomes = apply(store, &[make(ONE, "one"), make(TWO, "two")]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
}

/// A stored conversation of a new visitor, with ids made of `n`.
pub(super) async fn conversation(store: &SharedStore, tenant: TenantId, n: u64) -> Head {
    let head = first(tenant, n);
    let visitor = Visitor {
        tenant,
        id: head.visitor,
        name: "v".to_owned(),
        created_at_ms: 5,
    };
    let session = session(tenant, n + 3, Subject::Visitor(head.visitor, head.id));
    let change = Change::CreateVisitor {
        visitor,
        head: Arc::new(head.clone()),
        session,
    };
    assert_eq!(apply(store, &[change]).await, [Outcome::Applied]);
    head
}

pub(super) fn first(tenant: TenantId, n: u64) -> Head {
    let visitor = Visitor {
        tenant,
        id: VisitorId(n + 1),
        name: "游客 'v'".to_owned(),
        created_at_ms: 5,
    };
    Head {
        page_language: Lang::En,
        ..Head::begun(&visitor, ConversationId(n), n + 2, Lang::Zh)
    }
}

/// The next version of `head`, with one message when there is a text.
pub(super) fn next(head: &Head, client_id: &str, text: Option<&str>) -> Advance {
    let mut new = head.clone();
    new.version += 1;
    new.stamp = head.stamp + 1_000;
    let key = (!client_id.is_empty()).then(|| key(head, client_id));
    let messages: Vec<v1::Message> = text
        .into_iter()
        .map(|text| {
            new.last_seq += 1;
            message(head, new.last_seq, client_id, text)
        })
        .collect();
    Advance {
        expected_version: head.version,
        expected_stamp: head.stamp,
        head: Arc::new(new),
        whole: true,
        messages: messages.into(),
        key,
        guard: None,
        room: None,
        reference: None,
        alert: None,
        left: None,
        events: [].into(),
    }
}

pub(super) fn key(head: &Head, client_id: &str) -> ClientKey {
    ClientKey {
        tenant: head.tenant,
        conversation: head.id,
        sender: Sender::Visitor.into(),
        sender_id: head.visitor.0,
        client_id: client_id.to_owned(),
    }
}

pub(super) fn text(text: &str) -> v1::Body {
    let text = v1::Text {
        text: text.to_owned(),
        ..Default::default()
    };
    v1::Body {
        kind: Some(body::Kind::Text(text)),
    }
}

fn message(head: &Head, seq: u64, client_id: &str, said: &str) -> v1::Message {
    v1::Message {
        id: head.id.0 * 1_000_000 + head.version * 1_000 + seq,
        conversation_id: head.id.0,
        seq,
        sender: Sender::Visitor.into(),
        sender_id: head.visitor.0,
        sender_name: "v".to_owned(),
        client_id: client_id.to_owned(),
        created_at_ms: 6,
        body: Some(text(said)),
        trace: Some(v1::Trace {
            tier: "keyword".to_owned(),
            ..Default::default()
        }),
        utc_offset_minutes: Some(-210),
        ..v1::Message::default()
    }
}

/// A head with every field away from its default.
pub(super) fn full(head: &Head) -> Head {
    let phase = Phase::Processing {
        asked: Asked::Nothing,
        waited: true,
    };
    Head {
        version: head.version + 1,
        stamp: u64::MAX >> 1,
        answered_seq: 3,
        turn_version: 2,
        state: State {
            turn: 7,
            phase,
            fallbacks: 1,
            ..State::default()
        },
        agent: Some(AgentId(44)),
        agent_name: "小王".to_owned(),
        priority: v1::Priority::Vip,
        rank: Some(Rank {
            lane: 2,
            fresh: false,
            ticket: 99,
        }),
        handoff_reason: "投诉".to_owned(),
        updated_at_ms: 8,
        queued_at_ms: 9,
        assigned_at_ms: 10,
        wanted_at_ms: 11,
        replied_at_ms: 12,
        reply_due_at_ms: 13,
        resolution_due_at_ms: 14,
        preview: "……".to_owned(),
        preview_seq: 3,
        last_sender: Sender::Bot,
        language: Lang::En,
        page_language: Lang::Zh,
        group: kefu_types::GroupId(4),
        last_agent: Some(AgentId(6)),
        ..head.clone()
    }
}

pub(super) fn user(tenant: TenantId, id: u64, login: &str, role: Role) -> User {
    User {
        tenant,
        id: AgentId(id),
        login: login.to_owned(),
        name: login.to_owned(),
        password_hash: "hash".to_owned(),
        role,
        capacity: 5,
        status: AgentStatus::Free,
        away_reason: "用餐".to_owned(),
        manual_accept: true,
        disabled: false,
        version: 1,
        created_at_ms: 5,
    }
}

pub(super) fn session(tenant: TenantId, id: u64, subject: Subject) -> Session {
    Session {
        id: SessionId(id),
        tenant,
        token: TokenHash::of(&id.to_string()),
        subject,
        created_at_ms: 5,
        expires_at_ms: 500,
        revoked_at_ms: 0,
    }
}
