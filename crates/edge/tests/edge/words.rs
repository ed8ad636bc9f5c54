//! Who hears that sensitive words were said.

use kefu_proto::v1::{Role, Sender, WordAlert, WordsFound, link_down, server_frame::Body as Down};

use crate::support::{Edge, settings};

const TENANT: u64 = 1;

/// By its message.
fn told(body: Down) -> Option<u64> {
    match body {
        Down::WordAlert(alert) => Some(alert.seq),
        _ => None,
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
    let mut agent = edge.at_work("a", Role::Agent).await;
    let mut overseers = [
        edge.at_work("s", Role::Supervisor).await,
        edge.at_work("r", Role::Admin).await,
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
        let mut news = Vec::new();
        while news.is_empty() {
            news = wire.heard(told).await;
        }
        assert_eq!(news, [2]);
    }
    // What reached the others has passed these two, too.
    for wire in [&mut agent, &mut visitor] {
        assert_eq!(wire.heard(told).await, [0; 0]);
        assert_eq!(wire.heard(told).await, [0; 0]);
    }
}
