//! Frames that may be compressed, over a WebSocket to servers that know how and to those that do not.

use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use kefu_proto::{
    snappy,
    v1::{ClientFrame, Hello, Message as Line, Messages, ServerFrame, client_frame, server_frame},
};
use kefu_sdk::{
    Codec, Limits,
    machine::{LinkEnd, LinkEvent},
    net::{Connections, Down, Target, Transport as _, WebSocket},
};
use serde::Serialize;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::HeaderValue,
    },
};

const PROTOCOL: &str = "sec-websocket-protocol";
/// The largest frame that the client takes.
const FRAME_BYTES_MAX: usize = 100_000;

/// A client's link, and the server at its other end.
struct Pair {
    server: WebSocketStream<TcpStream>,
    up: mpsc::Sender<ClientFrame>,
    down: mpsc::Receiver<(u64, LinkEvent)>,
    end: JoinHandle<LinkEnd>,
}

/// With a client that wants compression, and a server that speaks this.
async fn pair(codec: Codec, spoken: &'static str) -> Pair {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("http://{}", listener.local_addr().expect("an address"));
    let limits = Arc::new(Limits {
        frame_bytes_max: FRAME_BYTES_MAX,
        ..Limits::default()
    });
    let connections = Connections::new(&server, None, None, &limits).expect("an address");
    let target = Arc::new(Target {
        compression: true,
        ..Target::new(connections, codec, limits)
    });
    let (up, frames) = mpsc::channel(8);
    let (told, mut down) = mpsc::channel(8);
    let end = tokio::spawn(WebSocket.carry(target, frames, Down::new(1, told)));
    let (tcp, _) = listener.accept().await.expect("a client");
    #[allow(clippy::result_large_err, reason = "tungstenite's own type")]
    let chooses = |request: &Request, mut response: Response| {
        let offer = request.headers()[PROTOCOL].to_str().expect("names");
        assert!(offer.split(", ").any(|name| name == spoken), "{offer}");
        let chosen = HeaderValue::from_static(spoken);
        response.headers_mut().insert(PROTOCOL, chosen);
        Ok::<_, ErrorResponse>(response)
    };
    let server = accept_hdr_async(tcp, chooses).await.expect("an upgrade");
    let opened = down.recv().await.expect("it opens").1;
    assert!(matches!(opened, LinkEvent::Opened), "{opened:?}");
    Pair {
        server,
        up,
        down,
        end,
    }
}

fn hello(token: &str) -> ClientFrame {
    ClientFrame {
        r#ref: 1,
        body: Some(client_frame::Body::Hello(Hello {
            token: token.into(),
            ..Hello::default()
        })),
    }
}

fn page(messages: u64) -> ServerFrame {
    let line = |seq| Line {
        seq,
        client_id: format!("a-{seq}"),
        ..Line::default()
    };
    ServerFrame {
        r#ref: 0,
        body: Some(server_frame::Body::Messages(Messages {
            conversation_id: 12,
            messages: (1..=messages).map(line).collect(),
        })),
    }
}

fn written<M: prost::Message + Serialize>(codec: Codec, frame: &M) -> Vec<u8> {
    match codec {
        Codec::Proto => frame.encode_to_vec(),
        Codec::Json => serde_json::to_vec(frame).expect("JSON"),
    }
}

async fn heard(pair: &mut Pair) -> ServerFrame {
    match pair.down.recv().await.expect("something comes").1 {
        LinkEvent::Frame(frame) => *frame,
        other => panic!("expected a frame, got {other:?}"),
    }
}

#[tokio::test]
async fn where_the_server_knows_how_long_frames_travel_compressed() {
    for (codec, spoken) in [
        (Codec::Proto, "kefu.v1.proto+snappy"),
        (Codec::Json, "kefu.v1.json+snappy"),
    ] {
        let mut pair = pair(codec, spoken).await;
        for (token, form) in [("short", 0), ("long ".repeat(200).as_str(), 1)] {
            let frame = hello(token);
            pair.up.send(frame.clone()).await.expect("it listens");
            let message = pair.server.next().await.expect("it comes").expect("whole");
            let Message::Binary(message) = message else {
                panic!("expected binary, got {message:?}");
            };
            assert_eq!(message[0], form, "{spoken}");
            let read = snappy::unpack(&message, FRAME_BYTES_MAX).expect("a frame");
            assert_eq!(*read, written(codec, &frame), "{spoken}");
        }
        for (messages, above_bytes) in [(0, 512), (50, 512), (50, usize::MAX)] {
            let frame = page(messages);
            let message = snappy::pack(&written(codec, &frame), above_bytes);
            pair.server
                .send(Message::binary(message))
                .await
                .expect("it listens");
            assert_eq!(heard(&mut pair).await, frame, "{spoken}");
        }
    }
}

#[tokio::test]
async fn where_it_does_not_frames_are_what_they_were() {
    for (codec, spoken) in [
        (Codec::Proto, "kefu.v1.proto"),
        (Codec::Json, "kefu.v1.json"),
    ] {
        let mut pair = pair(codec, spoken).await;
        let frame = hello(&"long ".repeat(200));
        pair.up.send(frame.clone()).await.expect("it listens");
        let message = pair.server.next().await.expect("it comes").expect("whole");
        assert_eq!(message.is_text(), codec == Codec::Json);
        assert_eq!(message.into_data(), written(codec, &frame), "{spoken}");
        let frame = page(50);
        let bytes = written(codec, &frame);
        let message = match codec {
            Codec::Proto => Message::binary(bytes),
            Codec::Json => Message::text(String::from_utf8(bytes).expect("text")),
        };
        pair.server.send(message).await.expect("it listens");
        assert_eq!(heard(&mut pair).await, frame, "{spoken}");
    }
}

#[tokio::test]
async fn a_server_that_sends_bombs_is_hung_up_on() {
    let large = vec![b' '; FRAME_BYTES_MAX + 1];
    let large = snappy::pack(&large, 0);
    assert!(large.len() < FRAME_BYTES_MAX / 10);
    let bombs = [
        Message::binary(large),
        Message::binary(&b"\x01\xff\xff\xff\xff\x0f\x00a"[..]),
        Message::binary(&b"\x01\x04\x00a\xfe\x01\x00"[..]),
        Message::binary(&b"\x01\x05\x00a"[..]),
        Message::binary(&b"\x02{}"[..]),
        Message::binary(Vec::new()),
        Message::text("{}"),
    ];
    for bomb in bombs {
        let mut pair = pair(Codec::Json, "kefu.v1.json+snappy").await;
        pair.server.send(bomb.clone()).await.expect("it listens");
        let closed = loop {
            match pair.server.next().await {
                Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
                Some(Ok(_)) => {}
                other => panic!("{bomb:?}: expected a close, got {other:?}"),
            }
        };
        assert_eq!(closed, 4400, "{bomb:?}");
        drop(pair.server);
        let end = pair.end.await.expect("no panic");
        assert!(end.detail.starts_with("not a frame"), "{bomb:?}: {end:?}");
    }
}
