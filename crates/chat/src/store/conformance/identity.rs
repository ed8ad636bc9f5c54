//! Visitors whom the business names.

use std::sync::Arc;

use kefu_types::{ConversationId, TenantId, VisitorId};

use super::fixture::{ONE, TWO, apply, first, session, tenants};
use crate::{
    Subject, TokenHash, Visitor,
    store::{Arrival, Change, Identity, Outcome, SharedStore},
};

/// Somebody's arrival with ids made of `n`, who comes for the first time or is known.
fn arrival(tenant: TenantId, n: u64, subject: &str, token: &str, known: Option<u64>) -> Arrival {
    let head = first(tenant, known.unwrap_or(n));
    let identity = Identity {
        tenant,
        subject: subject.to_owned(),
        visitor: head.visitor,
        conversation: head.id,
        created_at_ms: 5,
    };
    let visitor = Visitor {
        tenant,
        id: head.visitor,
        name: "王".to_owned(),
        created_at_ms: 5,
    };
    let subject = Subject::Visitor(head.visitor, head.id);
    Arrival {
        identity,
        fresh: known.is_none().then(|| (visitor, Arc::new(head))),
        token: TokenHash::of(token),
        until_ms: 100,
        at_ms: 10,
        session: session(tenant, n + 3, subject),
    }
}

fn comes(arrival: Arrival) -> Change {
    Change::Identify(Box::new(arrival))
}

pub(super) async fn somebody_of_the_business_is_one_visitor_for_good(store: SharedStore) {
    tenants(&store).await;
    assert_eq!(store.identity(ONE, "kunde").await, Ok(None));
    let new = comes(arrival(ONE, 10, "kunde", "t1", None));
    // Of two who both believe to be first, one is.
    let late = comes(arrival(ONE, 20, "kunde", "t2", None));
    let outcomes = apply(&store, &[new, late]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::VersionConflict]);
    let known = store.identity(ONE, "kunde").await.expect("readable");
    let known = known.expect("stored");
    assert_eq!(
        (known.visitor, known.conversation),
        (VisitorId(11), ConversationId(10))
    );
    assert!(
        store
            .head(ONE, ConversationId(10))
            .await
            .expect("readable")
            .is_some()
    );
    assert_eq!(store.head(ONE, ConversationId(20)).await, Ok(None));
    // The token of whoever was late is not used up.
    let again = comes(arrival(ONE, 30, "kunde", "t2", Some(10)));
    assert_eq!(apply(&store, &[again]).await, [Outcome::Applied]);
    for id in ["13", "33"] {
        let session = store.session(TokenHash::of(id)).await.expect("readable");
        let subject = session.expect("stored").subject;
        assert_eq!(subject, Subject::Visitor(VisitorId(11), ConversationId(10)));
    }
    assert_eq!(store.session(TokenHash::of("23")).await, Ok(None));
    assert!(store.ceiling().await.expect("readable") >= 33);
}

pub(super) async fn a_token_of_the_business_is_used_once(store: SharedStore) {
    tenants(&store).await;
    let first = comes(arrival(ONE, 10, "a", "t", None));
    let replayed = comes(arrival(ONE, 20, "a", "t", Some(10)));
    let other = comes(arrival(ONE, 30, "b", "t", None));
    let outcomes = apply(&store, &[first, replayed.clone(), other]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Taken, Outcome::Taken]);
    assert_eq!(apply(&store, &[replayed]).await, [Outcome::Taken]);
    assert_eq!(store.identity(ONE, "b").await, Ok(None));
    assert_eq!(store.session(TokenHash::of("23")).await, Ok(None));
    // When it has expired nothing is remembered of it: its time alone refuses it then.
    let late = Arrival {
        at_ms: 100,
        until_ms: 200,
        ..arrival(ONE, 40, "a", "t", Some(10))
    };
    assert_eq!(apply(&store, &[comes(late)]).await, [Outcome::Applied]);
}

pub(super) async fn no_identity_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    let ours = comes(arrival(ONE, 10, "kunde", "t", None));
    let theirs = comes(arrival(TWO, 50, "kunde", "t", None));
    let outcomes = apply(&store, &[ours, theirs]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
    let of = async |tenant| {
        let known = store.identity(tenant, "kunde").await.expect("readable");
        known.map(|known| known.conversation)
    };
    assert_eq!(of(ONE).await, Some(ConversationId(10)));
    assert_eq!(of(TWO).await, Some(ConversationId(50)));
}
