//! A group's bound, where the core's memory is behind the store.

use std::{sync::Arc, time::Duration};

use kefu_chat::{
    Head,
    store::{Advance, Change, Outcome},
};
use kefu_dialog::Phase;
use kefu_proto::v1::{self, act_request::Action};
use kefu_types::{AgentId, ConversationId, GroupId};

use super::{
    groups::{create, handed_to, named},
    world::{PASSWORD, World, act, eventually},
};

/// Another core's doing: it is stored, and nobody here is told.
async fn elsewhere(world: &World, id: u64, change: impl FnOnce(&mut Head)) {
    let tenant = world.core.ensure_tenant("default").await;
    let tenant = tenant.expect("it is there");
    let head = world.store.head(tenant, ConversationId(id)).await;
    let head = head.expect("readable").expect("stored");
    let mut next = head.clone();
    next.version += 1;
    next.stamp += 1;
    change(&mut next);
    let advance = Advance {
        expected_version: head.version,
        expected_stamp: head.stamp,
        head: Arc::new(next),
        whole: true,
        messages: [].into(),
        key: None,
        guard: None,
        room: None,
        reference: None,
        alert: None,
        left: None,
        events: [].into(),
    };
    let outcomes = world.store.apply(&[Change::Advance(advance)]).await;
    assert_eq!(outcomes, Ok(vec![Outcome::Applied]));
}

#[tokio::test]
async fn what_another_core_gave_takes_room_of_the_group_and_the_router_looks_again() {
    let world = World::new().await;
    let admin = world.admin().await;
    let id = world.user(&admin, "li", v1::Role::Agent, 5).await.id;
    let group = v1::Group {
        capacity: 1,
        ..named("returns", &[id])
    };
    let group = create(&world, &admin, group).await.expect("an admin may");
    let visitor = handed_to(&world, "returns").await;
    let other = world.visitor().await;
    elsewhere(&world, other.id, |head| {
        head.state.phase = Phase::Serving;
        head.agent = Some(AgentId(id));
        head.group = GroupId(group.id);
    })
    .await;
    // By what the core remembers there is room.
    let token = world.login("li", PASSWORD).await.expect("right");
    let refused = act(&world.core, &token, visitor.id, Action::Claim, 0).await;
    let refused = refused.expect_err("by what is stored there is none");
    assert_eq!(refused.code(), "conflict");
    assert!(refused.to_string().contains("the group has"), "{refused}");
    let agent = world.at_work("li", id).await;
    for _ in 0..3 {
        world.pass(Duration::from_secs(1));
        assert_eq!(visitor.sees().await.phase(), v1::Phase::Queued);
    }
    elsewhere(&world, other.id, |head| {
        head.state.phase = Phase::Closed;
        head.agent = None;
    })
    .await;
    let served = eventually(async || {
        world.pass(Duration::from_secs(1));
        Some(visitor.sees().await).filter(|seen| seen.phase() == v1::Phase::Serving)
    });
    assert_eq!(served.await.agent_id, agent.id);
}
