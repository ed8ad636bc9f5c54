//! Sensitive words, through the core.

use std::{path::Path, time::Duration};

use kefu_chat::CoreError;
use kefu_proto::v1::{self, act_request::Action, body, link_down};
use kefu_words::{Side, Words, parse};

use super::{
    endings::{ended_seq, rates, rating, with_closing},
    left::{CLAIM, answers, asks, moves},
    recalls::{recalls, served},
    talk::text_body,
    world::{PASSWORD, World, send},
};

fn lists(visitors: &str, agents: &str) -> Words {
    let texts = vec![
        (Side::Visitors, visitors.to_owned()),
        (Side::Agents, agents.to_owned()),
    ];
    parse(Path::new("words"), texts).words.expect("good lists")
}

fn said(message: &v1::Message) -> &str {
    match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(body::Kind::Text(text)) => &text.text,
        _ => "",
    }
}

#[tokio::test]
async fn a_blocked_message_is_refused_and_stores_nothing() {
    let world = World::new().await;
    world
        .core
        .set_words(lists("block: [代开发票]", "block: [加微信]"));
    let visitor = world.visitor().await;
    let refused = visitor
        .says("a", "能 代开發票 吗")
        .await
        .expect_err("blocked");
    assert_eq!(refused.code(), "blocked");
    assert!(
        !refused.to_string().contains("发票"),
        "which word, nobody is told"
    );
    assert_eq!(visitor.history().await, []);
    assert_eq!(visitor.sees().await.version, 1);
    // The other side's list is not this one's, and the id is free.
    visitor.says("a", "加微信").await.expect("accepted");
}

#[tokio::test]
async fn a_masked_message_is_stored_masked_and_so_is_all_that_comes_from_it() {
    let world = World::new().await;
    world.core.set_words(lists("mask: [傻瓜]", ""));
    let visitor = world.visitor().await;
    visitor.says("a", "你这个傻-瓜！").await.expect("accepted");
    let history = visitor.history().await;
    assert_eq!(said(&history[0]), "你这个***！");
    let Some(body::Kind::Text(text)) = &history[0].body.as_ref().expect("a body").kind else {
        panic!("a text")
    };
    assert_eq!(text.masked, [v1::Masked { start: 3, end: 6 }]);
    let admin = world.admin().await;
    let search = v1::SearchRequest {
        session: admin.clone(),
        query: "傻".to_owned(),
        limit: 10,
        ..Default::default()
    };
    assert_eq!(world.core.search(search).await.expect("searched").hits, []);
    let head = super::talk::get(&world.core, &admin, visitor.id)
        .await
        .expect("seen");
    assert_eq!(head.preview, "你这个***！");
}

#[tokio::test]
async fn a_retry_is_the_same_message_whatever_the_lists_say_by_then() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let plain = visitor.says("plain", "你这个傻瓜").await.expect("accepted");
    world.core.set_words(lists("mask: [傻瓜]", ""));
    let masked = visitor
        .says("masked", "傻瓜，你好")
        .await
        .expect("accepted");
    for (lists, why) in [
        (lists("mask: [傻瓜]", ""), "the same list"),
        (lists("", ""), "no list"),
        (lists("mask: [你好, 这个]", ""), "another list"),
        (lists("block: [傻瓜]", ""), "by now it would be refused"),
    ] {
        world.core.set_words(lists);
        for (id, text, first) in [
            ("plain", "你这个傻瓜", &plain),
            ("masked", "傻瓜，你好", &masked),
        ] {
            let again = visitor.says(id, text).await.expect(why);
            assert_eq!(
                (again.id, again.seq, again.duplicate),
                (first.id, first.seq, true),
                "{why}"
            );
        }
    }
    world.core.set_words(lists("mask: [傻瓜]", ""));
    for (id, text) in [
        ("plain", "我这个傻瓜"),
        ("masked", "傻瓜，再见"),
        ("masked", "傻瓜"),
    ] {
        let refused = visitor.says(id, text).await.expect_err("another body");
        assert_eq!(refused.code(), "conflict", "{id} {text}");
    }
    // Nobody but the service says what is masked.
    let mut forged = text_body("你好");
    if let Some(body::Kind::Text(text)) = &mut forged.kind {
        text.masked.push(v1::Masked { start: 0, end: 2 });
    }
    let message = v1::SendMessage {
        conversation_id: visitor.id,
        client_id: "forged".to_owned(),
        body: Some(forged),
        ..Default::default()
    };
    let request = v1::SendRequest {
        session: visitor.token.clone(),
        message: Some(message),
        language: String::new(),
    };
    let refused = world.core.send(request).await.expect_err("forged");
    assert_eq!(refused.code(), "invalid");
    assert_eq!(visitor.history().await.len(), 2);
}

