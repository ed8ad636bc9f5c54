//! Business hours, through the core.

use std::{collections::BTreeMap, time::Duration};

use jiff::tz::TimeZone;
use kefu_chat::{ChatSettings, Office};
use kefu_hours::Hours;
use kefu_proto::v1::{self, act_request::Action};

use super::{
    groups::{list, update},
    left::leaves,
    world::{Agent, PATIENCE, World, settings},
};

const HOUR: Duration = Duration::from_secs(3_600);
const CLOSED: &str = "下班了。";

/// Open from now on for an hour each day: the world begins at 14:13:20 UTC.
fn an_hour_a_day() -> ChatSettings {
    let week = std::array::from_fn(|_| vec!["14:00-15:00".parse().expect("a shift")]);
    ChatSettings {
        office: Some(Office {
            hours: Some(Hours::new(TimeZone::UTC, week, BTreeMap::new())),
            calendars: BTreeMap::new(),
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

/// The default group's people are there from 14:00 to 15:00, and those of "night" never.
fn two_calendars() -> ChatSettings {
    let week = std::array::from_fn(|_| vec!["14:00-15:00".parse().expect("a shift")]);
    let day = Hours::new(TimeZone::UTC, week, BTreeMap::new());
    let never = Hours::new(TimeZone::UTC, Default::default(), BTreeMap::new());
    ChatSettings {
        office: Some(Office {
            hours: Some(day),
            calendars: BTreeMap::from([("night".to_owned(), never)]),
            closed_zh: "下班了。".to_owned(),
            closed_en: "closed".to_owned(),
            opens_zh: "{time}".to_owned(),
            opens_en: "{time}".to_owned(),
        }),
        ..settings()
    }
}

#[tokio::test]
async fn out_of_hours_a_message_is_offered_with_the_next_opening() {
    let world = World::with(two_calendars()).await;
    let visitor = world.visitor().await;
    let seen = visitor.does(Action::RequestHuman).await.expect("queued");
    let within = (seen.out_of_hours, seen.opens_at_ms, seen.may_leave);
    assert_eq!(within, (false, 0, false));
    world.pass(HOUR);
    let seen = visitor.sees().await;
    assert!(seen.out_of_hours && seen.may_leave, "{seen:?}");
    // 14:00 of the next day; the world began at 14:13:20.
    assert_eq!(seen.opens_at_ms, 1_790_000_000_000 - 800_000 + 86_400_000);
    assert_eq!(seen.estimated_wait_s, 0);
    leaves(&world, &visitor, "a").await.expect("taken");
    let seen = visitor.sees().await;
    assert!(!seen.out_of_hours && !seen.may_leave, "it does not wait");
}

#[tokio::test]
async fn a_group_has_hours_of_its_own() {
    let world = World::with(two_calendars()).await;
    let admin = world.admin().await;
    let groups = list(&world, &admin).await;
    assert_eq!(groups.calendars, ["night"]);
    let default = groups.groups.into_iter().next().expect("always there");
    let unknown = v1::Group {
        calendar: "day".to_owned(),
        ..default.clone()
    };
    let refused = update(&world, &admin, unknown).await;
    assert_eq!(refused.expect_err("unknown").code(), "not_found");
    let night = v1::Group {
        calendar: "night".to_owned(),
        ..default
    };
    let night = update(&world, &admin, night).await.expect("an admin may");
    assert_eq!(night.calendar, "night");
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    let seen = visitor.sees().await;
    assert!(seen.out_of_hours && seen.opens_at_ms == 0, "{seen:?}");
    assert_eq!(visitor.heard().await, ["下班了。"]);
}

#[tokio::test]
async fn who_waits_when_the_hours_end_and_begin_is_told() {
    let world = World::with(two_calendars()).await;
    let admin = world.admin().await;
    let mut agent = world.agent(&admin, "li", 5).await;
    agent.is(v1::AgentStatus::Away).await;
    let visitor = world.visitor().await;
    visitor.does(Action::RequestHuman).await.expect("queued");
    told(&mut agent, false).await;
    world.pass(HOUR);
    told(&mut agent, true).await;
    world.pass(23 * HOUR);
    told(&mut agent, false).await;
}

/// The next head that says whether it is out of hours like this.
async fn told(agent: &mut Agent, out_of_hours: bool) {
    let search = async {
        loop {
            let down = agent.events.next().await.expect("the link goes on");
            let head = match down.body {
                Some(v1::link_down::Body::Changed(changed)) => changed.conversation,
                Some(v1::link_down::Body::Appended(appended)) => appended.conversation,
                _ => None,
            };
            let queued = head.filter(|head| head.phase() == v1::Phase::Queued);
            if queued.is_some_and(|head| head.out_of_hours == out_of_hours) {
                return;
            }
        }
    };
    let found = tokio::time::timeout(PATIENCE, search).await;
    found.expect("it is told");
}
