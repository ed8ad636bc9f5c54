//! Agents who are asked first, and what they are while they take nothing.

use std::time::Duration;

use kefu_chat::ChatSettings;
use kefu_proto::v1::{self, act_request::Action};

use super::{
    groups::{list, update},
    world::{Agent, World, eventually, settings},
};

/// The agent as colleagues see them.
async fn look(agent: &Agent, world: &World) -> v1::Agent {
    let request = v1::ListAgentsRequest {
        session: agent.token.clone(),
    };
    let listed = world.core.list_agents(request).await.expect("colleagues");
    let mut users = listed.users.into_iter();
    users.find(|one| one.id == agent.id).expect("listed")
}

/// Waits until this agent is asked about this conversation.
async fn asked(agent: &Agent, world: &World, id: u64) -> v1::Agent {
    eventually(async || {
        Some(look(agent, world).await).filter(|one| one.offered_conversation_id == id)
    })
    .await
}

#[tokio::test]
async fn who_is_asked_first_accepts_declines_or_misses_it() {
    let world = World::new().await;
    let admin = world.admin().await;
    let default = v1::Group {
        manual_accept: true,
        ..list(&world, &admin).await.groups[0].clone()
    };
    update(&world, &admin, default).await.expect("an admin may");
    let (li, wu) = (
        world.agent(&admin, "li", 5).await,
        world.agent(&admin, "wu", 5).await,
    );
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    let offered = asked(&li, &world, visitor.id).await;
    assert_eq!((offered.offered_ms, offered.load), (20_000, 0));
    assert_eq!(visitor.sees().await.phase(), v1::Phase::Queued);
    let early = wu.does(visitor.id, Action::Accept).await;
    assert_eq!(early.expect_err("li is asked").code(), "conflict");
    li.does(visitor.id, Action::Decline)
        .await
        .expect("they may");
    asked(&wu, &world, visitor.id).await;
    assert_eq!(look(&li, &world).await.offered_conversation_id, 0);
    let served = wu
        .does(visitor.id, Action::Accept)
        .await
        .expect("they are asked");
    assert_eq!(
        (served.phase(), served.agent_id),
        (v1::Phase::Serving, wu.id)
    );
    let again = wu.does(visitor.id, Action::Accept).await;
    assert!(again.is_ok(), "what has happened is no error");
    assert_eq!(look(&wu, &world).await.offered_conversation_id, 0);
}

#[tokio::test]
async fn who_misses_too_many_in_a_row_is_away_and_says_why() {
    let world = World::with(ChatSettings {
        limits: kefu_chat::Limits {
            offers_missed_max: 1,
            ..settings().limits
        },
        ..settings()
    })
    .await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    let request = v1::UpdateUserRequest {
        session: admin.clone(),
        user_id: agent.id,
        manual_accept: Some(true),
        ..Default::default()
    };
    world.core.update_user(request).await.expect("an admin may");
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    asked(&agent, &world, visitor.id).await;
    world.pass(Duration::from_secs(20));
    let away = eventually(async || {
        Some(look(&agent, &world).await).filter(|one| one.status() == v1::AgentStatus::Away)
    });
    assert_eq!(away.await.away_reason, "missed_offers");
    let waiting = visitor.sees().await;
    assert_eq!(
        (waiting.phase(), waiting.queue_position),
        (v1::Phase::Queued, 1)
    );
    // Back, and after a while asked again.
    agent.is(v1::AgentStatus::Free).await;
    world.pass(Duration::from_secs(60));
    asked(&agent, &world, visitor.id).await;
}

#[tokio::test]
async fn reasons_for_being_away_are_those_of_the_tenant() {
    let world = World::with(ChatSettings {
        away_reasons: vec!["用餐".to_owned()],
        ..settings()
    })
    .await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    assert_eq!(list(&world, &agent.token).await.away_reasons, ["用餐"]);
    let set = async |status: v1::AgentStatus, reason: &str| {
        let request = v1::SetStatusRequest {
            session: agent.token.clone(),
            status: status.into(),
            reason: reason.to_owned(),
        };
        world.core.set_status(request).await
    };
    let away = set(v1::AgentStatus::Away, "用餐").await.expect("it is one");
    assert_eq!(
        (away.status(), away.away_reason.as_str()),
        (v1::AgentStatus::Away, "用餐")
    );
    let other = set(v1::AgentStatus::Away, "钓鱼").await;
    assert_eq!(other.expect_err("it is none").code(), "invalid");
    let busy = set(v1::AgentStatus::Busy, "用餐").await;
    assert_eq!(busy.expect_err("nobody is away").code(), "invalid");
    let back = set(v1::AgentStatus::WrapUp, "").await.expect("a status");
    assert_eq!(back.away_reason, "");
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("they may");
    world.pass(Duration::from_secs(1));
    assert_eq!(
        visitor.sees().await.phase(),
        v1::Phase::Queued,
        "they tidy up"
    );
}
