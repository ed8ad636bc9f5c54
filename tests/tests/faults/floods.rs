//! Row 24: slow senders, oversized frames, and floods at the login, while neighbours talk.

use std::time::Duration;

use kefu_tests::{Agent, Codec, Service, Socket};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinSet};
use tokio_tungstenite::tungstenite::Message as Raw;

use crate::common::{crowd, quick, until};

const SLOW: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_floods_and_giants_are_turned_away_and_neighbours_flow() {
    let options = quick()
        .env("KEFU_EDGE__LIMITS__HEADER_TIMEOUT_S", 1)
        .env("KEFU_EDGE__LIMITS__BODY_TIMEOUT_S", 1)
        .env("KEFU_EDGE__HELLO_TIMEOUT_S", 1)
        .env("KEFU_EDGE__LOGINS_PER_MINUTE_PER_IP", 5);
    let service = Service::start(options).await;
    drop(Agent::first_admin(&service).await);
    let mut crowd = crowd(&service, 4).await;
    let token = crowd.clients()[0].api().token().to_owned();
    let edge = service.pid_of("edge").expect("it lives");
    crowd.talks(Duration::from_millis(2));
    // Talkers connect at their first word.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let descriptors = || kefu_tests::sampled(edge).expect("it lives").descriptors;
    let quiet = descriptors();

    let address = service.base.trim_start_matches("http://").to_owned();
    let beginnings = [
        "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
        "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
        "",
    ];
    let mut held = Vec::new();
    for number in 0..SLOW {
        let mut stream = TcpStream::connect(&address).await.expect("connected");
        let beginning = beginnings[number % beginnings.len()];
        stream
            .write_all(beginning.as_bytes())
            .await
            .expect("written");
        held.push(stream);
    }
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(
            Socket::connect(&service.base, Codec::Json)
                .await
                .expect("connected"),
        );
    }

    // Guesses at the login: a few are looked at, the others are told to wait.
    let mut guessing = JoinSet::new();
    for number in 0..40 {
        let api = service.api();
        let guess = json!({ "login": "admin", "password": format!("guess {number}") });
        guessing.spawn(async move { api.post("/api/v1/login", guess).await.expect("an answer") });
    }
    let answers = guessing.join_all().await;
    let limited: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 429)
        .collect();
    assert!(limited.len() >= 34, "{} of 40", limited.len());
    assert!(
        limited
            .iter()
            .all(|(_, told)| told["retryAfterMs"].as_u64() > Some(0))
    );
    assert!(
        answers
            .iter()
            .all(|(status, _)| [401, 429].contains(status)),
        "{answers:?}"
    );

    for size in [64 * 1024 + 1, 4 << 20] {
        let mut socket = Socket::hello(&service.base, Codec::Proto, &token)
            .await
            .expect("a welcome");
        socket.raw(Raw::binary(vec![0; size])).await.ok();
        let code = socket.close_code().await;
        assert!(matches!(code, Ok(1009) | Err(_)), "{size}: {code:?}");
    }
    for mut socket in silent {
        assert_eq!(socket.close_code().await.expect("a code"), 4408, "no hello");
    }
    // All slow ones are gone, although they hold their ends.
    until("the slow are let go", async || descriptors() <= quiet + 8).await;
    drop(held);
    let summary = crowd.holds().await;
    assert!(summary.acknowledged > 50, "{summary}");
    assert_eq!(service.pid_of("edge"), Some(edge));
}
