//! How talks ended.

use kefu_proto::v1;

use super::{
    events::event,
    fixture::{ONE, TWO, apply, conversation, tenants},
};
use crate::{
    Head,
    store::{Change, Outcome, SharedStore},
};

fn rating(head: &Head, ended_seq: u64, score: u32) -> v1::Rating {
    v1::Rating {
        conversation_id: head.id.0,
        ended_seq,
        agent_id: 7,
        agent_name: "小王".to_owned(),
        score,
        reasons: vec!["fast".to_owned()],
        comment: "快 'n' 好\0".to_owned(),
        created_at_ms: 50,
    }
}

fn rate(head: &Head, ended_seq: u64, score: u32) -> Change {
    Change::Rate {
        tenant: head.tenant,
        rating: Box::new(rating(head, ended_seq, score)),
        event: Box::new(event(v1::history_event::Kind::Rated, 200 + ended_seq, 50)),
    }
}

fn summary(head: &Head, ended_seq: u64, category: &str) -> v1::Summary {
    v1::Summary {
        conversation_id: head.id.0,
        ended_seq,
        category: category.to_owned(),
        note: "退款三天内到账".to_owned(),
        agent_id: 7,
        agent_name: "小王".to_owned(),
        updated_at_ms: 60,
    }
}

fn sum_up(head: &Head, ended_seq: u64, category: &str) -> Change {
    Change::Summarize {
        tenant: head.tenant,
        summary: Box::new(summary(head, ended_seq, category)),
    }
}

pub(super) async fn a_talk_is_rated_once_and_its_newest_summary_stands(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    let first = rating(&head, 3, 5);
    assert_eq!(
        apply(&store, &[rate(&head, 3, 5)]).await,
        [Outcome::Applied]
    );
    let again = [rate(&head, 3, 1), rate(&head, 6, 2), rate(&head, 6, 4)];
    assert_eq!(
        apply(&store, &again).await,
        [
            Outcome::Rated(Box::new(first.clone())),
            Outcome::Applied,
            Outcome::Rated(Box::new(rating(&head, 6, 2))),
        ]
    );
    let summed = [
        sum_up(&head, 3, "order"),
        sum_up(&head, 3, "return"),
        sum_up(&head, 9, "order"),
    ];
    assert!(
        apply(&store, &summed)
            .await
            .iter()
            .all(|it| *it == Outcome::Applied)
    );
    let endings = store
        .endings(head.tenant, head.id, 9)
        .await
        .expect("readable");
    assert_eq!(
        endings,
        [
            v1::Ending {
                ended_seq: 9,
                rating: None,
                summary: Some(summary(&head, 9, "order")),
            },
            v1::Ending {
                ended_seq: 6,
                rating: Some(rating(&head, 6, 2)),
                summary: None,
            },
            v1::Ending {
                ended_seq: 3,
                rating: Some(first),
                summary: Some(summary(&head, 3, "return")),
            },
        ]
    );
    let newest = store
        .endings(head.tenant, head.id, 1)
        .await
        .expect("readable");
    assert_eq!(
        newest.iter().map(|it| it.ended_seq).collect::<Vec<_>>(),
        [9]
    );
}

pub(super) async fn no_ending_crosses_a_tenant(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 10).await;
    apply(&store, &[rate(&head, 3, 5), sum_up(&head, 3, "order")]).await;
    let foreign = store.endings(TWO, head.id, 9).await.expect("readable");
    assert_eq!(foreign, []);
}
