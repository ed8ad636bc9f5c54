//! Row 12: connections that are open at one end only, and processes that hang. Both ends notice,
//! and both go on.

use std::{sync::Arc, time::Duration};

use kefu_proto::v1::Phase;
use kefu_tests::{Agent, Client, Codec, History, Place, Proxy, Service, seed};
use nix::sys::signal::{Signal, kill};

use crate::common::{crowd, metric, quick, until};

/// Whether the agents' page shows this one as connected.
async fn is_online(admin: &kefu_tests::Api, id: u64) -> bool {
    let (_, told) = admin.get("/api/v1/agents").await.expect("an answer");
    let users = told["users"].as_array().cloned().unwrap_or_default();
    let id = id.to_string();
    users
        .iter()
        .any(|user| user["id"] == id.as_str() && user["online"] == true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_is_noticed_by_both_ends_and_resumed() {
    let service = Service::start(quick().env("KEFU_EDGE__HEARTBEAT_S", 1)).await;
    let proxy = Proxy::before_service(&service.base).await;
    let history = Arc::new(History::new(seed()));
    let admin = Agent::first_admin(&service).await;
    drop(admin.hires("far", 5).await);
    let far = Place::new(&proxy.base());
    let mut agent = Client::agent(&far, &history, "far")
        .await
        .patience(Duration::from_secs(1));
    agent.connect().await.expect("a welcome");
    until("the agent is seen", async || {
        is_online(&admin.api, agent.id()).await
    })
    .await;
    // The admin is away, so that it goes to the other.
    let away = serde_json::json!({ "status": "AGENT_STATUS_AWAY" });
    let put = reqwest::Method::PUT;
    admin
        .api
        .call(put, "/api/v1/me/status", Some(away))
        .await
        .expect("an answer");
    let near = Place::new(&service.base);
    let mut visitor = Client::visitor(&near, &history, Codec::Json).await;
    let conversation = visitor.conversation;
    visitor.acts(conversation, "ACTION_REQUEST_HUMAN").await;
    agent.opens(conversation).await.expect("connected");
    visitor.says("在吗").await;
    agent.reads_until(conversation, 2).await;

    // Nothing passes any more, and neither end is told. The visitor writes on.
    proxy.strand();
    for _ in 0..5 {
        visitor.says("听得到吗").await;
    }
    until("the service notices", async || {
        !is_online(&admin.api, agent.id()).await
    })
    .await;
    let ended = "kefu_edge_goodbyes_total";
    assert!(metric(&service.api(), ended, "code=\"4408\"").await >= 1.0);
    assert!(agent.is_connected(), "its end is open still");
    let last = visitor.stored(conversation).await.last().expect("some").seq;
    agent.reads_until(conversation, last).await;
    assert!(agent.connections >= 2);
    until("the agent is seen again", async || {
        is_online(&admin.api, agent.id()).await
    })
    .await;
    let id = agent.new_id();
    let told = agent
        .insists(conversation, &id, "听到了")
        .await
        .expect("it is still theirs");
    visitor.reads_until(conversation, told.seq).await;
    let head = agent
        .heads
        .get(&conversation)
        .map(kefu_proto::v1::Conversation::phase);
    assert_eq!(head, Some(Phase::Serving));
    history.assert_holds(&[visitor.stored(conversation).await]);
}

/// SIGSTOP, as a machine that swaps or a debugger does: calls end with a reason, and all goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_hangs_ends_no_call_without_a_reason_and_goes_on() {
    let service = Service::start(quick().env("KEFU_EDGE__REQUEST_TIMEOUT_S", 1)).await;
    let mut crowd = crowd(&service, 6).await;
    for role in ["chat", "bot", "edge"] {
        crowd.talks(Duration::from_millis(2));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let pid = service.pid_of(role).expect("it lives");
        kill(pid, Signal::SIGSTOP).expect("it can be stopped");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        kill(pid, Signal::SIGCONT).expect("it can go on");
        service.until_ready().await;
        crowd.rests().await;
        assert_eq!(service.pid_of(role), Some(pid), "{role} went on");
    }
    let summary = crowd.holds().await;
    assert!(summary.refused > 0, "{summary}");
}
