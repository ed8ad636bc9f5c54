use std::sync::Arc;

use kefu_dialog::{Phase, State};
use kefu_proto::v1;
use kefu_types::{AgentId, ConversationId, GroupId};

use super::fixture::{ONE, TWO, apply, conversation, full, key, next, tenants, text};
use crate::{
    Head,
    store::{Advance, Change, GroupGuard, Outcome, OwnerGuard, Page, SharedStore},
};

pub(super) async fn a_head_comes_back_as_it_was_stored(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    assert_eq!(store.head(ONE, head.id).await, Ok(Some(head.clone())));
    let full = full(&head);
    let advance = Advance {
        head: Arc::new(full.clone()),
        ..next(&head, "", None)
    };
    assert_eq!(
        apply(&store, &[Change::Advance(advance)]).await,
        [Outcome::Applied]
    );
    assert_eq!(store.head(ONE, head.id).await, Ok(Some(full)));
}

pub(super) async fn what_every_message_moves_is_written_and_the_rest_stays(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let full = full(&head);
    let moved = |before: &Head| {
        let state = State {
            fallbacks: before.state.fallbacks + 1,
            ..before.state.clone()
        };
        Head {
            version: before.version + 1,
            stamp: before.stamp - 1,
            answered_seq: before.answered_seq + 1,
            turn_version: before.turn_version + 1,
            state,
            updated_at_ms: before.updated_at_ms + 1,
            preview: before.preview.clone() + "!",
            preview_seq: before.preview_seq + 1,
            last_sender: v1::Sender::Agent,
            ..before.clone()
        }
    };
    let (second, third) = (moved(&full), moved(&moved(&full)));
    assert!(full.is_moved_by(&second) && !head.is_moved_by(&full));
    let change = |before: &Head, after: &Head| {
        Change::Advance(Advance {
            whole: !before.is_moved_by(after),
            head: Arc::new(after.clone()),
            ..next(before, "", None)
        })
    };
    // One change of the batch moves all of the row, and the one after it does not.
    let batch = [change(&head, &full), change(&full, &second)];
    assert_eq!(
        apply(&store, &batch).await,
        [Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(store.head(ONE, head.id).await, Ok(Some(second.clone())));
    let alone = [change(&second, &third)];
    assert_eq!(apply(&store, &alone).await, [Outcome::Applied]);
    assert_eq!(store.head(ONE, head.id).await, Ok(Some(third)));
}

pub(super) async fn a_change_applies_only_to_the_version_it_was_made_for(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let good = next(&head, "a", Some("a"));
    let other_stamp = Advance {
        expected_stamp: 1,
        ..good.clone()
    };
    let other_version = Advance {
        expected_version: 9,
        ..good.clone()
    };
    let unknown = Advance {
        head: Arc::new(Head {
            id: ConversationId(7),
            ..(*good.head).clone()
        }),
        ..good.clone()
    };
    for (advance, outcome) in [
        (other_stamp, Outcome::VersionConflict),
        (other_version, Outcome::VersionConflict),
        (unknown, Outcome::Missing),
    ] {
        assert_eq!(apply(&store, &[Change::Advance(advance)]).await, [outcome]);
        assert_eq!(
            store.head(ONE, head.id).await,
            Ok(Some(head.clone())),
            "nothing changed"
        );
        assert_eq!(
            store.messages(ONE, head.id, Page::After(0), 9).await,
            Ok(vec![])
        );
    }
}

pub(super) async fn a_refused_change_harms_no_neighbour(store: SharedStore) {
    tenants(&store).await;
    let (one, two) = (
        conversation(&store, ONE, 100).await,
        conversation(&store, ONE, 200).await,
    );
    let first = next(&one, "a", Some("a"));
    let second_on_the_same = next(&one, "b", Some("b"));
    let other = next(&two, "c", Some("c"));
    let changes = [first, second_on_the_same, other].map(Change::Advance);
    let outcomes = apply(&store, &changes).await;
    assert_eq!(
        outcomes,
        [Outcome::Applied, Outcome::VersionConflict, Outcome::Applied]
    );
    for id in [one.id, two.id] {
        let stored = store
            .messages(ONE, id, Page::After(0), 9)
            .await
            .expect("readable");
        assert_eq!(stored.len(), 1);
    }
}

pub(super) async fn a_chain_of_changes_goes_in_one_batch(store: SharedStore) {
    tenants(&store).await;
    let mut head = conversation(&store, ONE, 100).await;
    let mut changes = Vec::new();
    for n in 0..150 {
        let advance = next(&head, &format!("c{n}"), Some("x"));
        head = (*advance.head).clone();
        changes.push(Change::Advance(advance));
    }
    assert!(
        apply(&store, &changes)
            .await
            .iter()
            .all(|outcome| *outcome == Outcome::Applied)
    );
    assert_eq!(store.head(ONE, head.id).await, Ok(Some(head.clone())));
    let stored = store
        .messages(ONE, head.id, Page::After(0), 1_000)
        .await
        .expect("readable");
    assert!(stored.iter().map(|message| message.seq).eq(1..=150));
}

pub(super) async fn a_client_key_is_stored_once(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let first = next(&head, "a", Some("你好"));
    let probe = Change::Probe {
        key: key(&head, "a"),
        body: Some(text("你好")),
        quote_seq: 0,
    };
    let outcomes = apply(
        &store,
        &[probe.clone(), Change::Advance(first.clone()), probe],
    )
    .await;
    assert_eq!(outcomes[..2], [Outcome::Missing, Outcome::Applied]);
    let Outcome::Duplicate(stored) = &outcomes[2] else {
        panic!("the key is stored: {outcomes:?}")
    };
    assert_eq!((stored.id, stored.seq), (first.messages[0].id, 1));
    // A retry is computed on the newer head, and must not be stored on it.
    for (said, same_body) in [("你好", true), ("再见", false)] {
        let retry = next(&first.head, "a", Some(said));
        let outcomes = apply(&store, &[Change::Advance(retry)]).await;
        let Outcome::Duplicate(again) = &outcomes[0] else {
            panic!("stored twice: {outcomes:?}")
        };
        assert_eq!(
            (again.id, again.seq, again.same_body),
            (stored.id, 1, same_body)
        );
    }
    let stored = store
        .messages(ONE, head.id, Page::After(0), 9)
        .await
        .expect("readable");
    assert_eq!(
        stored,
        first.messages.to_vec(),
        "as it was sent, trace and all"
    );
}

pub(super) async fn pages_are_gapless_in_both_directions(store: SharedStore) {
    tenants(&store).await;
    let mut head = conversation(&store, ONE, 100).await;
    for n in 0..25 {
        let advance = next(&head, &format!("c{n}"), Some("x"));
        head = (*advance.head).clone();
        apply(&store, &[Change::Advance(advance)]).await;
    }
    let page = async |page| {
        let messages = store
            .messages(ONE, head.id, page, 10)
            .await
            .expect("readable");
        messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>()
    };
    assert!(page(Page::After(0)).await.into_iter().eq(1..=10));
    assert!(page(Page::After(20)).await.into_iter().eq(21..=25));
    assert!(page(Page::Before(26)).await.into_iter().eq(16..=25));
    assert!(page(Page::Before(4)).await.into_iter().eq(1..=3));
    assert!(
        page(Page::After(u64::MAX)).await.is_empty(),
        "a sequence from the future"
    );
    assert!(page(Page::Before(u64::MAX)).await.into_iter().eq(16..=25));
}

pub(super) async fn an_agent_never_owns_more_than_the_guard_allows(store: SharedStore) {
    tenants(&store).await;
    let agent = AgentId(9);
    let mut changes = Vec::new();
    for n in [100, 200, 300] {
        let head = conversation(&store, ONE, n).await;
        let mut advance = next(&head, "", None);
        let mut owned = (*advance.head).clone();
        owned.state.phase = Phase::Serving;
        owned.agent = Some(agent);
        advance.head = Arc::new(owned);
        advance.guard = Some(OwnerGuard { agent, capacity: 2 });
        changes.push(Change::Advance(advance));
    }
    let outcomes = apply(&store, &changes[..2]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
    assert_eq!(apply(&store, &changes[2..]).await, [Outcome::CapacityFull]);
    let owned = store
        .head(ONE, ConversationId(100))
        .await
        .expect("readable")
        .expect("stored");
    let mut freed = next(&owned, "", None);
    let mut closed = (*freed.head).clone();
    closed.state.phase = Phase::Closed;
    freed.head = Arc::new(closed);
    let outcomes = apply(&store, &[Change::Advance(freed), changes[2].clone()]).await;
    assert_eq!(
        outcomes,
        [Outcome::Applied, Outcome::Applied],
        "room made in the same batch counts"
    );
}

/// `agent` owns it, of this group, if that has no more than two with it.
fn served(before: &Head, agent: u64, group: GroupId) -> Advance {
    let mut advance = next(before, "", None);
    let mut owned = (*advance.head).clone();
    owned.state.phase = Phase::Serving;
    owned.agent = Some(AgentId(agent));
    owned.group = group;
    advance.head = Arc::new(owned);
    advance.room = Some(GroupGuard {
        groups: [GroupId(5), GroupId(6)].into(),
        capacity: 2,
    });
    advance
}

pub(super) async fn a_group_never_has_more_than_the_guard_allows(store: SharedStore) {
    tenants(&store).await;
    let mut heads = Vec::new();
    for n in [100, 200, 300, 400] {
        heads.push(conversation(&store, ONE, n).await);
    }
    let foreign = conversation(&store, TWO, 500).await;
    // One group counts with another, and a third counts with neither.
    let (first, second, third) = (
        served(&heads[0], 1, GroupId(5)),
        served(&heads[1], 2, GroupId(6)),
        served(&heads[2], 3, GroupId(5)),
    );
    let other = Advance {
        room: None,
        ..served(&heads[3], 4, GroupId(7))
    };
    let batch = [other, first.clone(), second.clone(), third.clone()].map(Change::Advance);
    let outcomes = apply(&store, &batch).await;
    assert_eq!(outcomes[..3], [const { Outcome::Applied }; 3]);
    assert_eq!(outcomes[3], Outcome::GroupFull);
    let third = Change::Advance(third);
    assert_eq!(
        apply(&store, std::slice::from_ref(&third)).await,
        [Outcome::GroupFull],
        "by what is stored as well"
    );
    let abroad = Change::Advance(served(&foreign, 5, GroupId(5)));
    assert_eq!(apply(&store, &[abroad]).await, [Outcome::Applied]);
    let handed = served(&first.head, 9, GroupId(5));
    assert_eq!(
        apply(&store, &[Change::Advance(handed)]).await,
        [Outcome::Applied],
        "from one agent to another it takes no more room"
    );
    let mut freed = next(&second.head, "", None);
    let mut closed = (*freed.head).clone();
    closed.state.phase = Phase::Closed;
    freed.head = Arc::new(closed);
    assert_eq!(
        apply(&store, &[Change::Advance(freed), third]).await,
        [Outcome::Applied, Outcome::Applied],
        "room made in the same batch counts"
    );
}

pub(super) async fn a_restart_finds_what_needs_care(store: SharedStore) {
    tenants(&store).await;
    let mut expected = Vec::new();
    for (n, phase) in (1_u64..).zip([
        Phase::Idle,
        Phase::Queued,
        Phase::Serving,
        Phase::WrapUp,
        Phase::Closed,
    ]) {
        let head = conversation(&store, if n % 2 == 0 { ONE } else { TWO }, n * 100).await;
        let mut advance = next(&head, "", None);
        let mut moved = (*advance.head).clone();
        moved.state.phase = phase;
        if matches!(
            moved.phase(),
            v1::Phase::Queued | v1::Phase::Serving | v1::Phase::WrapUp
        ) {
            expected.push(moved.clone());
        }
        advance.head = Arc::new(moved);
        apply(&store, &[Change::Advance(advance)]).await;
    }
    let first = store
        .unsettled(ConversationId(0), 2)
        .await
        .expect("readable");
    let rest = store.unsettled(first[1].id, 2).await.expect("readable");
    assert_eq!([first, rest].concat(), expected);
}

pub(super) async fn nothing_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let advance = next(&head, "a", Some("secret"));
    apply(&store, &[Change::Advance(advance.clone())]).await;
    assert_eq!(store.head(TWO, head.id).await, Ok(None));
    assert_eq!(
        store.messages(TWO, head.id, Page::After(0), 9).await,
        Ok(vec![])
    );
    let listed = store
        .heads(TWO, &[v1::Phase::Bot], ConversationId(u64::MAX), 9)
        .await;
    assert_eq!(listed, Ok(vec![]));
    let listed = store
        .heads(ONE, &[v1::Phase::Bot], ConversationId(u64::MAX), 9)
        .await;
    assert_eq!(listed.map(|heads| heads.len()), Ok(1));
    let foreign = crate::store::ClientKey {
        tenant: TWO,
        ..key(&head, "a")
    };
    assert_eq!(
        apply(
            &store,
            &[Change::Probe {
                key: foreign,
                body: None,
                quote_seq: 0,
            }]
        )
        .await,
        [Outcome::Missing]
    );
    let moved = Head {
        tenant: TWO,
        ..(*advance.head).clone()
    };
    let foreign = next(&moved, "b", Some("forged"));
    assert_eq!(
        apply(&store, &[Change::Advance(foreign)]).await,
        [Outcome::Missing]
    );
}
