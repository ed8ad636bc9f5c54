//! The agents' side.

use kefu_proto::v1::{
    OpenWorkspace, WorkspaceSnapshot, client_frame::Body as Up, server_frame::Body as Down,
};

use crate::support::{Edge, Wire, eventually, settings};

async fn snapshot(wire: &mut Wire) -> WorkspaceSnapshot {
    let found = wire.until(|body| match body {
        Down::Workspace(snapshot) => Some(snapshot),
        _ => None,
    });
    found.await
}

#[tokio::test]
async fn a_workspace_gets_the_lists_and_then_every_change() {
    let mut settings = settings();
    settings.limits.page_conversations_max = 2;
    let edge = Edge::start(settings).await;
    let ids: Vec<u64> = (0..5)
        .map(|n| edge.core.visitor(&format!("v{n}")))
        .collect();
    let agent = edge.core.user("a");
    let mut wire = edge.welcomed("a").await;
    wire.say(Up::Workspace(OpenWorkspace {})).await;
    let lists = snapshot(&mut wire).await;
    let mut listed: Vec<u64> = lists.conversations.iter().map(|head| head.id).collect();
    listed.sort_unstable();
    assert_eq!(listed, ids, "all pages of them");
    assert_eq!((lists.agents[0].id, edge.core.online()), (agent, 1));

    edge.core.bot_says(ids[3], "hello");
    let head = wire.until(|body| match body {
        Down::Conversation(head) => Some(head),
        _ => None,
    });
    let head = head.await;
    assert_eq!(
        (head.id, head.last_seq, head.preview.as_str()),
        (ids[3], 1, "secret preview")
    );
    let status = edge
        .http
        .put(edge.url("/api/v1/me/status"))
        .bearer_auth("a");
    let status = status
        .header("content-type", "application/json")
        .body(r#"{"status":"AGENT_STATUS_AWAY"}"#);
    assert_eq!(status.send().await.expect("an answer").status(), 200);
    let away = wire.until(|body| match body {
        Down::Agent(agent) => (agent.status == 3).then_some(agent.id),
        _ => None,
    });
    assert_eq!(away.await, agent);

    drop(wire);
    eventually("the core knows that the agent left", || {
        edge.core.online() == 0
    })
    .await;
}

#[tokio::test]
async fn after_the_core_was_away_the_lists_are_fresh_and_the_agent_is_online_again() {
    let edge = Edge::start(settings()).await;
    edge.core.user("a");
    let mut wire = edge.welcomed("a").await;
    wire.say(Up::Workspace(OpenWorkspace {})).await;
    assert!(snapshot(&mut wire).await.conversations.is_empty());
    edge.core.halt().await;
    let missed = edge.core.visitor("v");
    edge.core.resume().await;
    assert_eq!(snapshot(&mut wire).await.conversations[0].id, missed);
    assert_eq!(edge.core.online(), 1);
}
