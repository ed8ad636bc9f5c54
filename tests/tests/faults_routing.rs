//! FAULTS row 22 at every station: each role is killed while conversations wait, are offered, are served, were
//! given to a group, lost their agent, or are tidied up. Ownership and the order of the lines are as before, and
//! then everything goes on from there.

use std::time::Duration;

use kefu_proto::v1::{Conversation, Phase};
use kefu_tests::{Agent, Api, Options, PATIENCE, Service, Visitor, history};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// Where a conversation is, as a supervisor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Station {
    name: &'static str,
    phase: Phase,
    owner: u64,
    group: u64,
    position: u32,
    /// Facts are told once, whoever died meanwhile.
    messages: usize,
}

/// Long waits, so that only what the test does moves anything; but for the grace, which differs.
fn options(dir: &std::path::Path, grace_s: u64) -> Options {
    Options::default()
        .without_model()
        .data_dir(dir)
        .env("KEFU_CHAT__AGENT_GRACE_S", grace_s)
        .env("KEFU_CHAT__WRAP_UP_S", 3_600)
        .env("KEFU_ROUTING__OFFER_S", 3_600)
        .env("KEFU_EDGE__REQUESTS_PER_MINUTE_PER_SESSION", 1_000_000)
}

/// An answer of 200, for as long as a role that was killed takes to come back.
async fn got(api: &Api, path: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match api.get(path).await {
            Ok((200, body)) => return body,
            other => assert!(Instant::now() < deadline, "{path}: {other:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

async fn head(api: &Api, id: u64) -> Conversation {
    let body = got(api, &format!("/api/v1/conversations/{id}")).await;
    serde_json::from_value(body).expect("a conversation")
}

async fn until(api: &Api, id: u64, wanted: impl Fn(&Conversation) -> bool) -> Conversation {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let head = head(api, id).await;
        if wanted(&head) {
            return head;
        }
        assert!(Instant::now() < deadline, "it stays {head:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn act(api: &Api, id: u64, action: Value) {
    let path = format!("/api/v1/conversations/{id}/actions");
    let (status, said) = api.post(&path, action.clone()).await.expect("an answer");
    assert_eq!(status, 200, "{action}: {said}");
}

/// A new visitor who waits in the default line.
async fn waits(service: &Service) -> u64 {
    let visitor = Visitor::arrive(service, "zh").await;
    let id = visitor.conversation;
    act(
        &visitor.api,
        id,
        json!({ "action": "ACTION_REQUEST_HUMAN" }),
    )
    .await;
    id
}

async fn to_group(api: &Api, id: u64, group: u64) {
    let transfer = json!({ "action": "ACTION_TRANSFER", "groupId": group.to_string() });
    act(api, id, transfer).await;
}

/// A group of one agent.
async fn group(admin: &Api, key: &str, member: u64, manual: bool) -> u64 {
    let group = json!({
        "key": key, "name": key, "strategy": "GROUP_STRATEGY_LEAST_LOADED", "manualAccept": manual,
        "members": [{ "agentId": member.to_string(), "level": 1 }],
    });
    let (status, made) = admin
        .post("/api/v1/groups", group)
        .await
        .expect("an answer");
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().expect("an id as a string");
    id.parse().expect("a number")
}

/// The default group is this agent's alone.
async fn default_group_of(admin: &Api, member: u64) {
    let group = json!({
        "name": "", "strategy": "GROUP_STRATEGY_LEAST_LOADED",
        "members": [{ "agentId": member.to_string(), "level": 1 }],
    });
    let put = admin.call(Method::PUT, "/api/v1/groups/0", Some(group));
    let (status, said) = put.await.expect("an answer");
    assert_eq!(status, 200, "{said}");
}

async fn is_asked(admin: &Api, agent: u64, conversation: u64) {
    let (agent, conversation) = (agent.to_string(), conversation.to_string());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let told = got(admin, "/api/v1/agents").await;
        let agents = told["users"].as_array().cloned().unwrap_or_default();
        let asked = agents.iter().any(|one| {
            one["id"] == agent.as_str() && one["offeredConversationId"] == conversation.as_str()
        });
        if asked {
            return;
        }
        assert!(Instant::now() < deadline, "nobody is asked: {told}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn board(admin: &Api, all: &[(&'static str, u64)]) -> Vec<Station> {
    let mut board = Vec::new();
    for (name, id) in all {
        let head = head(admin, *id).await;
        board.push(Station {
            name,
            phase: head.phase(),
            owner: head.agent_id,
            group: head.group_id,
            position: head.queue_position,
            messages: history(admin, *id).await.len(),
        });
    }
    board
}

/// Three wait for an agent whose workspace went away for longer than the grace, one of them theirs
/// before. The service is then stopped.
async fn an_agent_is_lost(dir: &std::path::Path) -> [u64; 3] {
    let mut service = Service::start(options(dir, 1)).await;
    let admin = Agent::first_admin(&service).await;
    for (login, capacity) in [("li", 2), ("wu", 1), ("zhao", 1)] {
        drop(admin.hires(login, capacity).await);
    }
    let sun = admin.hires("sun", 1).await;
    default_group_of(&admin.api, sun.id).await;
    let lost = waits(&service).await;
    let theirs = sun.id;
    until(&admin.api, lost, |head| head.agent_id == theirs).await;
    let others = [waits(&service).await, waits(&service).await];
    drop(sun);
    until(&admin.api, lost, |head| head.phase() == Phase::Queued).await;
    assert_eq!(service.terminate().await, Some(0));
    [lost, others[0], others[1]]
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_dies_at_whatever_station_owners_and_lines_are_as_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let [lost, second, third] = an_agent_is_lost(dir.path()).await;
    let service = Service::start(options(dir.path(), 3_600)).await;
    let admin = Agent::log_in(&service.base, "admin").await;
    let mut li = Agent::log_in(&service.base, "li").await;
    let mut wu = Agent::log_in(&service.base, "wu").await;
    let zhao = Agent::log_in(&service.base, "zhao").await;
    let returns = group(&admin.api, "returns", li.id, false).await;
    let sales = group(&admin.api, "sales", wu.id, true).await;

    let (served, ended, given) = (
        waits(&service).await,
        waits(&service).await,
        waits(&service).await,
    );
    act(&li.api, served, json!({ "action": "ACTION_CLAIM" })).await;
    act(&li.api, ended, json!({ "action": "ACTION_CLAIM" })).await;
    act(&li.api, ended, json!({ "action": "ACTION_END" })).await;
    // Who came earlier waits in the same line, but whoever was served before goes first.
    let behind = waits(&service).await;
    to_group(&admin.api, behind, returns).await;
    act(&zhao.api, given, json!({ "action": "ACTION_CLAIM" })).await;
    to_group(&zhao.api, given, returns).await;
    let offered = waits(&service).await;
    to_group(&admin.api, offered, sales).await;
    is_asked(&admin.api, wu.id, offered).await;

    let all = [
        ("lost its agent", lost),
        ("queued", second),
        ("queued behind it", third),
        ("served", served),
        ("tidied up", ended),
        ("given to a group", given),
        ("queued in the group", behind),
        ("offered", offered),
    ];
    let before = board(&admin.api, &all).await;
    let lines: Vec<u32> = before.iter().map(|station| station.position).collect();
    assert_eq!(lines, [1, 2, 3, 0, 0, 1, 2, 1], "{before:#?}");
    let owners: Vec<u64> = before.iter().map(|station| station.owner).collect();
    assert_eq!(owners, [0, 0, 0, li.id, li.id, 0, 0, 0], "{before:#?}");

    for role in ["bot", "chat", "edge"] {
        let dead = service.kill_role(role);
        service.until_restarted(role, dead).await;
        service.until_ready().await;
        assert_eq!(board(&admin.api, &all).await, before, "{role} was killed");
        if role == "edge" {
            li = Agent::log_in(&service.base, "li").await;
            wu = Agent::log_in(&service.base, "wu").await;
        }
        is_asked(&admin.api, wu.id, offered).await;
        assert_eq!(board(&admin.api, &all).await, before, "after {role}");
    }

    // Everything goes on from where it was.
    act(&wu.api, offered, json!({ "action": "ACTION_ACCEPT" })).await;
    let accepted = head(&admin.api, offered).await;
    assert_eq!(
        (accepted.phase(), accepted.agent_id),
        (Phase::Serving, wu.id)
    );
    act(&li.api, ended, json!({ "action": "ACTION_FINISH" })).await;
    until(&admin.api, given, |head| head.agent_id == li.id).await;
    assert_eq!(head(&admin.api, behind).await.queue_position, 1);
    let sun = Agent::log_in(&service.base, "sun").await;
    for next in [lost, second, third] {
        until(&admin.api, next, |head| head.agent_id == sun.id).await;
        for action in ["ACTION_END", "ACTION_FINISH"] {
            act(&sun.api, next, json!({ "action": action })).await;
        }
    }
}
