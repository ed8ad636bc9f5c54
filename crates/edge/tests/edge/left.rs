//! Who hears that a message was left.

use kefu_proto::v1::{LeftChanged, LeftMessage, Role, link_down, server_frame::Body as Down};

use crate::support::{Edge, settings};

const TENANT: u64 = 1;

/// By its id.
fn told(body: Down) -> Option<u64> {
    match body {
        Down::Left(message) => Some(message.id),
        _ => None,
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
    let mut idle = edge.welcomed("idle").await;
    let mut agent = edge.at_work("a", Role::Agent).await;
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
    let mut news = Vec::new();
    while news.is_empty() {
        news = agent.heard(told).await;
    }
    assert_eq!(news, [2]);
    for wire in [&mut idle, &mut visitor] {
        assert_eq!(wire.heard(told).await, [0; 0]);
    }
}
