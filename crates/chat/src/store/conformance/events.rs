//! The event history.

use kefu_proto::v1::{self, history_event::Kind};
use kefu_types::AgentId;

use super::fixture::{ONE, TWO, apply, conversation, next, tenants, user};
use crate::{
    User,
    store::{Advance, Change, Outcome, SharedStore, StateChange},
};

pub(super) fn event(kind: Kind, id: u64, at_ms: i64) -> v1::HistoryEvent {
    v1::HistoryEvent {
        id,
        kind: kind.into(),
        at_ms,
        conversation_id: 10,
        agent_id: 7,
        group_id: 91,
        by_id: 8,
        value: -3,
        reason: "会议 'x'".to_owned(),
    }
}

fn happened(ids: std::ops::Range<u64>) -> Change {
    Change::Happened {
        tenant: ONE,
        events: ids.map(|id| event(Kind::Offered, id, 5)).collect(),
    }
}

async fn ids(store: &SharedStore, after: u64, limit: u32) -> Vec<u64> {
    let page = store.events(ONE, after, limit).await.expect("readable");
    page.iter().map(|event| event.id).collect()
}

pub(super) async fn what_happened_is_stored_with_what_it_tells_of(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let admin = user(ONE, 7, "li", v1::Role::Admin);
    apply(&store, &[Change::CreateUser(admin.clone())]).await;
    let queued = event(Kind::Queued, 300, 70);
    let told = event(Kind::Status, 301, 71);
    let moved = Advance {
        events: [queued.clone()].into(),
        ..next(&head, "a", Some("你好"))
    };
    let state = StateChange {
        user: User {
            version: admin.version + 1,
            ..admin
        },
        event: told.clone(),
    };
    let batch = [Change::Advance(moved), Change::SetState(Box::new(state))];
    assert_eq!(
        apply(&store, &batch).await,
        [Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(store.events(ONE, 0, 9).await, Ok(vec![queued, told]));
    let stored = store.user(ONE, AgentId(7)).await.expect("readable");
    assert_eq!(stored.map(|user| user.version), Some(2));
    assert!(store.ceiling().await.expect("readable") >= 301);
}

pub(super) async fn of_what_did_not_apply_nothing_is_told(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let admin = user(ONE, 7, "li", v1::Role::Admin);
    apply(&store, &[Change::CreateUser(admin.clone())]).await;
    let stale = Advance {
        expected_version: head.version + 5,
        events: [event(Kind::Queued, 300, 70)].into(),
        ..next(&head, "a", Some("你好"))
    };
    let state = StateChange {
        user: User {
            version: admin.version + 5,
            ..admin
        },
        event: event(Kind::Status, 301, 71),
    };
    let refused = [Change::Advance(stale), Change::SetState(Box::new(state))];
    assert_eq!(
        apply(&store, &refused).await,
        [Outcome::VersionConflict, Outcome::VersionConflict]
    );
    // A retry of what is stored tells nothing again, whatever it would tell.
    let first = Advance {
        events: [event(Kind::Queued, 302, 70)].into(),
        ..next(&head, "b", Some("在吗"))
    };
    let again = Advance {
        events: [event(Kind::Queued, 303, 70)].into(),
        ..first.clone()
    };
    let outcomes = apply(&store, &[first, again].map(Change::Advance)).await;
    assert!(matches!(
        outcomes[..],
        [Outcome::Applied, Outcome::Duplicate(_)]
    ));
    assert_eq!(ids(&store, 0, 9).await, [302]);
    // Nor does the same change whose answer was lost.
    let twice = [happened(400..403), happened(400..403)];
    apply(&store, &twice).await;
    assert_eq!(ids(&store, 302, 9).await, [400, 401, 402]);
}

pub(super) async fn a_page_ascends_and_the_old_go_in_steps(store: SharedStore) {
    tenants(&store).await;
    apply(&store, &[happened(10..20)]).await;
    assert_eq!(ids(&store, 0, 4).await, [10, 11, 12, 13]);
    assert_eq!(ids(&store, 13, 4).await, [14, 15, 16, 17]);
    assert_eq!(ids(&store, 17, 4).await, [18, 19]);
    let forget = || Change::ForgetEvents {
        tenant: ONE,
        below: 15,
        events_max: 3,
    };
    assert_eq!(apply(&store, &[forget()]).await, [Outcome::Applied]);
    assert_eq!(ids(&store, 0, 2).await, [13, 14]);
    assert_eq!(
        apply(&store, &[forget(), forget()]).await,
        [Outcome::Applied, Outcome::Missing]
    );
    assert_eq!(ids(&store, 0, 9).await, [15, 16, 17, 18, 19]);
}

pub(super) async fn no_event_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    apply(&store, &[happened(10..12)]).await;
    assert_eq!(store.events(TWO, 0, 9).await, Ok(Vec::new()));
    let foreign = Change::ForgetEvents {
        tenant: TWO,
        below: 99,
        events_max: 99,
    };
    assert_eq!(apply(&store, &[foreign]).await, [Outcome::Missing]);
    assert_eq!(ids(&store, 0, 9).await, [10, 11]);
}
