//! Talks that visitors left in silence, through the core.

use std::time::Duration;

use kefu_chat::{ChatSettings, Closing};
use kefu_proto::v1::{self, body, notice};

use super::{
    endings::{MINUTE, ended_seq, fact, rates, rating, with_closing},
    recalls::served,
    world::{Agent, Visitor, World, eventually},
};

/// Reminded after ten minutes, closed five later.
fn impatient() -> ChatSettings {
    with_closing(|closing| {
        closing.remind_after = 10 * MINUTE;
        closing.close_after = 5 * MINUTE;
    })
}

async fn reminders(visitor: &Visitor) -> usize {
    let words = Closing::default().reminder_zh;
    visitor
        .heard()
        .await
        .iter()
        .filter(|said| **said == words)
        .count()
}

async fn until_reminded(visitor: &Visitor) {
    eventually(async || (reminders(visitor).await == 1).then_some(())).await;
}

/// Nothing of the core's own is under way when this returns: it was sent behind all of it.
async fn settled(agent: &Agent) {
    agent.load().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_silent_visitor_is_reminded_once_and_then_the_talk_ends() {
    let world = World::with(impatient()).await;
    let (visitor, agent) = served(&world).await;
    // The agent has said nothing: whom would the visitor keep waiting?
    world.pass(60 * MINUTE);
    settled(&agent).await;
    assert_eq!(reminders(&visitor).await, 0);
    agent
        .says(visitor.id, "m1", "还需要什么？")
        .await
        .expect("accepted");
    settled(&agent).await;
    world.pass(9 * MINUTE);
    settled(&agent).await;
    assert_eq!(reminders(&visitor).await, 0);
    world.pass(MINUTE);
    until_reminded(&visitor).await;
    settled(&agent).await;
    world.pass(4 * MINUTE);
    settled(&agent).await;
    assert_eq!(visitor.sees().await.phase(), v1::Phase::Serving);
    world.pass(MINUTE);
    let head = visitor.reaches(v1::Phase::WrapUp).await;
    assert_eq!(head.agent_id, agent.id, "who tidies up and sums it up");
    assert_eq!(reminders(&visitor).await, 1);
    let history = visitor.history().await;
    let closed = history
        .iter()
        .filter(|message| fact(message) == Some(notice::Kind::Closed));
    assert_eq!(closed.count(), 1);
    let seq = ended_seq(&visitor).await;
    rates(&world, &visitor.token, rating(&visitor, seq, 5))
        .await
        .expect("it can be rated");
}

#[tokio::test]
async fn any_word_of_the_visitor_begins_it_anew_and_the_bot_s_talks_are_left_alone() {
    let world = World::with(impatient()).await;
    let (visitor, agent) = served(&world).await;
    let alone = world.visitor().await;
    alone.says("a", "你好").await.expect("accepted");
    agent
        .says(visitor.id, "m1", "在吗")
        .await
        .expect("accepted");
    settled(&agent).await;
    world.pass(10 * MINUTE);
    until_reminded(&visitor).await;
    visitor.says("yes", "在").await.expect("accepted");
    settled(&agent).await;
    world.pass(60 * MINUTE);
    settled(&agent).await;
    assert_eq!(
        visitor.sees().await.phase(),
        v1::Phase::Serving,
        "now the agent is to answer"
    );
    assert_eq!(reminders(&visitor).await, 1);
    agent
        .says(visitor.id, "m2", "好了")
        .await
        .expect("accepted");
    settled(&agent).await;
    world.pass(10 * MINUTE);
    eventually(async || (reminders(&visitor).await == 2).then_some(())).await;
    assert_eq!(reminders(&alone).await, 0);
    assert_ne!(alone.sees().await.phase(), v1::Phase::Closed);
}

#[tokio::test]
async fn a_core_that_starts_again_goes_on_where_it_was() {
    let world = World::with(impatient()).await;
    let (visitor, agent) = served(&world).await;
    agent
        .says(visitor.id, "m1", "在吗")
        .await
        .expect("accepted");
    settled(&agent).await;
    world.pass(10 * MINUTE);
    until_reminded(&visitor).await;
    let (id, token) = (visitor.id, visitor.token.clone());
    let login = agent.id;
    drop((visitor, agent));
    // The wall clock of the new process is an hour behind: the delay counts from its start.
    let world = world.restart().await;
    let agent = world.at_work("li", login).await;
    let seen = async || {
        super::talk::get(&world.core, &token, id)
            .await
            .expect("theirs")
            .phase()
    };
    let said = async || {
        let all = super::talk::history(&world.core, &token, id)
            .await
            .expect("theirs");
        let words = Closing::default().reminder_zh;
        let is =
            |message: &&v1::Message| match message.body.as_ref().and_then(|it| it.kind.as_ref()) {
                Some(body::Kind::Text(text)) => text.text == words,
                _ => false,
            };
        all.iter().filter(is).count()
    };
    settled(&agent).await;
    world.pass(4 * MINUTE);
    settled(&agent).await;
    assert_eq!(
        (seen().await, said().await),
        (v1::Phase::Serving, 1),
        "neither doubled …"
    );
    world.pass(MINUTE);
    eventually(async || (seen().await == v1::Phase::WrapUp).then_some(())).await;
    assert_eq!(said().await, 1, "… nor lost");
}
