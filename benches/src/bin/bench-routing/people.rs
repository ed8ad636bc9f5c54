//! Everybody around the service: agents with workspaces, visitors who want people.

use anyhow::{Context as _, anyhow, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kefu_proto::v1::{OpenWorkspace, client_frame};
use kefu_tests::{Agent, Api, Codec, Options, PASSWORD, Service, Socket};
use reqwest::Method;
use serde_json::json;

use crate::product::Plan;

/// Requests that are made at once.
pub const AT_ONCE: usize = 16;

/// What is wider than as shipped, as the generator is one machine.
const WIDER: [(&str, u32); 5] = [
    ("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 1_000_000),
    ("KEFU_EDGE__LOGINS_PER_MINUTE_PER_IP", 1_000_000),
    ("KEFU_EDGE__REQUESTS_PER_MINUTE_PER_SESSION", 1_000_000),
    ("KEFU_EDGE__SOCKETS_PER_IP_MAX", 10_000),
    ("KEFU_EDGE__HEARTBEAT_S", 300),
];

/// Somebody who waits, or will.
#[derive(Debug)]
pub struct Session {
    pub api: Api,
    pub conversation: u64,
}

/// Somebody who serves.
#[derive(Debug)]
pub struct Seat {
    pub api: Api,
    pub id: u64,
}

/// Starts the service, with its files in this directory.
///
/// # Errors
/// With what it said, when it does not start.
pub async fn start(dir: &std::path::Path) -> anyhow::Result<Service> {
    let options = Options::default().without_model().data_dir(dir);
    let options = WIDER
        .iter()
        .fold(options, |options, (name, value)| options.env(name, value));
    let started = Service::try_start(options).await;
    started.map_err(|ended| anyhow!("it does not start: {}", ended.log))
}

/// So many new visitors.
///
/// # Errors
/// When one is refused.
pub async fn visitors(api: &Api, count: usize) -> anyhow::Result<Vec<Session>> {
    stream::iter(0..count)
        .map(|_| visitor(api))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn visitor(api: &Api) -> anyhow::Result<Session> {
    let wanted = json!({ "language": "zh" });
    let (status, session) = api.post("/api/v1/visitor/session", wanted).await?;
    ensure!(status == 201, "no session: {session}");
    let conversation = session["principal"]["conversationId"].as_str();
    Ok(Session {
        api: api.with_token(session["token"].as_str().context("no token")?),
        conversation: conversation.context("no conversation")?.parse()?,
    })
}

/// Does something to a conversation as a whole.
///
/// # Errors
/// When it is refused.
pub async fn act(api: &Api, conversation: u64, action: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/conversations/{conversation}/actions");
    let (status, said) = api.post(&path, json!({ "action": action })).await?;
    ensure!(status == 200, "{action}: {said}");
    Ok(())
}

/// An admin, who is away, and agents, who are free as soon as they have a workspace.
///
/// # Errors
/// When one is refused.
pub async fn seats(service: &Service, plan: &Plan) -> anyhow::Result<Vec<Seat>> {
    let admin = Agent::first_admin(service).await;
    status(&admin.api, "AGENT_STATUS_AWAY").await?;
    stream::iter(1..=plan.agents)
        .map(|n| hired(&admin.api, n, plan.capacity))
        .buffer_unordered(4)
        .try_collect()
        .await
}

async fn hired(admin: &Api, n: usize, capacity: u32) -> anyhow::Result<Seat> {
    let login = format!("agent{n}");
    let user = json!({
        "login": login, "name": login, "password": PASSWORD, "role": "ROLE_AGENT",
        "capacity": capacity,
    });
    let (status, said) = admin.post("/api/v1/users", user).await?;
    ensure!(status == 201, "{said}");
    let body = json!({ "login": login, "password": PASSWORD });
    let door = Api::new(admin.base());
    let (status, session) = door.post("/api/v1/login", body).await?;
    ensure!(status == 200, "{session}");
    let api = admin.with_token(session["token"].as_str().context("no token")?);
    let (_, me) = api.get("/api/v1/me").await?;
    let id = me["id"].as_str().context("no id")?.parse()?;
    Ok(Seat { api, id })
}

async fn status(api: &Api, wanted: &str) -> anyhow::Result<()> {
    let body = json!({ "status": wanted });
    let put = api.call(Method::PUT, "/api/v1/me/status", Some(body));
    let (status, said) = put.await?;
    ensure!(status == 200, "{said}");
    Ok(())
}

/// The agent's workspace; they are free from now on.
///
/// # Errors
/// When it is refused.
pub async fn workspace(seat: &Seat) -> anyhow::Result<Socket> {
    status(&seat.api, "AGENT_STATUS_FREE").await?;
    let mut socket = Socket::hello(seat.api.base(), Codec::Proto, seat.api.token()).await?;
    let open = client_frame::Body::Workspace(OpenWorkspace {});
    socket.send(open).await?;
    Ok(socket)
}
