//! Kefu under measurement: the shipped settings, but for the limits that are for strangers, as the
//! generator is one machine.

use anyhow::{Context as _, anyhow, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kefu_benches::field_mib;
use kefu_tests::{Agent, Api, Options, PASSWORD, Service};
use reqwest::Method;
use serde_json::json;

/// Requests and connections that are made at once.
pub const AT_ONCE: usize = 32;

/// What is wider than as shipped, as environment variables.
pub const WIDER: [(&str, u32); 7] = [
    ("KEFU_EDGE__SENDS_PER_SECOND", 1_000_000),
    ("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 2_000_000),
    ("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 1_000_000),
    ("KEFU_EDGE__LOGINS_PER_MINUTE_PER_IP", 1_000_000),
    ("KEFU_EDGE__SOCKETS_PER_IP_MAX", 19_000),
    ("KEFU_EDGE__SOCKETS_MAX", 19_000),
    ("KEFU_EDGE__HEARTBEAT_S", 300),
];

/// A visitor's session.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: String,
    pub conversation: u64,
}

/// Starts `kefu serve`; without a model unless one is named.
///
/// # Errors
/// With what it said, when it does not start.
pub async fn start(options: Options) -> anyhow::Result<Service> {
    let options = WIDER
        .iter()
        .fold(options, |options, (name, value)| options.env(name, value));
    let started = Service::try_start(options).await;
    started.map_err(|ended| anyhow!("it does not start: {}", ended.log))
}

/// Host and port of a base address.
#[must_use]
pub fn address(base: &str) -> &str {
    base.trim_start_matches("http://")
}

/// So many new visitors.
///
/// # Errors
/// When one is refused.
pub async fn sessions(api: &Api, count: usize) -> anyhow::Result<Vec<Session>> {
    stream::iter(0..count)
        .map(|_| session(api))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn session(api: &Api) -> anyhow::Result<Session> {
    let wanted = json!({ "language": "zh" });
    let (status, session) = api.post("/api/v1/visitor/session", wanted).await?;
    ensure!(status == 201, "no session: {session}");
    let conversation = session["principal"]["conversationId"].as_str();
    Ok(Session {
        token: session["token"].as_str().context("no token")?.to_owned(),
        conversation: conversation.context("no conversation")?.parse()?,
    })
}

/// Asks for a person on a visitor's behalf.
///
/// # Errors
/// When it is refused.
pub async fn ask_for_a_person(api: &Api, session: &Session) -> anyhow::Result<()> {
    let path = format!("/api/v1/conversations/{}/actions", session.conversation);
    let human = json!({ "action": "ACTION_REQUEST_HUMAN" });
    let (status, queued) = api.with_token(&session.token).post(&path, human).await?;
    ensure!(status == 200, "not queued: {queued}");
    Ok(())
}

/// Makes an admin, who is away, and this many agents; their logins.
///
/// # Errors
/// When one is refused.
pub async fn agents(service: &Service, count: usize) -> anyhow::Result<Vec<String>> {
    let admin = Agent::first_admin(service).await;
    let away = json!({ "status": "AGENT_STATUS_AWAY" });
    let (status, said) = admin
        .api
        .call(Method::PUT, "/api/v1/me/status", Some(away))
        .await?;
    ensure!(status == 200, "{said}");
    stream::iter(1..=count)
        .map(|n| hire(&admin.api, format!("agent{n}")))
        .buffer_unordered(4)
        .try_collect()
        .await
}

async fn hire(api: &Api, login: String) -> anyhow::Result<String> {
    let user = json!({
        "login": login, "name": login, "password": PASSWORD, "role": "ROLE_AGENT", "capacity": 100,
    });
    let (status, said) = api.post("/api/v1/users", user).await?;
    ensure!(status == 201, "{said}");
    Ok(login)
}

/// Logs in; the session's token.
///
/// # Errors
/// When it is refused.
pub async fn log_in(api: &Api, login: &str) -> anyhow::Result<String> {
    let body = json!({ "login": login, "password": PASSWORD });
    let (status, session) = api.post("/api/v1/login", body).await?;
    ensure!(status == 200, "{session}");
    Ok(session["token"].as_str().context("no token")?.to_owned())
}

/// Memory of these processes: each page counted once (`Pss`), MiB.
///
/// # Errors
/// When one of them is gone.
pub fn memory_mib(ids: &[i32]) -> anyhow::Result<f64> {
    ids.iter().try_fold(0.0, |sum, id| {
        let path = format!("/proc/{id}/smaps_rollup");
        let text = std::fs::read_to_string(&path).context(path)?;
        Ok(sum + field_mib(&text, "Pss:").context("no Pss")?)
    })
}

/// The most that a process was resident with, MiB.
///
/// # Errors
/// When it is gone.
pub fn peak_mib(id: i32) -> anyhow::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    field_mib(&text, "VmHWM").context("no VmHWM")
}

/// A role's process.
///
/// # Errors
/// When it does not run.
pub fn role(service: &Service, name: &str) -> anyhow::Result<i32> {
    let pid = service.pid_of(name);
    Ok(pid
        .with_context(|| format!("{name} does not run"))?
        .as_raw())
}
