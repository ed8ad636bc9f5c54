use std::{sync::Arc, time::Duration};

use kefu_proto::v1::{self, act_request::Action, notice};

use super::world::{Visitor, World, act, eventually};

async fn queued(world: &World) -> Visitor {
    let visitor = world.visitor().await;
    visitor
        .does(Action::RequestHuman)
        .await
        .expect("a visitor may");
    visitor
}

#[tokio::test]
async fn the_queue_is_served_in_order_and_everybody_knows_their_place() {
    let world = World::new().await;
    let admin = world.admin().await;
    let (first, second, third) = (
        queued(&world).await,
        queued(&world).await,
        queued(&world).await,
    );
    eventually(async || Some(third.sees().await).filter(|seen| seen.queue_position == 3)).await;
    let agent = world.agent(&admin, "li", 2).await;
    first.reaches(v1::Phase::Serving).await;
    second.reaches(v1::Phase::Serving).await;
    let waiting =
        eventually(async || Some(third.sees().await).filter(|seen| seen.queue_position == 1)).await;
    assert_eq!(
        waiting.phase(),
        v1::Phase::Queued,
        "an agent with two conversations is full"
    );
    assert_eq!(agent.load().await, 2);
    agent
        .does(first.id, Action::End)
        .await
        .expect("the owner may");
    assert_eq!(
        third.sees().await.phase(),
        v1::Phase::Queued,
        "wrap-up still takes room"
    );
    agent
        .does(first.id, Action::Finish)
        .await
        .expect("the owner may");
    let served = third.reaches(v1::Phase::Serving).await;
    assert_eq!(
        (served.agent_id, served.agent_name.as_str()),
        (agent.id, "li")
    );
}

#[tokio::test]
async fn of_many_agents_who_claim_one_conversation_exactly_one_owns_it() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = queued(&world).await;
    let mut agents = Vec::new();
    for n in 0..8 {
        let login = format!("agent{n}");
        world.user(&admin, &login, v1::Role::Agent, 3).await;
        agents.push(
            world
                .login(&login, super::world::PASSWORD)
                .await
                .expect("right"),
        );
    }
    let claims = agents.into_iter().map(|token| {
        let (core, id) = (world.core.clone(), visitor.id);
        tokio::spawn(async move { act(&core, &token, id, Action::Claim, 0).await })
    });
    let (mut won, mut lost) = (0, 0);
    for claim in claims.collect::<Vec<_>>() {
        match claim.await.expect("no panic") {
            Ok(_) => won += 1,
            Err(error) => {
                assert_eq!(error.code(), "conflict");
                lost += 1;
            }
        }
    }
    assert_eq!((won, lost), (1, 7));
    let assigned = visitor
        .history()
        .await
        .into_iter()
        .filter(|m| notice_of(m) == Some(notice::Kind::Assigned));
    assert_eq!(assigned.count(), 1);
}

