//! Batching must change nothing but the speed.

use std::sync::Arc;

use kefu_chat::{
    Head,
    store::{Advance, Change, ClientKey, Outcome, Page, SharedStore},
};
use kefu_proto::v1::{self, Sender};
use kefu_types::ConversationId;
use proptest::prelude::*;

use crate::{
    rows::{TENANT, head, tenant, visitor},
    stores::{KINDS, Kind, Place},
};

/// A move: which conversation, which client id, and whether it was computed on an old head.
#[derive(Debug, Clone)]
struct Move {
    conversation: u64,
    client: u8,
    stale: bool,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = (1..4_u64, 0..40_u8, proptest::bool::weighted(0.2));
    let one = one.prop_map(|(conversation, client, stale)| Move {
        conversation,
        client,
        stale,
    });
    proptest::collection::vec(one, 1..60)
}

async fn prepared(place: &Place) -> SharedStore {
    let store = place.open().await;
    let mut changes = vec![tenant(TENANT.0)];
    changes.extend((1..4).map(|id| visitor(TENANT, id)));
    store.apply(&changes).await.expect("it works");
    store
}

/// The change that a core would compute for `step` on the head it believes in.
fn change(step: &Move, n: u64, believed: &Head) -> Advance {
    let mut next = believed.clone();
    next.version += 1;
    next.last_seq += 1;
    next.stamp = 1_000 + n;
    let client_id = format!("c{}", step.client);
    let message = v1::Message {
        id: 10_000 + n,
        conversation_id: step.conversation,
        seq: next.last_seq,
        sender: Sender::Visitor.into(),
        sender_id: step.conversation,
        client_id: client_id.clone(),
        body: Some(v1::Body::default()),
        ..Default::default()
    };
    let key = ClientKey {
        tenant: TENANT,
        conversation: next.id,
        sender: Sender::Visitor.into(),
        sender_id: step.conversation,
        client_id,
    };
    Advance {
        expected_version: believed.version,
        expected_stamp: if step.stale { 7 } else { believed.stamp },
        head: Arc::new(next),
        whole: n.is_multiple_of(2),
        messages: [message].into(),
        key: Some(key),
        guard: None,
        room: None,
        reference: None,
        alert: None,
        left: None,
        events: [].into(),
    }
}

/// All moves as changes; heads move on as a core would believe, refused or not being unknown yet.
fn changes(moves: &[Move]) -> Vec<Change> {
    let mut heads: Vec<Head> = (0..4).map(|id| head(TENANT, id)).collect();
    let mut seen = std::collections::HashSet::new();
    (0..)
        .zip(moves)
        .map(|(n, step)| {
            let believed = &mut heads[usize::try_from(step.conversation).expect("small")];
            let advance = change(step, n, believed);
            if !step.stale && seen.insert((step.conversation, step.client)) {
                *believed = (*advance.head).clone();
            }
            Change::Advance(advance)
        })
        .collect()
}

async fn run(
    kind: Kind,
    changes: &[Change],
    sizes: &[usize],
) -> (Vec<Outcome>, Vec<Vec<v1::Message>>, Vec<Option<Head>>) {
    let place = Place::new(kind).await;
    let store = prepared(&place).await;
    let mut outcomes = Vec::new();
    let (mut rest, mut sizes) = (changes, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = (*sizes.next().expect("a cycle")).min(rest.len());
        let (batch, later) = rest.split_at(size);
        outcomes.extend(store.apply(batch).await.expect("it works"));
        rest = later;
    }
    let (mut messages, mut heads) = (Vec::new(), Vec::new());
    for id in (1..4).map(ConversationId) {
        messages.push(
            store
                .messages(TENANT, id, Page::After(0), 500)
                .await
                .expect("readable"),
        );
        heads.push(store.head(TENANT, id).await.expect("readable"));
    }
    (outcomes, messages, heads)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_split_into_batches_ends_alike_and_gapless(moves in moves(), sizes in proptest::collection::vec(1..50_usize, 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let changes = changes(&moves);
        let alone = runtime.block_on(run(Kind::Sqlite, &changes, &[1]));
        let mut batched = alone.clone();
        for kind in KINDS {
            batched = runtime.block_on(run(kind, &changes, &sizes));
            prop_assert_eq!(&alone, &batched, "{:?}", kind);
        }
        for (messages, head) in batched.1.iter().zip(&batched.2) {
            let last = head.as_ref().expect("stored").last_seq;
            prop_assert!(messages.iter().map(|message| message.seq).eq(1..=last));
        }
        let applied = batched.0.iter().filter(|outcome| **outcome == Outcome::Applied).count();
        prop_assert_eq!(applied, batched.1.iter().map(Vec::len).sum::<usize>());
    }
}
