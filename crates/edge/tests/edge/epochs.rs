//! A core whose store was put back in time: nobody goes on from a place in the former epoch.

use std::time::Duration;

use kefu_proto::v1::{Open, Opened, client_frame::Body as Up, server_frame::Body as Down};

use crate::support::{Edge, PATIENCE, Wire, settings};

async fn opens(wire: &mut Wire, conversation_id: u64, after_seq: u64, epoch: u64) -> Opened {
    wire.say(Up::Open(Open {
        conversation_id,
        after_seq,
        epoch,
    }))
    .await;
    wire.until(|body| match body {
        Down::Opened(opened) => Some(opened),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_place_is_believed_in_its_own_epoch_only() {
    let edge = Edge::start(settings()).await;
    edge.core.state.lock().epoch = 7;
    let conversation = edge.core.visitor("v");
    for text in ["one", "two", "three"] {
        edge.core.bot_says(conversation, text);
    }
    let mut wire = edge.welcomed("v").await;
    for (asked, epoch, served) in [(2, 7, 2), (2, 0, 2), (2, 6, 0), (9, 8, 0)] {
        let opened = opens(&mut wire, conversation, asked, epoch).await;
        assert_eq!(
            (opened.epoch, opened.after_seq),
            (7, served),
            "{asked} of {epoch}"
        );
        let head = opened.conversation.expect("a head");
        assert_eq!(
            (head.epoch, head.last_seq),
            (0, 3),
            "it stands beside the head"
        );
        let expected: Vec<u64> = (served + 1..=3).collect();
        assert_eq!(wire.seqs_until(3).await, expected, "{asked} of {epoch}");
    }
    edge.stop().await;
}

/// The core ends, is missed, and starts again in this epoch.
async fn restarts_in(edge: &Edge, epoch: u64) {
    edge.core.halt().await;
    let missed = async {
        while edge.get("/readyz", "").await.status() == 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let missed = tokio::time::timeout(PATIENCE, missed).await;
    missed.expect("the edge notices");
    edge.core.state.lock().epoch = epoch;
    edge.core.resume().await;
}

/// Its socket stands while the core is started anew over a backup.
#[tokio::test]
async fn a_new_epoch_ends_every_socket_with_a_code_and_a_time() {
    let edge = Edge::start(settings()).await;
    restarts_in(&edge, 7).await;
    edge.until_ready().await;
    let conversation = edge.core.visitor("v");
    edge.core.bot_says(conversation, "one");
    let mut wires = [edge.welcomed("v").await, edge.welcomed("v").await];
    assert_eq!(opens(&mut wires[0], conversation, 0, 0).await.epoch, 7);

    restarts_in(&edge, 7).await;
    edge.until_ready().await;
    let opened = opens(&mut wires[0], conversation, 1, 7).await;
    assert_eq!(opened.after_seq, 1, "the same epoch: nothing happened");

    restarts_in(&edge, 8).await;
    for wire in &mut wires {
        let closed = wire.closed().await;
        assert_eq!((closed.code, closed.word.as_str()), (1012, "unavailable"));
        assert!(closed.reconnect_after_ms > 0);
    }
    edge.until_ready().await;
    let mut wire = edge.welcomed("v").await;
    let opened = opens(&mut wire, conversation, 1, 7).await;
    assert_eq!((opened.epoch, opened.after_seq), (8, 0));
    edge.stop().await;
}
