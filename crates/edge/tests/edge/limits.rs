//! Bounds: slow readers, floods, crowds.

use futures::StreamExt as _;
use kefu_proto::v1::{Ping, client_frame::Body as Up, server_frame::Body as Down};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Edge, PATIENCE, Wire, problem, settings};

#[tokio::test]
async fn a_reader_that_stops_reading_is_cut_and_others_are_not_held_up() {
    let mut settings = settings();
    settings.limits.outbox_frames_max = 16;
    let edge = Edge::start(settings).await;
    let own = edge.core.visitor("v");
    let (mut slow, mut quick) = (edge.welcomed("v").await, edge.welcomed("v").await);
    for wire in [&mut slow, &mut quick] {
        wire.open(own, 0).await;
        wire.until(|body| matches!(body, Down::Opened(_)).then_some(()))
            .await;
    }
    // More than the kernel's buffers between the two ends hold.
    let long = "x".repeat(100_000);
    for n in 1..=200 {
        edge.core.bot_says(own, &long);
        quick.seqs_until(n).await;
    }
    // The kernel holds megabytes of frames; at their end stands the cut.
    let cut = async { while let Some(Ok(_)) = slow.stream.next().await {} };
    let cut = tokio::time::timeout(PATIENCE, cut).await;
    assert!(cut.is_ok(), "the slow one was not cut");
    assert!(edge.core.watched(own), "the quick one still watches");
    quick.say(Up::Ping(Ping::default())).await;
    quick
        .until(|body| matches!(body, Down::Pong(_)).then_some(()))
        .await;
}

#[tokio::test]
async fn too_many_messages_are_refused_and_too_many_frames_are_cut() {
    let mut settings = settings();
    settings.limits.sends_per_second = 1;
    settings.limits.frames_per_second = 20;
    let edge = Edge::at_rest(settings).await;
    let own = edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    for n in 0..3 {
        wire.send_text(own, &format!("c{n}"), "hello").await;
    }
    let problem = wire.until(|body| match body {
        Down::Problem(problem) => Some(problem),
        _ => None,
    });
    let problem = problem.await;
    assert_eq!(problem.code, "rate_limited");
    assert!(problem.retry_after_ms > 0);
    for _ in 0..60 {
        wire.say(Up::Ping(Ping::default())).await;
    }
    let closed = wire.closed().await;
    assert_eq!((closed.code, closed.word.as_str()), (4429, "rate_limited"));
    assert!(closed.reconnect_after_ms > 0);
}

#[tokio::test]
async fn floods_of_visitors_and_logins_are_turned_away() {
    let mut settings = settings();
    settings.limits.sessions_per_minute_per_ip = 2;
    settings.limits.logins_per_minute_per_ip = 2;
    let edge = Edge::at_rest(settings).await;
    let login = r#"{"login":"li","password":"guess"}"#;
    for (path, body) in [("/api/v1/visitor/session", "{}"), ("/api/v1/login", login)] {
        for _ in 0..2 {
            assert_ne!(edge.post(path, "", body).await.status(), 429);
        }
        let refused = edge.post(path, "", body).await;
        assert_eq!(
            problem(refused).await,
            (429, "rate_limited".into(), true),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_session_that_asks_too_much_waits_and_another_does_not() {
    let mut settings = settings();
    settings.limits.requests_per_minute_per_session = 2;
    let edge = Edge::at_rest(settings).await;
    for visitor in ["v", "w"] {
        edge.core.visitor(visitor);
    }
    for _ in 0..2 {
        assert_ne!(edge.get("/api/v1/me", "v").await.status(), 429);
    }
    let refused = edge.get("/api/v1/me", "v").await;
    assert_eq!(problem(refused).await, (429, "rate_limited".into(), true));
    assert_ne!(edge.get("/api/v1/me", "w").await.status(), 429);
}

#[tokio::test]
async fn sockets_are_counted() {
    let mut settings = settings();
    settings.limits.sockets_per_ip_max = 2;
    let edge = Edge::start(settings).await;
    edge.core.visitor("v");
    let first = edge.welcomed("v").await;
    let _second = edge.welcomed("v").await;
    let third = Wire::connect(edge.address, "kefu.v1.proto", &[]).await;
    assert!(matches!(third, Err(Error::Http(response)) if response.status() == 429));
    drop(first);
    let again = async {
        while Wire::connect(edge.address, "kefu.v1.proto", &[])
            .await
            .is_err()
        {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let again = tokio::time::timeout(PATIENCE, again).await;
    assert!(again.is_ok(), "the seat was not given back");
}

#[tokio::test]
async fn a_connection_above_the_bound_is_told_so() {
    let mut settings = settings();
    settings.limits.connections_max = 2;
    let edge = Edge::start(settings).await;
    // The client of `start` holds one, this the other.
    let mut held = tokio::net::TcpStream::connect(edge.address)
        .await
        .expect("a connection");
    held.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("written");
    let mut start = [0; 12];
    held.read_exact(&mut start).await.expect("an answer");
    let refused = reqwest::Client::new()
        .get(edge.url("/healthz"))
        .send()
        .await;
    assert_eq!(
        problem(refused.expect("an answer")).await,
        (503, "overloaded".into(), true)
    );
}

#[tokio::test]
async fn slow_headers_and_slow_bodies_are_not_waited_for() {
    let mut settings = settings();
    settings.limits.header_timeout_s = 1;
    settings.limits.body_timeout_s = 1;
    let edge = Edge::start(settings).await;
    let exchange = async |request: &str| {
        let mut stream = tokio::net::TcpStream::connect(edge.address)
            .await
            .expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        let ended = tokio::time::timeout(PATIENCE, read).await;
        ended.expect("the server ends it").expect("text");
        answer
    };
    assert_eq!(
        exchange("GET / HTTP/1.1\r\nhost: x\r\n").await,
        "",
        "headers that never end"
    );
    let slow = "POST /api/v1/visitor/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    let answer = exchange(slow).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let edge = Edge::start(settings()).await;
    let many = (0..100).fold(edge.http.get(edge.url("/healthz")), |request, n| {
        request.header(format!("x-{n}"), "y")
    });
    assert_eq!(many.send().await.expect("an answer").status(), 431);
}