/// What a list may have become by the time of a retry, over the words 傻瓜.
const LATER: [&str; 4] = ["", "mask: [傻瓜]", "mask: [别做]", "block: [傻瓜]"];

#[tokio::test]
async fn an_answer_to_what_was_left_is_the_same_whatever_the_lists_say_by_then() {
    let world = World::new().await;
    let admin = world.admin().await;
    let visitor = world.visitor().await;
    let mut answered = Vec::new();
    for (id, words) in [("plain", ""), ("masked", "mask: [傻瓜]")] {
        world.core.set_words(lists("", words));
        let left = asks(&visitor.token, id, "在吗");
        let left = world.core.leave_message(left).await.expect("taken");
        let mine = moves(&world, &admin, &left, CLAIM).await.expect("open");
        let done = answers(&world, &admin, &mine, id, "别做傻瓜").await;
        answered.push((id, mine, done.expect("claimed")));
    }
    for words in LATER {
        world.core.set_words(lists("", words));
        for (id, mine, done) in &answered {
            let again = answers(&world, &admin, mine, id, "别做傻瓜").await;
            assert_eq!(again, Ok(done.clone()), "{id} under {words:?}");
            let other = answers(&world, &admin, mine, id, "请做傻瓜").await;
            let refused = other.expect_err("other words").code();
            assert_eq!(refused, "conflict", "{id} under {words:?}");
        }
    }
    let history = visitor.history().await;
    for (text, why) in [("别做傻瓜", "as it was"), ("别做**", "masked")] {
        let stored = history.iter().filter(|message| said(message) == text);
        assert_eq!(stored.count(), 1, "{why}");
    }
    // What the answer quoted is taken back: it stays the same answer.
    let (id, mine, done) = &answered[0];
    let who = (visitor.token.as_str(), visitor.id);
    recalls(&world, who, "r", mine.seq).await.expect("theirs");
    world.core.set_words(lists("", ""));
    let again = answers(&world, &admin, mine, id, "别做傻瓜").await;
    let again = again.expect("stored");
    assert_eq!(
        (again.version, again.answer_seq, again.recalled),
        (done.version, done.answer_seq, true)
    );
}

#[tokio::test]
async fn what_is_left_is_the_same_under_a_name_that_the_lists_know_by_then() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let named = |id: &str, name: &str| v1::LeaveMessageRequest {
        name: name.to_owned(),
        ..asks(&visitor.token, id, "在吗")
    };
    let mut left = Vec::new();
    for (id, words, kept) in [("plain", "", "傻瓜李"), ("masked", "mask: [傻瓜]", "**李")] {
        world.core.set_words(lists(words, ""));
        let first = world.core.leave_message(named(id, "傻瓜李")).await;
        let first = first.expect("taken");
        assert_eq!(first.name, kept);
        left.push((id, first));
    }
    for words in LATER {
        world.core.set_words(lists(words, ""));
        for (id, first) in &left {
            let again = world.core.leave_message(named(id, "傻瓜李")).await;
            assert_eq!(again, Ok(first.clone()), "{id} under {words:?}");
            let other = world.core.leave_message(named(id, "傻瓜王")).await;
            let refused = other.expect_err("another name").code();
            assert_eq!(refused, "conflict", "{id} under {words:?}");
        }
    }
}

#[tokio::test]
async fn a_rating_is_the_same_under_a_comment_that_the_lists_know_by_then() {
    for words in ["", "mask: [傻瓜]"] {
        let world = World::with(with_closing(|_| {})).await;
        let (visitor, agent) = served(&world).await;
        agent.does(visitor.id, Action::End).await.expect("theirs");
        let seq = ended_seq(&visitor).await;
        let rated = |comment: &str| v1::Rating {
            comment: comment.to_owned(),
            ..rating(&visitor, seq, 2)
        };
        world.core.set_words(lists(words, ""));
        let first = rates(&world, &visitor.token, rated("傻瓜啊")).await;
        let first = first.expect("the first");
        for later in LATER {
            world.core.set_words(lists(later, ""));
            let again = rates(&world, &visitor.token, rated("傻瓜啊")).await;
            assert_eq!(again, Ok(first.clone()), "{words:?}, then {later:?}");
            let other = rates(&world, &visitor.token, rated("好啊")).await;
            let refused = other.expect_err("it stands").code();
            assert_eq!(refused, "conflict", "{words:?}, then {later:?}");
        }
    }
}

