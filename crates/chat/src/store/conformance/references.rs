//! Quotes and recalls.

use std::sync::Arc;

use kefu_proto::v1::{self, BodyKind, Sender, body};

use super::fixture::{ONE, apply, conversation, key, next, tenants, text};
use crate::{
    Head,
    store::{Advance, Change, Outcome, Page, Reference, SharedStore, Unfit},
};

/// The next version of `head`: its visitor says `said` and refers to an earlier message.
fn refers(head: &Head, client_id: &str, said: &str, reference: Reference) -> Advance {
    let mut advance = next(head, client_id, Some(said));
    let message = &mut Arc::make_mut(&mut advance.messages)[0];
    match reference {
        Reference::Quote { seq } => message.quote_seq = seq,
        Reference::Recall { seq, .. } => {
            let kind = Some(body::Kind::Recall(v1::Recall { seq }));
            message.body = Some(v1::Body { kind });
        }
    }
    advance.reference = Some(reference);
    advance
}

fn recall(head: &Head, client_id: &str, seq: u64) -> Advance {
    refers(head, client_id, "", Reference::Recall { seq, since_ms: 0 })
}

fn quote(head: &Head, client_id: &str, seq: u64) -> Advance {
    refers(head, client_id, "so", Reference::Quote { seq })
}

/// The same, said by the service itself.
fn by_system(mut advance: Advance) -> Advance {
    let message = &mut Arc::make_mut(&mut advance.messages)[0];
    message.sender = Sender::System.into();
    message.sender_id = 0;
    message.client_id.clear();
    advance.key = None;
    advance
}

pub(super) async fn said(store: &SharedStore, head: &Head, client_id: &str, what: &str) -> Head {
    let advance = next(head, client_id, Some(what));
    let head = (*advance.head).clone();
    let outcomes = apply(store, &[Change::Advance(advance)]).await;
    assert_eq!(outcomes, [Outcome::Applied]);
    head
}

pub(super) async fn one(store: &SharedStore, advance: Advance) -> Outcome {
    apply(store, &[Change::Advance(advance)]).await.remove(0)
}

pub(super) async fn all(store: &SharedStore, head: &Head) -> Vec<v1::Message> {
    let found = store.messages(head.tenant, head.id, Page::After(0), 100);
    found.await.expect("readable")
}

pub(super) async fn a_quote_is_kept_and_belongs_to_what_a_retry_repeats(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let head = said(&store, &head, "a", "one").await;
    let advance = quote(&head, "b", 1);
    assert_eq!(one(&store, advance.clone()).await, Outcome::Applied);
    let stored = all(&store, &head).await;
    assert_eq!(stored[1], advance.messages[0]);
    for (quote_seq, same) in [(1, true), (0, false), (2, false)] {
        let probe = Change::Probe {
            key: key(&head, "b"),
            body: Some(text("so")),
            quote_seq,
        };
        let outcomes = apply(&store, &[probe]).await;
        assert!(
            matches!(&outcomes[0], Outcome::Duplicate(stored) if stored.same_body == same),
            "{quote_seq}: {outcomes:?}"
        );
    }
}

pub(super) async fn only_what_somebody_said_can_be_quoted_or_recalled(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let mut fact = next(&head, "", Some("x"));
    let notice = Some(body::Kind::Notice(v1::Notice::default()));
    Arc::make_mut(&mut fact.messages)[0].body = Some(v1::Body { kind: notice });
    let fact = by_system(fact);
    assert_eq!(one(&store, fact.clone()).await, Outcome::Applied);
    let wait = by_system(next(&fact.head, "", Some("please wait")));
    assert_eq!(one(&store, wait.clone()).await, Outcome::Applied);
    let head = (*wait.head).clone();
    for seq in [1, 2] {
        for advance in [quote(&head, "q", seq), recall(&head, "q", seq)] {
            let unfit = Outcome::Unfit(Unfit::Kind);
            assert_eq!(one(&store, advance).await, unfit, "sequence {seq}");
        }
    }
    for seq in [3, 4, u64::MAX >> 1] {
        for advance in [quote(&head, "q", seq), recall(&head, "q", seq)] {
            let unfit = Outcome::Unfit(Unfit::NoMessage);
            assert_eq!(one(&store, advance).await, unfit, "sequence {seq}");
        }
    }
    assert_eq!(all(&store, &head).await.len(), 2, "nothing was stored");
}

