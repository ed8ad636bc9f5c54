//! Business hours, through the core.

use std::{collections::BTreeMap, time::Duration};

use jiff::tz::TimeZone;
use kefu_chat::{ChatSettings, Office};
use kefu_hours::Hours;
use kefu_proto::v1::act_request::Action;

use super::world::{World, settings};

const HOUR: Duration = Duration::from_secs(3_600);
const CLOSED: &str = "下班了。";

/// Open from now on for an hour each day: the world begins at 14:13:20 UTC.
fn an_hour_a_day() -> ChatSettings {
    let week = std::array::from_fn(|_| vec!["14:00-15:00".parse().expect("a shift")]);
    ChatSettings {
        office: Some(Office {
            hours: Hours::new(TimeZone::UTC, week, BTreeMap::new()),
            closed_zh: CLOSED.to_owned(),
            closed_en: "closed".to_owned(),
            opens_zh: "{time}".to_owned(),
            opens_en: "{time}".to_owned(),
        }),
        ..settings()
    }
}

#[tokio::test]
async fn who_asks_for_a_person_when_nobody_is_there_is_told_once_and_waits() {
    let world = World::with(an_hour_a_day()).await;
    let early = world.visitor().await;
    early.does(Action::RequestHuman).await.expect("queued");
    assert_eq!(early.heard().await, [""; 0], "within the hours");
    world.pass(HOUR);
    let late = world.visitor().await;
    late.does(Action::RequestHuman).await.expect("queued");
    let told = late.heard().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(CLOSED) && told[0].ends_with("14:00"),
        "{told:?}"
    );
    // What is said while waiting is kept, and asks nothing anew.
    late.says("a", "我的订单少了一件").await.expect("accepted");
    late.does(Action::RequestHuman)
        .await
        .expect("queued already");
    assert_eq!(late.heard().await.len(), 1);
}

#[tokio::test]
async fn an_agent_who_works_late_takes_a_conversation_without_such_words() {
    let world = World::with(an_hour_a_day()).await;
    let admin = world.admin().await;
    let agent = world.agent(&admin, "li", 5).await;
    world.pass(HOUR);
    let visitor = world.visitor().await;
    visitor.says("a", "你好").await.expect("accepted");
    agent
        .does(visitor.id, Action::Claim)
        .await
        .expect("claimed from the bot");
    assert!(
        !visitor
            .heard()
            .await
            .iter()
            .any(|said| said.starts_with(CLOSED))
    );
}
