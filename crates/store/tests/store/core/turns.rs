use std::time::Duration;

use kefu_dialog::Understanding;
use kefu_proto::v1::{self, act_request::Action, link_down, link_up};

use super::world::{World, answer, eventually, fallback, is_applied, up};

#[tokio::test]
async fn a_bot_answers_a_turn_exactly_once() {
    let world = World::new().await;
    let mut bot = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "我要退货").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    assert_eq!((turn.conversation_id, turn.messages.len()), (visitor.id, 1));
    assert!(is_applied(&world.core, fallback(&turn, "好的")).await);
    assert!(
        !is_applied(&world.core, fallback(&turn, "再说一次")).await,
        "the same turn twice"
    );
    assert_eq!(visitor.heard().await, ["好的"]);
    visitor.says("b", "还有").await.expect("accepted");
    let next = bot.next().await.expect("the next turn");
    assert_eq!(
        (next.turn, next.messages.len()),
        (turn.turn + 1, 1),
        "only what is new"
    );
}

#[tokio::test]
async fn an_answer_to_what_was_overtaken_is_stale_and_the_newer_turn_has_both_messages() {
    let world = World::new().await;
    let mut bot = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "我要").await.expect("accepted");
    let old = bot.next().await.expect("a turn");
    visitor.says("b", "退货").await.expect("accepted");
    let new = bot.next().await.expect("a newer turn");
    assert!(!is_applied(&world.core, fallback(&old, "旧的")).await);
    assert_eq!(new.messages.len(), 2);
    assert!(is_applied(&world.core, fallback(&new, "新的")).await);
    assert_eq!(visitor.heard().await, ["新的"]);
}

#[tokio::test]
async fn a_bot_that_dies_leaves_its_turn_to_another_and_the_visitor_hears_one_reply() {
    let world = World::new().await;
    let mut first = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "你好").await.expect("accepted");
    let lost = first.next().await.expect("a turn");
    drop(first);
    let mut second = world.bot(4);
    let again = second.next().await.expect("the same turn");
    assert_eq!((again.turn, again.version), (lost.turn, lost.version));
    assert!(is_applied(&world.core, fallback(&again, "您好")).await);
    assert!(
        !is_applied(&world.core, fallback(&lost, "您好")).await,
        "the dead one's answer comes late"
    );
    assert_eq!(visitor.heard().await, ["您好"]);
}

#[tokio::test]
async fn without_a_bot_the_visitor_is_asked_to_wait_once_and_then_queued() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let (link, mut events) = world.core.open_link().expect("there is room");
    let watch = v1::Watch {
        session: visitor.token.clone(),
        conversation_id: visitor.id,
    };
    link.receive(up(link_up::Body::Watch(watch))).await;
    visitor.says("a", "有人吗").await.expect("accepted");
    // The turn begins just after the acknowledgement, and before the message is fanned out.
    while !matches!(
        events.next().await.and_then(|down| down.body),
        Some(link_down::Body::Appended(_))
    ) {}
    world.pass(Duration::from_secs(5));
    let heard =
        eventually(async || Some(visitor.heard().await).filter(|heard| !heard.is_empty())).await;
    assert_eq!(heard, ["正在为您查询，请稍候。"]);
    world.pass(Duration::from_secs(20));
    // The row is there a moment before the place in the queue.
    eventually(async || {
        let seen = visitor.sees().await;
        (seen.phase() == v1::Phase::Queued && seen.queue_position == 1).then_some(())
    })
    .await;
    assert_eq!(visitor.heard().await.len(), 1, "asked to wait once");
}

#[tokio::test]
async fn a_late_answer_after_please_wait_still_counts() {
    let world = World::new().await;
    let mut bot = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "在吗").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    world.pass(Duration::from_secs(6));
    eventually(async || Some(visitor.heard().await).filter(|heard| heard.len() == 1)).await;
    assert!(is_applied(&world.core, fallback(&turn, "在的")).await);
    assert_eq!(
        visitor.heard().await.last().map(String::as_str),
        Some("在的")
    );
    world.pass(Duration::from_secs(60));
    assert_eq!(
        visitor.sees().await.phase(),
        v1::Phase::Bot,
        "an answered turn expires no more"
    );
}

