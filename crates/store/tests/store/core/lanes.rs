//! Who matters more goes first; nobody waits for ever; nobody who may not says who matters.

use kefu_proto::v1::{self, Priority, act_request::Action};

use super::world::{World, act, eventually};

async fn prioritize(
    world: &World,
    token: &str,
    id: u64,
    priority: Priority,
) -> Result<v1::Conversation, kefu_chat::CoreError> {
    let request = v1::ActRequest {
        session: token.to_owned(),
        conversation_id: id,
        action: Action::Prioritize.into(),
        priority: priority.into(),
        ..Default::default()
    };
    world.core.act(request).await
}

#[tokio::test]
async fn one_who_goes_first_keeps_it_over_a_restart_and_is_served_before_who_came_earlier() {
    let mut world = World::new().await;
    let admin = world.admin().await;
    let mut visitors = Vec::new();
    for _ in 0..3 {
        let visitor = world.visitor().await;
        visitor.does(Action::RequestHuman).await.expect("they may");
        visitors.push((visitor.token.clone(), visitor.id));
    }
    let last = visitors[2].1;
    let seen = prioritize(&world, &admin, last, Priority::Vip).await;
    let seen = seen.expect("an admin may");
    assert_eq!(
        (seen.priority(), seen.phase()),
        (Priority::Vip, v1::Phase::Queued)
    );
    world = world.restart().await;
    let agent = world.agent(&admin, "li", 1).await;
    let served = eventually(async || {
        let seen = super::world::get(&world.core, &admin, last).await;
        seen.ok().filter(|seen| seen.phase() == v1::Phase::Serving)
    });
    assert_eq!(served.await.agent_id, agent.id);
    let own = super::world::get(&world.core, &visitors[2].0, last).await;
    let own = own.expect("it is theirs");
    assert_eq!(
        own.priority(),
        Priority::Unspecified,
        "visitors are not told"
    );
}

#[tokio::test]
async fn back_in_the_normal_lane_the_first_place_is_kept_by_the_ticket() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (one, two) = (world.visitor().await, world.visitor().await);
    for visitor in [&one, &two] {
        visitor.does(Action::RequestHuman).await.expect("they may");
    }
    let place = async |visitor: &super::world::Visitor| visitor.sees().await.queue_position;
    for (priority, places) in [(Priority::Vip, (2, 1)), (Priority::Normal, (1, 2))] {
        prioritize(&world, &admin, two.id, priority)
            .await
            .expect("an admin may");
        eventually(async || {
            let now = (place(&one).await, place(&two).await);
            (now == places).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn only_its_agent_and_supervisors_say_who_goes_first() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let own = prioritize(&world, &visitor.token, visitor.id, Priority::Vip).await;
    assert_eq!(own.expect_err("a visitor may not").code(), "forbidden");
    let agent = world.agent(&admin, "li", 1).await;
    let other = prioritize(&world, &agent.token, visitor.id, Priority::Vip).await;
    assert_eq!(other.expect_err("not theirs").code(), "forbidden");
    act(&world.core, &agent.token, visitor.id, Action::Claim, 0)
        .await
        .expect("nobody has it");
    let seen = prioritize(&world, &agent.token, visitor.id, Priority::Vip).await;
    assert_eq!(seen.expect("the owner may").priority(), Priority::Vip);
    let nothing = prioritize(&world, &agent.token, visitor.id, Priority::Unspecified).await;
    assert_eq!(nothing.expect_err("no priority").code(), "invalid");
}
