//! Who hears that a message was left.

use kefu_proto::v1::{
    LeftChanged, LeftMessage, OpenWorkspace, Ping, Role, client_frame::Body as Up, link_down,
    server_frame::Body as Down,
};

use crate::support::{Edge, Wire, settings};

const TENANT: u64 = 1;

/// What comes until a ping, which was said after it, is answered.
async fn heard(wire: &mut Wire) -> Vec<u64> {
    let asked = wire.say(Up::Ping(Ping::default())).await;
    let mut heard = Vec::new();
    loop {
        let frame = wire.hear().await;
        match frame.body {
            Some(Down::Left(message)) => heard.push(message.id),
            Some(Down::Pong(_)) if frame.r#ref == asked => return heard,
            _ => {}
        }
    }
}

#[tokio::test]
async fn workspaces_of_the_tenant_hear_of_it_and_nobody_else() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut visitor = edge.welcomed("v").await;
    visitor.open(own, 0).await;
    visitor
        .until(|body| matches!(body, Down::Opened(_)).then_some(()))
        .await;
    // Logged in, without a workspace.
    edge.core.user_as("idle", Role::Agent);
    let mut idle = edge.wire("kefu.v1.proto").await;
    idle.hello("idle").await;
    edge.core.user_as("a", Role::Agent);
    let mut agent = edge.wire("kefu.v1.proto").await;
    agent.hello("a").await;
    agent.say(Up::Workspace(OpenWorkspace {})).await;
    agent
        .until(|body| matches!(body, Down::Workspace(_)).then_some(()))
        .await;
    let changed = |tenant_id, id| {
        let message = LeftMessage {
            id,
            conversation_id: own,
            ..LeftMessage::default()
        };
        link_down::Body::Left(LeftChanged {
            tenant_id,
            message: Some(message),
        })
    };
    {
        let state = edge.core.state.lock();
        state.tell_all(changed(TENANT + 1, 1));
        state.tell_all(changed(TENANT, 2));
    }
    let mut told = Vec::new();
    while told.is_empty() {
        told = heard(&mut agent).await;
    }
    assert_eq!(told, [2]);
    for wire in [&mut idle, &mut visitor] {
        assert_eq!(heard(wire).await, [0; 0]);
    }
}
