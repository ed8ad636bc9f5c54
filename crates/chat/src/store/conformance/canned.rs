//! Canned replies.

use kefu_proto::v1;
use kefu_types::{AgentId, TenantId};

use super::fixture::{ONE, TWO, apply, tenants};
use crate::store::{Change, Outcome, SavedReply, SharedStore};

fn reply(id: u64, owner_id: u64, shortcut: &str, version: u64) -> v1::CannedReply {
    v1::CannedReply {
        id,
        owner_id,
        shortcut: shortcut.to_owned(),
        title: format!("标题 'x' {version}"),
        text_zh: "您好 {visitor.name}".to_owned(),
        text_en: "Hello".to_owned(),
        version,
        updated_at_ms: 7,
    }
}

fn save(tenant: TenantId, reply: &v1::CannedReply) -> Change {
    Change::SaveCanned(Box::new(SavedReply {
        tenant,
        reply: reply.clone(),
        replies_max: 2,
    }))
}

fn delete(tenant: TenantId, owner: u64, id: u64) -> Change {
    Change::DeleteCanned {
        tenant,
        owner: AgentId(owner),
        id,
    }
}

async fn listed(store: &SharedStore, tenant: TenantId, agent: u64) -> Vec<v1::CannedReply> {
    let replies = store.canned(tenant, AgentId(agent)).await;
    replies.expect("readable")
}

pub(super) async fn a_canned_reply_is_kept_whole_under_a_shortcut_of_its_owner(store: SharedStore) {
    tenants(&store).await;
    let (shared, own) = (reply(901, 0, "b", 1), reply(902, 7, "b", 1));
    let (first, colleague) = (reply(903, 7, "a", 1), reply(904, 8, "a", 1));
    let batch = [&shared, &own, &first, &colleague].map(|one| save(ONE, one));
    assert_eq!(apply(&store, &batch).await, [const { Outcome::Applied }; 4]);
    let all = listed(&store, ONE, 7).await;
    assert_eq!(
        all,
        [first.clone(), shared.clone(), own.clone()],
        "by shortcut"
    );
    assert_eq!(listed(&store, ONE, 9).await, std::slice::from_ref(&shared));
    assert_eq!(listed(&store, TWO, 7).await, []);
    assert!(store.ceiling().await.expect("readable") >= 904);
    // Taken is what the same owner has; full is full, a change needs no room.
    let outcomes = apply(
        &store,
        &[
            save(ONE, &reply(905, 0, "b", 1)),
            save(ONE, &reply(906, 7, "c", 1)),
            save(ONE, &reply(903, 7, "b", 2)),
            save(ONE, &reply(903, 7, "c", 2)),
        ],
    )
    .await;
    let expected = [
        Outcome::Taken,
        Outcome::QuotaFull,
        Outcome::Taken,
        Outcome::Applied,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(listed(&store, ONE, 7).await[2], reply(903, 7, "c", 2));
}

pub(super) async fn a_canned_reply_changes_from_the_version_that_was_seen(store: SharedStore) {
    tenants(&store).await;
    apply(&store, &[save(ONE, &reply(901, 7, "a", 1))]).await;
    let outcomes = apply(
        &store,
        &[
            save(ONE, &reply(901, 7, "a", 3)),
            save(ONE, &reply(901, 7, "a", 2)),
            save(ONE, &reply(901, 7, "a", 2)),
            save(ONE, &reply(901, 8, "a", 3)),
            save(TWO, &reply(901, 7, "a", 3)),
            save(ONE, &reply(999, 7, "z", 2)),
            delete(ONE, 8, 901),
            delete(TWO, 7, 901),
        ],
    )
    .await;
    use Outcome::{Applied, Missing, VersionConflict};
    let expected = [
        VersionConflict,
        Applied,
        VersionConflict,
        Missing,
        Missing,
        Missing,
        Missing,
        Missing,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(listed(&store, ONE, 7).await, [reply(901, 7, "a", 2)]);
    let gone = apply(&store, &[delete(ONE, 7, 901), delete(ONE, 7, 901)]).await;
    assert_eq!(gone, [Applied, Missing]);
    assert_eq!(listed(&store, ONE, 7).await, []);
    // The shortcut is free again.
    let again = apply(&store, &[save(ONE, &reply(902, 7, "a", 1))]).await;
    assert_eq!(again, [Applied]);
}
