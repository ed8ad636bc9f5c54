//! Row 16: poison in frames and bodies. It is refused, its sender at most is cut, no process ends,
//! and the neighbours' talk flows on.

use std::time::Duration;

use kefu_tests::{Codec, Service, Socket, sampled};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message as Raw;

use crate::common::{crowd, quick};

/// What the roles may grow by, whatever is thrown at them, in KiB.
const GROWTH_KIB_MAX: u64 = 96 * 1024;

/// Bytes over a socket of the neighbour's session, and the code that it ends with, if any.
async fn thrown(base: &str, token: &str, codec: Codec, frame: Raw) -> Option<u16> {
    let mut socket = Socket::hello(base, codec, token).await.expect("a welcome");
    socket.raw(frame).await.ok();
    socket.close_code().await.ok()
}

/// A frame of WebSocket as it stands on the wire, masked with zeros.
fn wire(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("short").to_be_bytes();
    [&[first, 0x80 | 126][..], &length, &[0; 4], payload].concat()
}

/// Raw bytes after an upgrade: what no client library would write. All that came back.
async fn raw(base: &str, bytes: &[u8]) -> Vec<u8> {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let upgrade = format!(
        "GET /ws HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: kefu.v1.json\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes()).await.expect("written");
    stream.write_all(bytes).await.expect("written");
    let mut back = Vec::new();
    let read = timeout(kefu_tests::PATIENCE, stream.read_to_end(&mut back)).await;
    // Closed or reset, but over.
    let _ = read.expect("the server ends it");
    back
}

/// Request bodies that are none, and the statuses that say so.
async fn bodies(base: &str, token: &str, conversation: u64) {
    let url = format!("{base}/api/v1/conversations/{conversation}/messages");
    // Each on a connection of its own: after what is too large, the edge hangs up.
    let http = reqwest::Client::builder().pool_max_idle_per_host(0);
    let http = http.build().expect("a client");
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    // A kilobyte that would be a megabyte.
    let bomb = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xed; 1_000]].concat();
    let bodies: [(&str, Vec<u8>, &[u16]); 6] = [
        (
            "",
            b"{\"clientId\": \"x\", \"body\": {\"text\": {\"text\": \"\xff\xfe\"}}}".to_vec(),
            &[400],
        ),
        (
            "",
            b"{\"clientId\":\"x\",\"body\":{\"text\":{\"text\":\"a\\u0000b\"}}}".to_vec(),
            &[400, 422],
        ),
        ("", deep.into_bytes(), &[400]),
        ("", vec![b' '; 1 << 20], &[413]),
        ("gzip", bomb, &[400, 415]),
        ("", Vec::new(), &[400]),
    ];
    for (number, (encoding, body, wanted)) in bodies.into_iter().enumerate() {
        let mut request = http.post(&url).bearer_auth(token).body(body);
        request = request.header("content-type", "application/json");
        if !encoding.is_empty() {
            request = request.header("content-encoding", encoding);
        }
        let status = request.send().await.expect("an answer").status().as_u16();
        assert!(wanted.contains(&status), "body {number}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_is_refused_and_the_neighbours_flow() {
    let service = Service::start(quick()).await;
    let mut crowd = crowd(&service, 4).await;
    let victim = crowd.clients()[0].another_device();
    let (token, conversation) = (victim.api().token().to_owned(), victim.conversation);
    let pids = ["edge", "chat", "bot"].map(|role| service.pid_of(role).expect("it lives"));
    let before = pids.map(|pid| sampled(pid).expect("it lives"));
    crowd.talks(Duration::from_millis(2));

    for _ in 0..2 {
        // Protobuf: lengths that lie, a group without an end, every byte the same.
        let poison = [
            vec![0xff; 64],
            vec![0x0a, 0xff, 0xff, 0xff, 0x0f],
            vec![0x0b; 32],
        ];
        for bytes in poison {
            let code = thrown(&service.base, &token, Codec::Proto, Raw::binary(bytes)).await;
            assert_eq!(code, Some(4400));
        }
        for text in [
            "{",
            "null",
            "[]",
            "{\"send\":{\"conversationId\":\"-1\"}}",
            "\0",
            "{\"ref\":1}",
        ] {
            let code = thrown(&service.base, &token, Codec::Json, Raw::text(text)).await;
            assert_eq!(code, Some(4400), "{text:?}");
        }
        let megabyte = Raw::text("x".repeat(1 << 20));
        let code = thrown(&service.base, &token, Codec::Json, megabyte).await;
        assert!([Some(1009), None].contains(&code), "{code:?}");
        // Invalid UTF-8 as text, a compressed frame that nobody agreed on, a frame without a mask,
        // an unknown opcode, and one that promises exabytes.
        let exabytes = [&[0x82, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat();
        for bytes in [
            wire(0x81, &[0xc3, 0x28, 0xff]),
            wire(0xc1, &[0; 300]),
            vec![0x81, 0x02, b'h', b'i'],
            wire(0x83, b"?"),
            exabytes,
        ] {
            let back = raw(&service.base, &bytes).await;
            assert!(back.starts_with(b"HTTP/1.1 101"), "it is answered");
        }
        bodies(&service.base, &token, conversation).await;
    }

    crowd.holds().await;
    let after = pids.map(|pid| sampled(pid).expect("no process ended"));
    for (before, after) in before.iter().zip(after) {
        let grown = after.resident_kib.saturating_sub(before.resident_kib);
        assert!(grown < GROWTH_KIB_MAX, "{before:?} {after:?}");
    }
}