#[tokio::test]
async fn once_a_human_took_over_the_bot_is_silent() {
    let world = World::new().await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    let mut bot = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "帮帮我").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    let taken = agent
        .does(visitor.id, Action::Claim)
        .await
        .expect("taken out of the bot's hands");
    assert_eq!(
        (taken.phase(), taken.agent_id),
        (v1::Phase::Serving, agent.id)
    );
    assert!(!is_applied(&world.core, fallback(&turn, "我是机器人")).await);
    assert!(visitor.heard().await.is_empty());
    agent
        .says(visitor.id, "b", "我来帮您")
        .await
        .expect("the owner may");
    assert_eq!(visitor.heard().await, ["我来帮您"]);
}

#[tokio::test]
async fn a_commit_that_no_bot_may_make_is_refused_whole() {
    let world = World::new().await;
    let mut bot = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "你好").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    let good = fallback(&turn, "好");
    let serving = good.new_state.replace("\"idle\"", "\"serving\"");
    assert_ne!(serving, good.new_state);
    let many = vec![good.messages[0].clone(); 9];
    let link = v1::Button {
        label: "x".to_owned(),
        action: Some(v1::button::Action::Url("javascript:alert(1)".to_owned())),
    };
    let text = v1::Text {
        text: "x".to_owned(),
        buttons: vec![link],
        ..Default::default()
    };
    let body = Some(v1::Body {
        kind: Some(v1::body::Kind::Text(text)),
    });
    for bad in [
        v1::CommitTurn {
            new_state: "{".to_owned(),
            ..good.clone()
        },
        v1::CommitTurn {
            new_state: serving,
            ..good.clone()
        },
        v1::CommitTurn {
            handoff_reason: "x".to_owned(),
            ..good.clone()
        },
        v1::CommitTurn {
            messages: many,
            ..good.clone()
        },
        v1::CommitTurn {
            messages: vec![v1::BotMessage { body, trace: None }],
            ..good.clone()
        },
    ] {
        world.core.commit_turn(bad).await.expect_err("refused");
    }
    assert!(visitor.heard().await.is_empty(), "nothing of it was stored");
    assert!(is_applied(&world.core, good).await);
}

#[tokio::test]
async fn a_bot_hands_over_with_a_reason_that_only_agents_read() {
    let world = World::new().await;
    let admin = world.admin().await;
    let mut bot = world.bot(4);
    let visitor = world.visitor().await;
    visitor.says("a", "我要投诉").await.expect("accepted");
    let turn = bot.next().await.expect("a turn");
    let what = Understanding::Human {
        reason: "投诉".to_owned(),
    };
    let commit = v1::CommitTurn {
        handoff_reason: "投诉".to_owned(),
        ..answer(&turn, what, "马上为您转接")
    };
    assert!(is_applied(&world.core, commit).await);
    let seen = visitor.sees().await;
    assert_eq!(
        (
            seen.phase(),
            seen.handoff_reason.as_str(),
            seen.preview.as_str()
        ),
        (v1::Phase::Queued, "", "")
    );
    assert!(
        visitor
            .history()
            .await
            .iter()
            .all(|message| message.trace.is_none())
    );
    let agents = super::world::get(&world.core, &admin, visitor.id)
        .await
        .expect("users see all");
    assert_eq!(
        (agents.handoff_reason.as_str(), agents.preview.as_str()),
        ("投诉", "马上为您转接")
    );
    let messages = super::world::history(&world.core, &admin, visitor.id)
        .await
        .expect("users see all");
    assert!(messages.iter().any(|message| message.trace.is_some()));
}
