//! How far devices are, on the way up and down.

use kefu_proto::v1::{
    AskMissed, Cursor, CursorMoved, Hello, Mark, OpenWorkspace, Ping, Sender,
    client_frame::Body as Up, link_down, server_frame::Body as Down,
};

use crate::support::{Edge, settings};

const TENANT: u64 = 1;

#[tokio::test]
async fn marks_of_one_conversation_arrive_in_order_and_name_the_device() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut wire = edge.wire("kefu.v1.proto").await;
    wire.say(Up::Hello(Hello {
        token: "v".into(),
        device_id: "phone".into(),
        ..Hello::default()
    }))
    .await;
    let mut asked = Vec::new();
    // The last one is refused, and that is said of it and of no other.
    for seq in (1..=20).chain([2_000]) {
        let mark = Mark {
            conversation_id: own,
            delivered_seq: seq,
            read_seq: seq,
            ..Mark::default()
        };
        asked.push((wire.say(Up::Mark(mark)).await, seq));
    }
    for (reference, seq) in asked {
        let frame = loop {
            let frame = wire.hear().await;
            if frame.r#ref == reference {
                break frame;
            }
        };
        match frame.body {
            Some(Down::Cursor(cursor)) => assert_eq!(cursor.read_seq, seq),
            Some(Down::Problem(problem)) => {
                assert_eq!((problem.code.as_str(), seq), ("invalid", 2_000))
            }
            other => panic!("no answer to a mark: {other:?}"),
        }
    }
    let marks = edge.core.state.lock().marks.clone();
    let seqs: Vec<u64> = marks.iter().map(|(_, mark)| mark.read_seq).collect();
    assert_eq!(seqs, (1..=20).chain([2_000]).collect::<Vec<_>>());
    assert!(marks.iter().all(|(device, _)| device == "phone"));
    wire.say(Up::Missed(AskMissed { after: 7, limit: 3 })).await;
    let page = wire.until(|body| match body {
        Down::Missed(page) => Some(page),
        _ => None,
    });
    assert_eq!(page.await.next_after, 8);
}

#[tokio::test]
async fn a_cursor_goes_to_who_looks_and_to_the_own_workspace_and_to_nobody_else() {
    let edge = Edge::start(settings()).await;
    let (own, other) = (edge.core.visitor("v"), edge.core.visitor("w"));
    edge.core.user("a");
    let (mut looks, mut stranger) = (edge.welcomed("v").await, edge.welcomed("w").await);
    let mut works = edge.wire("kefu.v1.proto").await;
    let agent = works.hello("a").await.principal_id;
    works.say(Up::Workspace(OpenWorkspace {})).await;
    let snapshot = works.until(|body| matches!(body, Down::Workspace(_)).then_some(()));
    snapshot.await;
    for (wire, id) in [(&mut looks, own), (&mut stranger, other)] {
        wire.open(id, 0).await;
        wire.until(|body| matches!(body, Down::Opened(_)).then_some(()))
            .await;
    }
    let moved = |who: Sender, who_id, tenant_id| {
        let cursor = Some(Cursor {
            conversation_id: own,
            who: who.into(),
            who_id,
            delivered_seq: tenant_id,
            read_seq: 0,
        });
        link_down::Body::Cursor(CursorMoved { tenant_id, cursor })
    };
    {
        let state = edge.core.state.lock();
        // Of another tenant: nobody's business.
        state.tell_all(moved(Sender::Visitor, 5, TENANT + 1));
        state.tell_all(moved(Sender::Visitor, 5, TENANT));
        state.tell_all(moved(Sender::Agent, agent, TENANT));
    }
    let told = async |wire: &mut crate::support::Wire| {
        let mut told = Vec::new();
        for _ in 0..2 {
            let heard = wire.say(Up::Ping(Ping::default())).await;
            loop {
                let frame = wire.hear().await;
                match frame.body {
                    Some(Down::Cursor(cursor)) => told.push((cursor.who(), cursor.delivered_seq)),
                    Some(Down::Pong(_)) if frame.r#ref == heard => break,
                    _ => {}
                }
            }
        }
        told
    };
    let mut heard = Vec::new();
    while heard.len() < 2 {
        heard.extend(told(&mut looks).await);
    }
    assert_eq!(heard, [(Sender::Visitor, TENANT), (Sender::Agent, TENANT)]);
    let mut heard = Vec::new();
    while heard.is_empty() {
        heard.extend(told(&mut works).await);
    }
    assert_eq!(heard, [(Sender::Agent, TENANT)], "one's own, opened or not");
    assert_eq!(told(&mut stranger).await, []);
}
