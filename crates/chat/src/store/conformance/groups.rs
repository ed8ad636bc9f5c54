use kefu_proto::v1::{GroupStrategy, Role};
use kefu_types::{AgentId, GroupId, TenantId};

use super::fixture::{ONE, TWO, apply, tenants, user};
use crate::{
    Group, Member,
    store::{Change, Outcome, SharedStore},
};

fn group(tenant: TenantId, id: u64, key: &str, agents: &[u64]) -> Group {
    let members = agents.iter().map(|agent| Member {
        agent: AgentId(*agent),
        level: 3,
    });
    Group {
        id: GroupId(id),
        key: key.to_owned(),
        name: "售后 team".to_owned(),
        strategy: GroupStrategy::SkillLevel,
        overflow: Some(GroupId(0)),
        overflow_after_s: 30,
        capacity: 12,
        manual_accept: true,
        members: members.collect(),
        version: 1,
        created_at_ms: 5,
        calendar: "night".to_owned(),
        first_reply_s: Some(0),
        resolution_minutes: Some(240),
        ..Group::default_of(tenant)
    }
}

fn put(group: &Group) -> Change {
    Change::PutGroup(Box::new(group.clone()))
}

async fn people(store: &SharedStore) {
    tenants(store).await;
    let users = [
        user(ONE, 10, "li", Role::Agent),
        user(ONE, 11, "wu", Role::Agent),
        user(TWO, 12, "li", Role::Agent),
    ];
    apply(store, &users.map(Change::CreateUser)).await;
}

pub(super) async fn a_group_comes_back_with_its_members(store: SharedStore) {
    people(&store).await;
    let (first, empty) = (
        group(ONE, 20, "sales", &[10, 11]),
        group(ONE, 21, "vip", &[]),
    );
    // The default group has a row only once somebody changes it.
    let default = Group {
        version: 1,
        ..Group::default_of(ONE)
    };
    let outcomes = apply(&store, &[put(&first), put(&empty), put(&default)]).await;
    assert_eq!(
        outcomes,
        [Outcome::Applied, Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(
        store.groups(Some(ONE)).await,
        Ok(vec![default, first, empty])
    );
    assert!(store.ceiling().await.is_ok_and(|ceiling| ceiling >= 21));
}

pub(super) async fn a_group_changes_only_from_the_version_that_was_read(store: SharedStore) {
    people(&store).await;
    let first = group(ONE, 20, "sales", &[10, 11]);
    let second = Group {
        name: "other".to_owned(),
        overflow: None,
        disabled: true,
        calendar: String::new(),
        first_reply_s: Some(45),
        resolution_minutes: None,
        members: group(ONE, 20, "sales", &[11]).members,
        version: 2,
        ..first.clone()
    };
    let unknown = Group {
        id: GroupId(29),
        key: "no".to_owned(),
        ..second.clone()
    };
    let changes = [
        put(&first),
        put(&second),
        put(&second),
        put(&first),
        put(&unknown),
    ];
    let outcomes = apply(&store, &changes).await;
    let expected = [
        Outcome::Applied,
        Outcome::Applied,
        Outcome::VersionConflict,
        Outcome::Taken,
        Outcome::VersionConflict,
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(store.groups(None).await, Ok(vec![second]));
}

pub(super) async fn a_key_is_unique_in_its_tenant_and_no_group_crosses_one(store: SharedStore) {
    people(&store).await;
    let own = group(ONE, 20, "sales", &[10]);
    let other = group(TWO, 21, "sales", &[12]);
    let same = group(ONE, 22, "sales", &[]);
    let outcomes = apply(&store, &[put(&own), put(&same), put(&other)]).await;
    assert_eq!(
        outcomes,
        [Outcome::Applied, Outcome::Taken, Outcome::Applied]
    );
    // The id of one tenant's group is nothing in another.
    let stolen = Group {
        tenant: TWO,
        version: 2,
        members: Vec::new(),
        ..own.clone()
    };
    assert_eq!(
        apply(&store, &[put(&stolen)]).await,
        [Outcome::VersionConflict]
    );
    assert_eq!(store.groups(Some(ONE)).await, Ok(vec![own]));
    assert_eq!(store.groups(Some(TWO)).await, Ok(vec![other]));
}