fn notice_of(message: &v1::Message) -> Option<notice::Kind> {
    match message.body.as_ref()?.kind.as_ref()? {
        v1::body::Kind::Notice(notice) => Some(notice.kind()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn capacity_is_never_exceeded_while_visitors_and_agents_come_and_go() {
    let world = Arc::new(World::new().await);
    let admin = world.admin().await;
    let mut agents = Vec::new();
    for (n, capacity) in [(0, 1), (1, 2), (2, 3)] {
        agents.push(Arc::new(
            world.agent(&admin, &format!("agent{n}"), capacity).await,
        ));
    }
    let local = tokio::task::LocalSet::new();
    let visitors: Vec<_> = (0..24)
        .map(|n| {
            let (world, agents) = (world.clone(), agents.clone());
            local.spawn_local(async move {
                let visitor = queued(&world).await;
                let agent = agents[n % 3].clone();
                // May be refused: somebody else owns it, or there is no room.
                let _ = agent.does(visitor.id, Action::Claim).await;
                let seen = visitor.reaches(v1::Phase::Serving).await;
                let owner = agents
                    .iter()
                    .find(|agent| agent.id == seen.agent_id)
                    .expect("one of ours");
                if n % 2 == 0 {
                    let _ = owner.gives_to(visitor.id, agents[(n + 1) % 3].id).await;
                }
                let seen = visitor.sees().await;
                if let Some(owner) = agents.iter().find(|agent| agent.id == seen.agent_id) {
                    owner
                        .does(visitor.id, Action::ReturnToBot)
                        .await
                        .expect("the owner may");
                }
            })
        })
        .collect();
    let watch = tokio::spawn({
        let agents = agents.clone();
        async move {
            loop {
                for (agent, capacity) in agents.iter().zip([1, 2, 3]) {
                    assert!(agent.load().await <= capacity);
                }
                tokio::task::yield_now().await;
            }
        }
    });
    local.await;
    for visitor in visitors {
        visitor.await.expect("no panic");
    }
    assert!(!watch.is_finished(), "the watch saw nobody above capacity");
    watch.abort();
}

#[tokio::test]
async fn an_agent_who_is_gone_longer_than_the_grace_loses_the_conversation_to_the_front() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let served = queued(&world).await;
    served.reaches(v1::Phase::Serving).await;
    let gone = world.agent(&admin, "wang", 1).await;
    let left = queued(&world).await;
    left.reaches(v1::Phase::Serving).await;
    let waiting = queued(&world).await;
    let (id, token) = (agent.id, agent.token.clone());
    drop(agent);
    drop(gone);
    world.pass(Duration::from_secs(30));
    let back = world.at_work("li", id).await;
    let version = served.sees().await.version;
    world.pass(Duration::from_secs(179));
    // The colleague who left just after and never came back shows that the time had its effect.
    left.reaches(v1::Phase::Queued).await;
    left.does(Action::LeaveQueue).await.expect("a visitor may");
    let seen = served.sees().await;
    assert_eq!(
        (seen.agent_id, seen.version),
        (id, version),
        "a short absence costs nothing, whatever older absences began"
    );
    drop(back);
    world.pass(Duration::from_secs(181));
    served.reaches(v1::Phase::Queued).await;
    eventually(async || Some(waiting.sees().await).filter(|seen| seen.queue_position == 2)).await;
    let lost = served.sees().await;
    assert_eq!((lost.queue_position, lost.agent_id), (1, 0));
    let refused = super::world::send(&world.core, &token, served.id, "x", "还在吗").await;
    assert_eq!(
        refused.expect_err("not the owner any more").code(),
        "forbidden"
    );
}

#[tokio::test]
async fn a_conversation_is_transferred_with_its_history_and_respects_capacity() {
    let world = World::new().await;
    let admin = world.admin().await;
    let from = world.agent(&admin, "from", 1).await;
    let visitor = queued(&world).await;
    visitor.reaches(v1::Phase::Serving).await;
    let full = world.agent(&admin, "full", 0).await;
    let to = world.agent(&admin, "to", 1).await;
    assert_eq!(
        from.gives_to(visitor.id, full.id)
            .await
            .expect_err("no room")
            .code(),
        "conflict"
    );
    assert_eq!(
        to.gives_to(visitor.id, to.id)
            .await
            .expect_err("not the owner")
            .code(),
        "conflict"
    );
    let given = from
        .gives_to(visitor.id, to.id)
        .await
        .expect("the owner may");
    assert_eq!((given.phase(), given.agent_id), (v1::Phase::Serving, to.id));
    assert_eq!(
        from.says(visitor.id, "a", "我")
            .await
            .expect_err("given away")
            .code(),
        "conflict"
    );
    to.says(visitor.id, "a", "您好")
        .await
        .expect("the new owner may");
    eventually(async || (from.load().await == 0 && to.load().await == 1).then_some(())).await;
    // Nobody else has room, so it comes back to who gave it away … once they are free.
    from.is(v1::AgentStatus::Away).await;
    // The answer is read after the commit: on a store that is far away, somebody has it again by then.
    to.does(visitor.id, Action::Transfer)
        .await
        .expect("to the queue");
    visitor.reaches(v1::Phase::Serving).await;
}

#[tokio::test]
async fn back_with_the_bot_only_what_is_new_is_its_business() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let mut bot = world.bot(4);
    let visitor = queued(&world).await;
    visitor.reaches(v1::Phase::Serving).await;
    visitor.says("a", "给人看的").await.expect("accepted");
    agent
        .does(visitor.id, Action::ReturnToBot)
        .await
        .expect("the owner may");
    visitor.says("b", "给机器人看的").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    assert_eq!(
        turn.messages
            .iter()
            .map(|m| m.client_id.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );
}

#[tokio::test]
async fn wrap_up_ends_by_itself_and_a_new_message_reopens() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 1).await;
    let visitor = queued(&world).await;
    visitor.reaches(v1::Phase::Serving).await;
    let stored = agent
        .says(visitor.id, "bye", "再见")
        .await
        .expect("the owner may");
    agent
        .does(visitor.id, Action::End)
        .await
        .expect("the owner may");
    let late = agent
        .says(visitor.id, "late", "还有")
        .await
        .expect_err("the talk is over");
    assert_eq!(late.code(), "closed");
    let retry = agent
        .says(visitor.id, "bye", "再见")
        .await
        .expect("what was accepted stays accepted");
    assert_eq!((retry.id, retry.duplicate), (stored.id, true));
    eventually(async || {
        world.pass(Duration::from_secs(181));
        Some(visitor.sees().await).filter(|seen| seen.phase() == v1::Phase::Closed)
    })
    .await;
    eventually(async || (agent.load().await == 0).then_some(())).await;
    visitor
        .says("again", "还有一个问题")
        .await
        .expect("accepted");
    assert_eq!(visitor.sees().await.phase(), v1::Phase::Bot);
    assert!(
        visitor
            .history()
            .await
            .iter()
            .any(|m| notice_of(m) == Some(notice::Kind::Reopened))
    );
}

