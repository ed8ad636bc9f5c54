//! Messages left.

use kefu_proto::v1::{LeftMessage, LeftState};

use super::fixture::{ONE, TWO, apply, conversation, next, tenants};
use crate::{
    Head,
    store::{Advance, Change, LeftAsk, LeftAt, LeftMove, Outcome, Page, SharedStore, Unfit},
};

async fn one(store: &SharedStore, advance: Advance) -> Outcome {
    apply(store, &[Change::Advance(advance)]).await.remove(0)
}

/// A new one, of the message that `head` says next.
fn row(head: &Head, id: u64) -> LeftMessage {
    LeftMessage {
        id,
        conversation_id: head.id.0,
        seq: head.last_seq + 1,
        group_id: id % 2,
        state: LeftState::Open.into(),
        version: 1,
        name: "李雷".to_owned(),
        phone: "13800138000".to_owned(),
        created_at_ms: 50,
        updated_at_ms: 50,
        ..Default::default()
    }
}

fn moved(head: &Head, row: LeftMessage) -> LeftMove {
    LeftMove {
        tenant: head.tenant,
        row,
        waiting_max: 2,
    }
}

/// `head` says a message that is left.
fn leaves(head: &Head, client_id: &str, row: LeftMessage) -> Advance {
    Advance {
        left: Some(Box::new(moved(head, row))),
        ..next(head, client_id, Some("明天能发货吗"))
    }
}

/// The same, by `agent`, in another state.
fn after(row: &LeftMessage, state: LeftState, agent: u64) -> LeftMessage {
    LeftMessage {
        state: state.into(),
        version: row.version + 1,
        agent_id: agent,
        agent_name: "小王".to_owned(),
        updated_at_ms: row.updated_at_ms + 1,
        ..row.clone()
    }
}

fn moves(head: &Head, row: &LeftMessage) -> Change {
    Change::MoveLeft(Box::new(moved(head, row.clone())))
}

pub(super) async fn a_message_left_is_written_with_its_words_or_not_at_all(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let left = row(&head, 900);
    let advance = leaves(&head, "a", left.clone());
    assert_eq!(
        one(&store, advance.clone()).await,
        Outcome::Applied,
        "with its message"
    );
    assert!(
        matches!(one(&store, advance.clone()).await, Outcome::Duplicate(stored) if stored.same_body)
    );
    let place = LeftAt::Place(head.id, 1);
    for at in [LeftAt::Id(900), place] {
        assert_eq!(store.left(ONE, at).await, Ok(Some(left.clone())));
    }
    assert!(store.ceiling().await.is_ok_and(|ceiling| ceiling >= 900));
    // One that builds on what is not there takes its message with it.
    let now = (*advance.head).clone();
    let unknown = after(&row(&now, 901), LeftState::Answered, 7);
    assert_eq!(
        one(&store, leaves(&now, "b", unknown)).await,
        Outcome::Unfit(Unfit::LeftMoved)
    );
    let said = store.messages(ONE, head.id, Page::After(0), 9).await;
    assert_eq!(said.map(|said| said.len()), Ok(1));
    // And a bound of how many wait: the second is the last, until one is done.
    let second = leaves(&now, "c", row(&now, 902));
    assert_eq!(one(&store, second.clone()).await, Outcome::Applied);
    let now = (*second.head).clone();
    let third = leaves(&now, "d", row(&now, 903));
    assert_eq!(
        one(&store, third.clone()).await,
        Outcome::Unfit(Unfit::LeftFull)
    );
    let done = moves(&head, &after(&left, LeftState::Closed, 7));
    let outcomes = apply(&store, &[done, Change::Advance(third)]).await;
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
}

pub(super) async fn of_two_who_claim_at_once_one_gets_it(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let left = row(&head, 900);
    let advance = leaves(&head, "a", left.clone());
    let (first, second) = (
        after(&left, LeftState::Taken, 7),
        after(&left, LeftState::Taken, 8),
    );
    // All in one batch, and once more in the next.
    let batch = [
        Change::Advance(advance.clone()),
        moves(&head, &first),
        moves(&head, &second),
    ];
    let late = Outcome::Unfit(Unfit::LeftMoved);
    assert_eq!(
        apply(&store, &batch).await,
        [Outcome::Applied, Outcome::Applied, late.clone()]
    );
    assert_eq!(apply(&store, &[moves(&head, &second)]).await, [late]);
    assert_eq!(
        store.left(ONE, LeftAt::Id(900)).await,
        Ok(Some(first.clone()))
    );
    // The answer is written with the message that it is.
    let now = (*advance.head).clone();
    let answered = LeftMessage {
        answer_seq: 2,
        ..after(&first, LeftState::Answered, 7)
    };
    assert_eq!(
        one(&store, leaves(&now, "b", answered.clone())).await,
        Outcome::Applied
    );
    assert_eq!(store.left(ONE, LeftAt::Id(900)).await, Ok(Some(answered)));
}

pub(super) async fn lists_go_by_state_and_group_in_their_order(store: SharedStore) {
    tenants(&store).await;
    let mut rows = Vec::new();
    for n in 0..5_u64 {
        let head = conversation(&store, ONE, 10 + n).await;
        let left = row(&head, 900 + n);
        one(&store, leaves(&head, "a", left.clone())).await;
        rows.push((head, left));
    }
    for (head, left) in rows.iter().take(3) {
        apply(&store, &[moves(head, &after(left, LeftState::Closed, 7))]).await;
    }
    let list = async |state, group, after| {
        let ask = LeftAsk {
            tenant: ONE,
            state,
            group,
            after,
            limit: 2,
        };
        let listed = store.list_left(ask).await.expect("readable");
        listed.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list(LeftState::Open, None, 0).await, [903, 904]);
    assert_eq!(list(LeftState::Open, Some(0), 0).await, [904]);
    assert_eq!(list(LeftState::Open, None, 903).await, [904]);
    assert_eq!(list(LeftState::Closed, None, 0).await, [902, 901]);
    assert_eq!(list(LeftState::Closed, None, 901).await, [900]);
    assert_eq!(list(LeftState::Closed, Some(1), 0).await, [901]);
    assert_eq!(list(LeftState::Taken, None, 0).await, [0; 0]);
}

pub(super) async fn no_message_left_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let left = row(&head, 900);
    one(&store, leaves(&head, "a", left.clone())).await;
    for at in [LeftAt::Id(900), LeftAt::Place(head.id, 1)] {
        assert_eq!(store.left(TWO, at).await, Ok(None));
    }
    let ask = LeftAsk {
        tenant: TWO,
        state: LeftState::Open,
        group: None,
        after: 0,
        limit: 9,
    };
    assert_eq!(store.list_left(ask).await, Ok(Vec::new()));
    let stolen = Change::MoveLeft(Box::new(LeftMove {
        tenant: TWO,
        ..moved(&head, after(&left, LeftState::Taken, 7))
    }));
    assert_eq!(
        apply(&store, &[stolen]).await,
        [Outcome::Unfit(Unfit::LeftMoved)]
    );
    assert_eq!(store.left(ONE, LeftAt::Id(900)).await, Ok(Some(left)));
}