#[tokio::test]
async fn an_alert_goes_out_once_the_message_is_stored_and_says_only_where() {
    let world = World::new().await;
    let (visitor, mut agent) = served(&world).await;
    world
        .core
        .set_words(lists("alert: [曝光]", "alert: [转账]"));
    let from_visitor = visitor.says("x", "我要曝光你们").await.expect("accepted");
    visitor
        .says("x", "我要曝光你们")
        .await
        .expect("a retry tells nobody again");
    let from_agent = send(&world.core, &agent.token, visitor.id, "y", "请转账")
        .await
        .expect("accepted");
    let mut told = Vec::new();
    while told.len() < 2 {
        match agent.events.next().await.expect("linked").body {
            Some(link_down::Body::Words(found)) => told.push(found.alert.expect("an alert")),
            _ => continue,
        }
    }
    let facts = |alert: &v1::WordAlert| (alert.list(), alert.agent_id, alert.seq);
    assert_eq!(
        told.iter().map(facts).collect::<Vec<_>>(),
        [
            (v1::Sender::Visitor, 0, from_visitor.seq),
            (v1::Sender::Agent, agent.id, from_agent.seq),
        ]
    );
    assert!(told.iter().all(|alert| alert.conversation_id == visitor.id));
    assert!(!format!("{told:?}").contains("曝光"));
    let history = visitor.history().await;
    assert!(
        history
            .iter()
            .any(|message| said(message) == "我要曝光你们"),
        "stored as it is"
    );
}

async fn found(
    world: &World,
    session: &str,
    seen: Option<bool>,
) -> Result<Vec<v1::WordAlert>, CoreError> {
    let request = v1::ListWordAlertsRequest {
        session: session.to_owned(),
        seen,
        ..Default::default()
    };
    let listed = world.core.list_word_alerts(request).await?;
    Ok(listed.alerts)
}

async fn sees(world: &World, session: &str, ids: Vec<u64>) -> Result<v1::WordSeen, CoreError> {
    let request = v1::SeeWordAlertsRequest {
        session: session.to_owned(),
        ids,
    };
    world.core.see_word_alerts(request).await
}

#[tokio::test]
async fn who_oversees_later_finds_what_was_found_and_who_has_seen_it() {
    let world = World::new().await;
    let admin = world.admin().await;
    let boss = world.user(&admin, "boss", v1::Role::Supervisor, 5).await;
    let agent = world.agent(&admin, "li", 5).await;
    world
        .core
        .set_words(lists("mask: [傻瓜]\nalert: [曝光]", "alert: [转账]"));
    let visitor = world.visitor().await;
    let said = visitor.says("x", "傻瓜，要曝光").await.expect("accepted");
    visitor.says("x", "傻瓜，要曝光").await.expect("a retry");
    agent
        .does(visitor.id, v1::act_request::Action::Claim)
        .await
        .expect("claimed");
    let answered = agent.says(visitor.id, "y", "请转账").await;
    let answered = answered.expect("accepted");

    // Nobody who oversees was there; the core is not the same any more, either.
    let (token, visitors) = (agent.token.clone(), visitor.token.clone());
    let (id, boss_id) = (visitor.id, boss.id);
    let world = world.restart().await;
    let supervisor = world.login("boss", PASSWORD).await.expect("right");
    let alerts = found(&world, &supervisor, Some(false)).await;
    let alerts = alerts.expect("they may");
    let facts = alerts.iter().map(|alert| {
        let hit = &alert.hits[0];
        let places = hit.spans.iter().map(|span| (span.start, span.end));
        let places: Vec<_> = places.collect();
        let by = (alert.list(), alert.agent_name.as_str());
        (alert.seq, by, hit.rule.as_str(), places)
    });
    assert_eq!(
        facts.collect::<Vec<_>>(),
        [
            (
                answered.seq,
                (v1::Sender::Agent, "li"),
                "转账",
                vec![(1, 3)]
            ),
            (said.seq, (v1::Sender::Visitor, ""), "曝光", vec![(4, 6)]),
        ]
    );
    assert!(alerts.iter().all(|alert| alert.conversation_id == id));
    assert!(
        !format!("{alerts:?}").contains("请"),
        "nothing of what was said"
    );

    let first = alerts[1].id;
    let seen = sees(&world, &supervisor, vec![first, 1]).await;
    assert_eq!(seen.expect("they may").agent_id, boss_id);
    world.pass(Duration::from_secs(1));
    sees(&world, &admin, vec![first]).await.expect("they may");
    let rest = found(&world, &admin, Some(false)).await.expect("they may");
    assert_eq!(rest.len(), 1);
    let seen = found(&world, &admin, Some(true)).await.expect("they may");
    let names: Vec<&str> = seen[0]
        .seen
        .iter()
        .map(|by| by.agent_name.as_str())
        .collect();
    assert_eq!(names, ["boss", "Root"]);

    for session in [&token, &visitors] {
        let refused = found(&world, session, None).await;
        assert_eq!(refused.expect_err("not theirs").code(), "forbidden");
        let refused = sees(&world, session, vec![first]).await;
        assert_eq!(refused.expect_err("not theirs").code(), "forbidden");
    }
    let refused = sees(&world, &admin, vec![first; 201]).await;
    assert_eq!(refused.expect_err("too many").code(), "invalid");
}
