//! Counts of proposed replies, and pages of visitors.

use kefu_proto::v1;

use super::fixture::{ONE, TWO, apply, conversation, next, tenants};
use crate::{
    Head,
    store::{Advance, Change, NewPage, Outcome, ProposedCount, SharedStore},
};

/// A message for which what this intent proposed was taken.
fn taken(head: &Head, client_id: &str, intent: &str, edited: bool) -> Advance {
    let mut advance = next(head, client_id, Some("x"));
    let mut messages = advance.messages.to_vec();
    for message in &mut messages {
        message.created_at_ms = 86_400_000;
        message.trace = Some(v1::Trace {
            assist: Some(v1::AssistTaken {
                intent: intent.to_owned(),
                catalogue: "c".to_owned(),
                edited,
            }),
            ..v1::Trace::default()
        });
    }
    advance.messages = messages.into();
    advance
}

fn proposed(head: &Head, day: i64, intent: &str, count: u64) -> Change {
    Change::CountProposed(vec![ProposedCount {
        tenant: head.tenant,
        day,
        intent: intent.to_owned(),
        count,
    }])
}

async fn counts(store: &SharedStore, head: &Head, from_day: i64) -> Vec<(String, i64, [u64; 3])> {
    let counts = store.assist_counts(head.tenant, from_day).await;
    let counts = counts.expect("readable");
    let row = |it: v1::AssistCount| (it.intent, it.day, [it.proposed, it.taken, it.edited]);
    counts.into_iter().map(row).collect()
}

pub(super) async fn what_is_taken_is_counted_with_its_message_and_once(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let first = taken(&head, "a", "refund", true);
    let refused = taken(&head, "b", "refund", false);
    let then = taken(&first.head, "c", "order", false);
    let outcomes = apply(
        &store,
        &[
            Change::Advance(first.clone()),
            // Of a version that is over: neither stored nor counted.
            Change::Advance(refused),
            Change::Advance(then),
            proposed(&head, 1, "refund", 3),
            proposed(&head, 1, "refund", 2),
            proposed(&head, 0, "old", 1),
        ],
    )
    .await;
    assert_eq!(outcomes[1], Outcome::VersionConflict);
    // A retry is stored already, and counted.
    let again = apply(&store, &[Change::Advance(first)]).await;
    assert!(matches!(&again[0], Outcome::Duplicate(_)), "{again:?}");
    assert_eq!(
        counts(&store, &head, 1).await,
        [
            ("order".to_owned(), 1, [0, 1, 0]),
            ("refund".to_owned(), 1, [5, 1, 1]),
        ]
    );
    assert_eq!(counts(&store, &head, 0).await.len(), 3);
    let foreign = store.assist_counts(TWO, 0).await.expect("readable");
    assert_eq!(foreign, []);
}

pub(super) async fn the_last_pages_of_a_visitor_stay_and_no_others(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let other = conversation(&store, ONE, 20).await;
    let page = |id: u64| v1::PageSeen {
        url: format!("https://shop.example/{id}"),
        title: "鞋 'n' 包".to_owned(),
        referrer: String::new(),
        id,
        seen_at_ms: 5,
    };
    let see = |head: &Head, id: u64| {
        Change::SeePage(Box::new(NewPage {
            tenant: head.tenant,
            visitor: head.visitor,
            page: page(id),
            pages_max: 2,
        }))
    };
    let seen = [
        see(&head, 900),
        see(&other, 901),
        see(&head, 902),
        see(&head, 903),
    ];
    let outcomes = apply(&store, &seen).await;
    assert!(outcomes.iter().all(|it| *it == Outcome::Applied));
    let pages = store.pages(ONE, head.visitor, 9).await.expect("readable");
    assert_eq!(pages, [page(903), page(902)]);
    let newest = store.pages(ONE, head.visitor, 1).await.expect("readable");
    assert_eq!(newest, [page(903)]);
    let theirs = store.pages(ONE, other.visitor, 9).await.expect("readable");
    assert_eq!(theirs, [page(901)]);
    let foreign = store.pages(TWO, head.visitor, 9).await.expect("readable");
    assert_eq!(foreign, []);
    assert!(store.ceiling().await.expect("readable") >= 903);
}
