//! Who hears that sensitive words were said.

use kefu_proto::v1::{
    OpenWorkspace, Ping, Role, Sender, WordAlert, WordsFound, client_frame::Body as Up, link_down,
    server_frame::Body as Down,
};

use crate::support::{Edge, Wire, settings};

const TENANT: u64 = 1;

async fn at_work(edge: &Edge, token: &str, role: Role) -> Wire {
    edge.core.user_as(token, role);
    let mut wire = edge.wire("kefu.v1.proto").await;
    wire.hello(token).await;
    wire.say(Up::Workspace(OpenWorkspace {})).await;
    wire.until(|body| matches!(body, Down::Workspace(_)).then_some(()))
        .await;
    wire
}

/// What comes until a ping, which was said after it, is answered.
async fn heard(wire: &mut Wire) -> Vec<u64> {
    let asked = wire.say(Up::Ping(Ping::default())).await;
    let mut heard = Vec::new();
    loop {
        let frame = wire.hear().await;
        match frame.body {
            Some(Down::WordAlert(alert)) => heard.push(alert.seq),
            Some(Down::Pong(_)) if frame.r#ref == asked => return heard,
            _ => {}
        }
    }
}

#[tokio::test]
async fn words_are_told_to_workspaces_that_oversee_and_to_nobody_else() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut visitor = edge.welcomed("v").await;
    visitor.open(own, 0).await;
    visitor
        .until(|body| matches!(body, Down::Opened(_)).then_some(()))
        .await;
    let mut agent = at_work(&edge, "a", Role::Agent).await;
    let mut overseers = [
        at_work(&edge, "s", Role::Supervisor).await,
        at_work(&edge, "r", Role::Admin).await,
    ];
    let found = |tenant_id, seq| {
        let alert = WordAlert {
            conversation_id: own,
            list: Sender::Visitor.into(),
            seq,
            ..WordAlert::default()
        };
        link_down::Body::Words(WordsFound {
            tenant_id,
            alert: Some(alert),
        })
    };
    {
        let state = edge.core.state.lock();
        // Of another tenant: nobody's business.
        state.tell_all(found(TENANT + 1, 1));
        state.tell_all(found(TENANT, 2));
    }
    for wire in &mut overseers {
        let mut told = Vec::new();
        while told.is_empty() {
            told = heard(wire).await;
        }
        assert_eq!(told, [2]);
    }
    // What reached the others has passed these two, too.
    for wire in [&mut agent, &mut visitor] {
        assert_eq!(heard(wire).await, [0; 0]);
        assert_eq!(heard(wire).await, [0; 0]);
    }
}
