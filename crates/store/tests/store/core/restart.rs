use std::time::Duration;

use kefu_proto::v1::{self, act_request::Action};

use super::world::{Visitor, World, eventually, fallback, get, history, is_applied, send};

async fn queued(world: &World) -> Visitor {
    let visitor = world.visitor().await;
    visitor
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    visitor
}

#[tokio::test]
async fn everything_is_there_after_a_restart_although_the_clock_went_back() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let served = queued(&world).await;
    served.reaches(v1::Phase::Serving).await;
    let (second, third) = (queued(&world).await, queued(&world).await);
    let asked = world.visitor().await;
    {
        let mut bot = world.bot(1);
        asked.says("first", "你好").await.expect("accepted");
        let turn = bot.next().await.expect("a turn");
        assert!(is_applied(&world.core, fallback(&turn, "您好")).await);
    }
    let before = asked.says("a", "我的订单呢").await.expect("accepted");
    let agent_id = agent.id;
    let kept = served.history().await;

    let world = world.restart().await;
    let core = &world.core;
    let seen = async |visitor: &Visitor| {
        get(core, &visitor.token, visitor.id)
            .await
            .expect("readable")
    };
    assert_eq!(
        (seen(&served).await.phase(), seen(&served).await.agent_id),
        (v1::Phase::Serving, agent_id)
    );
    assert_eq!(
        (
            seen(&second).await.queue_position,
            seen(&third).await.queue_position
        ),
        (1, 2)
    );
    assert_eq!(
        history(core, &served.token, served.id)
            .await
            .expect("readable"),
        kept
    );

    let mut bot = world.bot(4);
    // Only what was not answered before.
    let turn = bot
        .next()
        .await
        .expect("the turn that was open is handed out again");
    assert_eq!((turn.conversation_id, turn.messages.len()), (asked.id, 1));
    assert!(is_applied(core, fallback(&turn, "在路上")).await);

    let retry = send(core, &asked.token, asked.id, "a", "我的订单呢")
        .await
        .expect("accepted");
    assert_eq!(
        (retry.id, retry.seq, retry.duplicate),
        (before.id, before.seq, true)
    );
    let next = send(core, &asked.token, asked.id, "b", "谢谢")
        .await
        .expect("accepted");
    assert_eq!(next.seq, 5);
    assert!(next.id > before.id, "ids grow although the clock went back");

    let request = v1::SendRequest {
        session: admin,
        message: Some(v1::SendMessage {
            conversation_id: served.id,
            ..Default::default()
        }),
        language: String::new(),
    };
    assert_eq!(
        core.send(request).await.expect_err("no client id").code(),
        "invalid",
        "sessions stay"
    );
}

#[tokio::test]
async fn an_owner_who_does_not_come_back_after_a_restart_loses_the_conversation() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let visitor = queued(&world).await;
    visitor.reaches(v1::Phase::Serving).await;
    drop(agent);
    let world = world.restart().await;
    world.pass(Duration::from_secs(181));
    eventually(async || {
        let seen = get(&world.core, &visitor.token, visitor.id)
            .await
            .expect("readable");
        (seen.phase() == v1::Phase::Queued && seen.queue_position == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_no_bot_takes_after_a_restart_ends_with_a_human() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    visitor.says("a", "你好").await.expect("accepted");
    let world = world.restart().await;
    world.pass(Duration::from_secs(21));
    eventually(async || {
        let seen = get(&world.core, &visitor.token, visitor.id)
            .await
            .expect("readable");
        (seen.phase() == v1::Phase::Queued).then_some(())
    })
    .await;
}