pub(super) async fn what_is_recalled_is_read_by_nobody_and_keeps_its_place(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let head = said(&store, &head, "a", "secret").await;
    let head = said(&store, &head, "b", "open").await;
    let advance = recall(&head, "r", 1);
    assert_eq!(one(&store, advance.clone()).await, Outcome::Applied);
    let stored = all(&store, &head).await;
    let seen: Vec<_> = stored.iter().map(|it| (it.seq, it.recalled_seq)).collect();
    assert_eq!(seen, [(1, 3), (2, 0), (3, 0)]);
    assert_eq!((&stored[0].body, &stored[0].trace), (&None, &None));
    assert_eq!(stored[0].client_id, "a");
    let metadata = store.metadata(ONE, head.id, Page::After(0), 9).await;
    let metadata = metadata.expect("readable");
    assert_eq!(
        (metadata[0].body_kind(), metadata[0].body_bytes),
        (BodyKind::Unspecified, 0)
    );
    let ids: Vec<u64> = stored.iter().map(|it| it.id).collect();
    assert_eq!(store.messages_by_id(ONE, head.id, &ids).await, Ok(stored));
    // Its sending is still known, with its words.
    let retry = next(&advance.head, "a", Some("secret"));
    assert!(matches!(one(&store, retry).await, Outcome::Duplicate(first) if first.same_body));
    // Once is enough, and a quote comes too late.
    for late in [recall(&advance.head, "s", 1), quote(&advance.head, "s", 1)] {
        assert_eq!(one(&store, late).await, Outcome::Unfit(Unfit::Recalled));
    }
    let again = recall(&advance.head, "r", 1);
    assert!(matches!(one(&store, again).await, Outcome::Duplicate(first) if first.seq == 3));
}

pub(super) async fn a_message_and_its_recall_go_in_one_batch(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let first = next(&head, "a", Some("secret"));
    let quoted = quote(&first.head, "b", 1);
    let taken = recall(&quoted.head, "c", 1);
    let twice = recall(&taken.head, "d", 1);
    let late = quote(&taken.head, "e", 1);
    let changes = [first, quoted, taken, twice, late].map(Change::Advance);
    let recalled = Outcome::Unfit(Unfit::Recalled);
    assert_eq!(
        apply(&store, &changes).await,
        [
            Outcome::Applied,
            Outcome::Applied,
            Outcome::Applied,
            recalled.clone(),
            recalled
        ]
    );
    let stored = all(&store, &head).await;
    assert_eq!((stored.len(), stored[0].recalled_seq), (3, 3));
    assert_eq!(stored[0].body, None);
}

pub(super) async fn only_ones_own_and_only_for_a_time(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let head = said(&store, &head, "a", "mine").await;
    let mut foreign = recall(&head, "r", 1);
    let agent = &mut Arc::make_mut(&mut foreign.messages)[0];
    (agent.sender, agent.sender_id) = (Sender::Agent.into(), 9);
    let key = foreign.key.as_mut().expect("a key");
    (key.sender, key.sender_id) = (Sender::Agent.into(), 9);
    assert_eq!(one(&store, foreign).await, Outcome::Unfit(Unfit::Foreign));
    // It was stored at 6.
    let since = |since_ms| refers(&head, "r", "", Reference::Recall { seq: 1, since_ms });
    assert_eq!(one(&store, since(7)).await, Outcome::Unfit(Unfit::Late));
    assert_eq!(one(&store, since(6)).await, Outcome::Applied);
}