#[tokio::test]
async fn a_screen_that_is_out_of_date_does_nothing() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = queued(&world).await;
    let request = |expected_version| v1::ActRequest {
        session: admin.clone(),
        conversation_id: visitor.id,
        action: Action::Claim.into(),
        agent_id: 0,
        expected_version,
        priority: v1::Priority::Unspecified.into(),
        group_id: None,
    };
    let version = visitor.sees().await.version;
    let error = world
        .core
        .act(request(version + 1))
        .await
        .expect_err("another version");
    assert_eq!(error.code(), "conflict");
    world
        .core
        .act(request(version))
        .await
        .expect("this version");
    world
        .core
        .act(request(0))
        .await
        .expect("what is done already is no error");
}

#[tokio::test]
async fn a_visitor_leaves_the_queue_and_closes() {
    let world = World::new().await;
    let visitor = queued(&world).await;
    let left = visitor
        .does(Action::LeaveQueue)
        .await
        .expect("a visitor may");
    assert_eq!((left.phase(), left.queued_at_ms), (v1::Phase::Bot, 0));
    assert_eq!(
        visitor
            .does(Action::Close)
            .await
            .expect("a visitor may")
            .phase(),
        v1::Phase::Closed
    );
    let kinds: Vec<_> = visitor
        .history()
        .await
        .iter()
        .filter_map(notice_of)
        .collect();
    assert_eq!(
        kinds,
        [
            notice::Kind::Queued,
            notice::Kind::LeftQueue,
            notice::Kind::Closed
        ]
    );
    assert_eq!(
        visitor
            .does(Action::Claim)
            .await
            .expect_err("for agents")
            .code(),
        "forbidden"
    );
}
