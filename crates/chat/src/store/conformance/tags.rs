//! Tags of conversations.

use kefu_types::TenantId;

use super::fixture::{ONE, TWO, apply, conversation, tenants};
use crate::{
    Head,
    store::{Change, Outcome, SharedStore, TagChange},
};

fn change(head: &Head, add: &[&str], remove: &[&str]) -> Change {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    Change::ChangeTags(Box::new(TagChange {
        tenant: head.tenant,
        conversation: head.id,
        add: owned(add),
        remove: owned(remove),
        tags_max: 3,
    }))
}

fn tagged(tags: &[&str]) -> Outcome {
    Outcome::Tagged(tags.iter().map(|tag| (*tag).to_owned()).collect())
}

async fn names(store: &SharedStore, tenant: TenantId, prefix: &str, limit: u32) -> Vec<String> {
    let names = store.tag_names(tenant, prefix, limit).await;
    names.expect("readable")
}

pub(super) async fn tags_come_and_go_within_their_bound(store: SharedStore) {
    tenants(&store).await;
    let head = conversation(&store, ONE, 100).await;
    let batch = [
        change(&head, &["b", "投诉"], &["x"]),
        change(&head, &["a", "b"], &[]),
        change(&head, &["c"], &[]),
        change(&head, &["c"], &["b"]),
        change(&head, &["d"], &["d"]),
    ];
    let expected = [
        tagged(&["b", "投诉"]),
        tagged(&["a", "b", "投诉"]),
        Outcome::QuotaFull,
        tagged(&["a", "c", "投诉"]),
        tagged(&["a", "c", "投诉"]),
    ];
    assert_eq!(apply(&store, &batch).await, expected);
    let tags = store.tags(ONE, head.id).await.expect("readable");
    assert_eq!(tags, ["a", "c", "投诉"]);
    apply(&store, &[change(&head, &[], &["a", "c", "投诉"])]).await;
    assert_eq!(store.tags(ONE, head.id).await, Ok(Vec::new()));
}

pub(super) async fn the_most_used_tags_are_proposed_and_none_of_another_tenant(store: SharedStore) {
    tenants(&store).await;
    let (one, two) = (
        conversation(&store, ONE, 100).await,
        conversation(&store, ONE, 200).await,
    );
    let foreign = conversation(&store, TWO, 300).await;
    let forged = Head {
        tenant: TWO,
        ..one.clone()
    };
    let batch = [
        change(&one, &["退款", "退货", "a%b"], &[]),
        change(&two, &["退货", "a_b", "b"], &[]),
        change(&foreign, &["退单"], &[]),
        change(&forged, &["x"], &[]),
    ];
    let outcomes = apply(&store, &batch).await;
    assert_eq!(outcomes[3], Outcome::Missing);
    assert_eq!(names(&store, ONE, "退", 9).await, ["退货", "退款"]);
    assert_eq!(
        names(&store, ONE, "", 2).await,
        ["退货", "a%b"],
        "then by name"
    );
    assert_eq!(
        names(&store, ONE, "a%", 9).await,
        ["a%b"],
        "nothing is a pattern"
    );
    assert_eq!(names(&store, ONE, "a_", 9).await, ["a_b"]);
    assert_eq!(names(&store, TWO, "退", 9).await, ["退单"]);
    assert_eq!(store.tags(TWO, one.id).await, Ok(Vec::new()));
}
