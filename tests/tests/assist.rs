//! Proposed replies over the real service, and what people notice of a bot that is slow or dead.

use std::time::Duration;

use kefu_proto::v1::{Open, Phase, Proposals, Sender, client_frame, server_frame};
use kefu_tests::{Agent, Codec, Options, Service, Socket, Visitor};
use nix::sys::signal::{Signal, kill};
use reqwest::Method;
use serde_json::json;

/// A window of an agent with a conversation open.
async fn window(agent: &Agent, conversation_id: u64) -> Socket {
    let socket = Socket::hello(agent.api.base(), Codec::Json, agent.api.token()).await;
    let mut socket = socket.expect("a welcome");
    let open = Open {
        conversation_id,
        ..Open::default()
    };
    let open = client_frame::Body::Open(open);
    socket.send(open).await.expect("connected");
    loop {
        let frame = socket.next().await.expect("it goes on");
        if matches!(frame.body, Some(server_frame::Body::Opened(_))) {
            return socket;
        }
    }
}

async fn proposed(socket: &mut Socket) -> Proposals {
    loop {
        let frame = socket.next().await.expect("it goes on");
        if let Some(server_frame::Body::Proposals(proposals)) = frame.body {
            return proposals;
        }
    }
}

/// Somebody who is served by this agent.
async fn served(service: &Service, agent: &mut Agent) -> Visitor {
    let mut visitor = Visitor::arrive(service, "zh").await;
    visitor.says("转人工").await;
    visitor.until_phase(Phase::Serving).await;
    let owner = agent.id;
    agent
        .until(visitor.conversation, |head| head.agent_id == owner)
        .await;
    visitor
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_writes_the_agent_takes_a_proposal_and_it_is_counted() {
    let options = Options::default()
        .without_model()
        .env("KEFU_ASSIST__FLUSH_S", 1);
    let service = Service::start(options).await;
    let mut agent = Agent::first_admin(&service).await;
    let mut visitor = served(&service, &mut agent).await;
    let id = visitor.conversation;
    let mut window = window(&agent, id).await;
    // The words of the request itself are a hand-over: nothing an agent would say.
    // The bot's line and the agent's look come up beside all this.
    let proposals = loop {
        visitor.says("我要退货").await;
        let coming = proposed(&mut window);
        if let Ok(proposals) = tokio::time::timeout(Duration::from_secs(3), coming).await {
            break proposals;
        }
    };
    assert_eq!(proposals.conversation_id, id);
    let first = proposals.proposals.first().expect("a proposal");
    assert!(!first.text.is_empty() && proposals.proposals.len() <= 4);

    let path = format!("/api/v1/conversations/{id}/messages");
    let body = json!({
        "clientId": "taken", "body": { "text": { "text": "七天内都可以退。" } },
        "assist": { "intent": first.intent, "catalogue": proposals.catalogue, "edited": true },
    });
    for expected in [201, 200] {
        let (status, answer) = agent
            .api
            .post(&path, body.clone())
            .await
            .expect("an answer");
        assert_eq!(status, expected, "{answer}");
    }
    let heard = visitor.hears_from(Sender::Agent).await;
    assert_eq!(heard.trace, None, "visitors see no trace");
    let intent = first.intent.clone();
    let counted = loop {
        let (status, counts) = agent.api.get("/api/v1/assist/counts").await.expect("one");
        assert_eq!(status, 200, "{counts}");
        let rows = counts["counts"].as_array().cloned().unwrap_or_default();
        let row = rows.into_iter().find(|row| row["intent"] == json!(intent));
        if let Some(row) = row.filter(|row| row["proposed"].is_string()) {
            break row;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(
        (&counted["taken"], &counted["edited"]),
        (&json!("1"), &json!("1"))
    );
    // Of none of it a visitor has any part.
    let (status, _) = visitor
        .api
        .get("/api/v1/assist/counts")
        .await
        .expect("an answer");
    assert_eq!(status, 403);
    let mut forged = body;
    forged["clientId"] = json!("forged");
    let (status, _) = visitor.api.post(&path, forged).await.expect("an answer");
    assert_eq!(status, 422);
}

/// Rounds of talk while the bot does not move.
const ROUNDS: usize = 20;

/// Stopped, the bot holds what it was asked for ever; killed, it is nowhere. People do not wait for it:
/// every message is acknowledged and delivered while nothing is proposed at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_or_dead_bot_never_holds_up_people() {
    let options = Options::default()
        .without_model()
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 100)
        .env("KEFU_SUPERVISOR__BACKOFF_MIN_MS", 60_000)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 60_000);
    let service = Service::start(options).await;
    let mut agent = Agent::first_admin(&service).await;
    let mut visitor = served(&service, &mut agent).await;
    let id = visitor.conversation;
    let _window = window(&agent, id).await;
    let bot = service.pid_of("bot").expect("the bot lives");
    kill(bot, Signal::SIGSTOP).expect("it can be stopped");
    talk(&mut agent, &mut visitor, "slow").await;
    kill(bot, Signal::SIGKILL).expect("it can be killed");
    talk(&mut agent, &mut visitor, "dead").await;
    let of_bot = |message: &&kefu_proto::v1::Message| message.sender() == Sender::Bot;
    let said = visitor.seen.iter().skip(1).filter(of_bot).count();
    assert!(said <= 1, "after the hand-over the bot says nothing");
}

async fn talk(agent: &mut Agent, visitor: &mut Visitor, how: &str) {
    for n in 0..ROUNDS {
        visitor.says(&format!("{how} {n}")).await;
        agent.says(visitor.conversation, "在的").await;
        let heard = visitor.hears_from(Sender::Agent).await;
        assert_eq!(kefu_tests::text_of(&heard), "在的");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_see_on_which_page_a_visitor_is() {
    let service = Service::start(Options::default().without_model()).await;
    let mut agent = Agent::first_admin(&service).await;
    let visitor = served(&service, &mut agent).await;
    let id = visitor.conversation;
    let mut window = window(&agent, id).await;
    let page = json!({ "url": "https://shop.example/鞋?token=abc", "title": "鞋", "referrer": "" });
    let (status, kept) = visitor
        .api
        .post("/api/v1/page", page)
        .await
        .expect("an answer");
    assert_eq!((status, &kept["kept"]), (200, &json!(true)));
    let trail = loop {
        let frame = window.next().await.expect("it goes on");
        if let Some(server_frame::Body::Trail(trail)) = frame.body {
            break trail;
        }
    };
    assert_eq!(trail.pages[0].url, "https://shop.example/鞋?token=…");
    let path = format!("/api/v1/conversations/{id}/trail");
    let (_, read) = agent.api.get(&path).await.expect("an answer");
    assert_eq!(read["pages"][0]["title"], json!("鞋"));
    let (status, _) = visitor.api.get(&path).await.expect("an answer");
    assert_eq!(status, 403);
    let wrong = json!({ "url": "javascript:alert(1)" });
    let refused = visitor.api.call(Method::POST, "/api/v1/page", Some(wrong));
    assert_eq!(refused.await.expect("an answer").0, 422);
}
