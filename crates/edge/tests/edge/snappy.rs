//! Sockets whose frames may be compressed.

use kefu_proto::v1::{
    Message, Ping, body::Kind, client_frame::Body as Up, server_frame::Body as Down,
};
use tokio_tungstenite::tungstenite::Message as Raw;

use crate::support::{Edge, Wire, problem, settings};

const BOTH: [&str; 2] = ["kefu.v1.proto+snappy", "kefu.v1.json+snappy"];

/// Welcomed, and looking at this conversation.
async fn watching(edge: &Edge, subprotocol: &str, token: &str, conversation: u64) -> Wire {
    let mut wire = edge.wire(subprotocol).await;
    assert_eq!(wire.subprotocol, subprotocol);
    wire.hello(token).await;
    wire.open(conversation, 0).await;
    wire.until(|body| matches!(body, Down::Opened(_)).then_some(()))
        .await;
    wire
}

/// The next message that comes.
async fn hears(wire: &mut Wire) -> Message {
    let mut messages = wire
        .until(|body| match body {
            Down::Messages(messages) => Some(messages.messages),
            _ => None,
        })
        .await;
    messages.pop().expect("a message")
}

fn text(message: &Message) -> &str {
    match message.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(Kind::Text(text)) => &text.text,
        other => panic!("expected a text, got {other:?}"),
    }
}

#[tokio::test]
async fn long_frames_come_compressed_short_ones_as_they_are_and_both_ways_are_read() {
    let edge = Edge::start(settings()).await;
    for subprotocol in BOTH {
        let own = edge.core.visitor("v");
        let mut wire = watching(&edge, subprotocol, "v", own).await;
        let long = "where is my order? ".repeat(200);
        edge.core.bot_says(own, &long);
        assert_eq!(text(&hears(&mut wire).await), long);
        assert_eq!(wire.last[0], 1);
        assert!(wire.last.len() * 4 < long.len(), "{}", wire.last.len());
        wire.say(Up::Ping(Ping::default())).await;
        wire.until(|body| matches!(body, Down::Pong(_)).then_some(()))
            .await;
        assert_eq!(wire.last[0], 0, "{subprotocol}");
        // What goes up is compressed, too, where that makes it shorter.
        wire.send_text(own, "a", &long).await;
        assert_eq!(text(&hears(&mut wire).await), long);
    }
    edge.stop().await;
}

#[tokio::test]
async fn each_of_those_who_watch_gets_what_it_reads_and_may_see() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.user("a");
    let mut wires = Vec::new();
    for subprotocol in ["kefu.v1.proto", "kefu.v1.json"].into_iter().chain(BOTH) {
        for token in ["v", "a", "v"] {
            let wire = watching(&edge, subprotocol, token, own).await;
            wires.push((wire, token == "a"));
        }
    }
    for words in ["short", &"long ".repeat(300)] {
        edge.core.bot_says(own, words);
        for (wire, is_agent) in &mut wires {
            let heard = hears(wire).await;
            assert_eq!(text(&heard), words, "{}", wire.subprotocol);
            assert_eq!(heard.trace.is_some(), *is_agent, "{}", wire.subprotocol);
        }
    }
    drop(wires);
    edge.stop().await;
}

#[tokio::test]
async fn a_page_of_history_comes_compressed() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    for n in 0..250 {
        edge.core.bot_says(own, &format!("{n}"));
    }
    let mut wire = watching(&edge, BOTH[1], "v", own).await;
    assert_eq!(wire.seqs_until(250).await, (1..=250).collect::<Vec<u64>>());
    assert_eq!(wire.last[0], 1);
    edge.stop().await;
}

#[tokio::test]
async fn what_is_preferred_first_is_chosen_and_http_knows_no_compression() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let cases = [
        ("kefu.v1.json+snappy, kefu.v1.json", "kefu.v1.json+snappy"),
        ("kefu.v1.json, kefu.v1.json+snappy", "kefu.v1.json"),
        ("kefu.v1.json+zstd,kefu.v1.json", "kefu.v1.json"),
        ("kefu.v1.proto, kefu.v1.json", "kefu.v1.proto"),
    ];
    for (offer, chosen) in cases {
        let mut wire = edge.wire(offer).await;
        assert_eq!(wire.subprotocol, chosen, "{offer}");
        wire.hello("v").await;
    }
    // A plus in a query is a space, so that it is written as %2B.
    let name = "kefu.v1.json%2Bsnappy";
    let hello = r#"{"frames":[{"ref":"1","hello":{"token":"v"}}]}"#;
    let path = format!("/stream?protocol={name}");
    let refused = edge.post(&path, "", hello).await;
    assert_eq!(problem(refused).await, (400, "version".into(), false));
    let begun = edge.post(&format!("{path},kefu.v1.json"), "", hello).await;
    assert_eq!(begun.status(), 200);
    let told: serde_json::Value = begun.json().await.expect("JSON");
    assert!(told["frames"][0]["welcome"].is_object(), "{told}");
    edge.stop().await;
}

#[tokio::test]
async fn bombs_end_the_socket_and_neighbours_do_not_notice() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut neighbour = watching(&edge, BOTH[1], "v", own).await;
    // A ping, as Protobuf: it would be good where nothing is compressed.
    let bare = b"\x08\x01\x3a\x00";
    let cases: [(&[u8], u16, &str); 11] = [
        // Four gigabytes, and one byte more than is allowed.
        (b"\x01\xff\xff\xff\xff\x0f\x00a", 1009, "too_large"),
        (b"\x01\x81\x80\x04\x00a", 1009, "too_large"),
        // More than Snappy knows, and a length that does not end.
        (b"\x01\x80\x80\x80\x80\x10\x00a", 4400, "bad_frame"),
        (b"\x01\xff\xff", 4400, "bad_frame"),
        // Four bytes are promised, 65 would come; five are, and one comes.
        (b"\x01\x04\x00a\xfe\x01\x00", 4400, "bad_frame"),
        (b"\x01\x05\x00a", 4400, "bad_frame"),
        // A copy of what was never there.
        (b"\x01\x04\x0e\x01\x00", 4400, "bad_frame"),
        (b"", 4400, "bad_frame"),
        (b"\x00", 4400, "bad_frame"),
        (b"\x02\x08\x01\x3a\x00", 4400, "bad_frame"),
        (bare, 4400, "bad_frame"),
    ];
    for subprotocol in BOTH {
        for (bytes, code, word) in cases {
            let mut wire = edge.wire(subprotocol).await;
            wire.hello("v").await;
            wire.raw(Raw::Binary(bytes.to_vec().into())).await;
            let closed = wire.closed().await;
            assert_eq!(
                (closed.code, closed.word.as_str()),
                (code, word),
                "{subprotocol} {bytes:?}"
            );
        }
        let mut wire = edge.wire(subprotocol).await;
        wire.hello("v").await;
        wire.raw(Raw::Text("{\"ref\":1,\"ping\":{}}".into())).await;
        assert_eq!(wire.closed().await.code, 4400, "a text message");
    }
    neighbour.say(Up::Ping(Ping::default())).await;
    let pong = neighbour.until(|body| matches!(body, Down::Pong(_)).then_some(()));
    pong.await;
    edge.stop().await;
}
