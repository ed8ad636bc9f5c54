//! Alerts of sensitive words.

use kefu_proto::v1::{self, Sender};
use kefu_types::{AgentId, TenantId};

use super::fixture::{ONE, TWO, apply, conversation, next, tenants};
use crate::{
    Head,
    store::{Advance, AlertAsk, Change, Outcome, SeenAlerts, SharedStore},
};

fn alert(head: &Head, id: u64) -> v1::WordAlert {
    let hit = v1::WordHit {
        rule: "曝 光".to_owned(),
        spans: vec![v1::WordSpan { start: 2, end: 4 }],
    };
    v1::WordAlert {
        id,
        conversation_id: head.id.0,
        visitor_name: "游客 'v'".to_owned(),
        list: Sender::Agent.into(),
        agent_id: 7,
        agent_name: "小王".to_owned(),
        seq: head.last_seq + 1,
        created_at_ms: 70,
        hits: vec![hit],
        ..Default::default()
    }
}

/// What a client says next, in which words were found.
fn says(head: &Head, key: &str, id: u64) -> Advance {
    Advance {
        alert: Some(alert(head, id)),
        ..next(head, key, Some("我要曝光"))
    }
}

fn sees(tenant: TenantId, agent: u64, ids: &[u64], at_ms: i64) -> Change {
    Change::SeeAlerts(Box::new(SeenAlerts {
        tenant,
        agent: AgentId(agent),
        ids: ids.to_vec(),
        at_ms,
    }))
}

async fn page(store: &SharedStore, tenant: TenantId, seen: Option<bool>) -> Vec<v1::WordAlert> {
    let ask = AlertAsk {
        tenant,
        seen,
        before: u64::MAX,
        limit: 9,
    };
    store.word_alerts(ask).await.expect("readable")
}

fn ids(alerts: &[v1::WordAlert]) -> Vec<u64> {
    alerts.iter().map(|alert| alert.id).collect()
}

/// Three alerts, 301 to 303, one after the other.
async fn three(store: &SharedStore) -> Head {
    tenants(store).await;
    let mut head = conversation(store, ONE, 10).await;
    for (key, id) in [("a", 301), ("b", 302), ("c", 303)] {
        let said = says(&head, key, id);
        head = (*said.head).clone();
        let outcomes = apply(store, &[Change::Advance(said)]).await;
        assert_eq!(outcomes, [Outcome::Applied]);
    }
    head
}

pub(super) async fn an_alert_comes_back_with_everybody_who_has_seen_it(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let said = Change::Advance(says(&head, "a", 300));
    assert_eq!(apply(&store, &[said]).await, [Outcome::Applied]);
    let found = alert(&head, 300);
    assert_eq!(page(&store, ONE, None).await, std::slice::from_ref(&found));
    assert!(store.ceiling().await.expect("readable") >= 300);
    // The same again changes nothing of when they first did.
    let seen = [
        sees(ONE, 8, &[300, 999], 90),
        sees(ONE, 8, &[300], 95),
        sees(ONE, 7, &[300], 92),
    ];
    let applied = [Outcome::Applied, Outcome::Applied, Outcome::Applied];
    assert_eq!(apply(&store, &seen).await, applied);
    let by = |agent_id, seen_at_ms| v1::WordSeen {
        agent_id,
        seen_at_ms,
        ..Default::default()
    };
    let seen = v1::WordAlert {
        seen: vec![by(8, 90), by(7, 92)],
        ..found
    };
    assert_eq!(page(&store, ONE, None).await, [seen]);
}

pub(super) async fn of_what_is_not_stored_there_is_no_alert(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let stale = Advance {
        expected_version: head.version + 5,
        ..says(&head, "a", 300)
    };
    let first = says(&head, "b", 301);
    let again = Advance {
        alert: Some(alert(&head, 302)),
        ..first.clone()
    };
    let outcomes = apply(&store, &[stale, first, again].map(Change::Advance)).await;
    assert!(matches!(
        outcomes[..],
        [
            Outcome::VersionConflict,
            Outcome::Applied,
            Outcome::Duplicate(_)
        ]
    ));
    assert_eq!(ids(&page(&store, ONE, None).await), [301]);
}

pub(super) async fn pages_begin_with_the_newest_and_go_by_whether_anybody_has_seen_them(
    store: SharedStore,
) {
    three(&store).await;
    apply(&store, &[sees(ONE, 8, &[302], 90)]).await;
    apply(&store, &[sees(ONE, 7, &[302], 91)]).await;
    assert_eq!(ids(&page(&store, ONE, None).await), [303, 302, 301]);
    assert_eq!(ids(&page(&store, ONE, Some(false)).await), [303, 301]);
    assert_eq!(ids(&page(&store, ONE, Some(true)).await), [302]);
    // As many alerts as were asked for, however many have seen them.
    let first = AlertAsk {
        tenant: ONE,
        seen: None,
        before: u64::MAX,
        limit: 2,
    };
    let second = AlertAsk {
        before: 302,
        ..first
    };
    for (ask, expected) in [(first, vec![303, 302]), (second, vec![301])] {
        let found = store.word_alerts(ask).await.expect("readable");
        assert_eq!(ids(&found), expected);
    }
}

pub(super) async fn no_alert_crosses_a_tenant(store: SharedStore) {
    three(&store).await;
    assert_eq!(page(&store, TWO, None).await, []);
    apply(&store, &[sees(TWO, 8, &[301, 302], 90)]).await;
    assert_eq!(ids(&page(&store, ONE, Some(false)).await), [303, 302, 301]);
    assert_eq!(page(&store, TWO, Some(true)).await, []);
}
