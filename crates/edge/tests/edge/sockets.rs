//! The life of a socket: hello, silence, the session's end, the server's end.

use std::time::Duration;

use kefu_proto::v1::{Ping, client_frame::Body as Up, server_frame::Body as Down};

use crate::support::{Edge, eventually, settings};

#[tokio::test]
async fn the_welcome_says_who_one_is_in_both_subprotocols() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.user("a");
    for subprotocol in ["kefu.v1.proto", "kefu.v1.json"] {
        let welcome = edge.wire(subprotocol).await.hello("v").await;
        assert_eq!(
            (welcome.principal.as_str(), welcome.conversation_id),
            ("visitor", own)
        );
        assert_eq!((welcome.heartbeat_s, welcome.max_text_chars), (25, 4_000));
        assert_eq!(welcome.heartbeat_max_s, 300);
        let welcome = edge.wire(subprotocol).await.hello("a").await;
        assert_eq!(
            (welcome.principal.as_str(), welcome.name.as_str()),
            ("agent", "Agent")
        );
    }
}

#[tokio::test]
async fn a_client_that_is_silent_for_two_heartbeats_is_hung_up_on_and_one_that_pings_is_not() {
    let mut settings = settings();
    // Long against any pause of a busy machine: only who really says nothing reaches twice this.
    settings.limits.heartbeat_s = 5;
    let edge = Edge::start(settings).await;
    edge.core.visitor("v");
    let (mut silent, mut alive) = (edge.welcomed("v").await, edge.welcomed("v").await);
    let pinging = async {
        loop {
            alive.say(Up::Ping(Ping::default())).await;
            assert!(matches!(alive.hear().await.body, Some(Down::Pong(_))));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        closed = silent.closed() => assert_eq!(closed.code, 4408),
        () = pinging => {}
    }
    alive.say(Up::Ping(Ping::default())).await;
    let answered = alive.hear().await.body;
    assert!(matches!(answered, Some(Down::Pong(_))), "{answered:?}");
}

#[tokio::test]
async fn a_client_may_be_silent_for_as_long_as_it_asked_within_bounds_and_no_longer() {
    let mut settings = settings();
    (settings.limits.heartbeat_s, settings.limits.heartbeat_max_s) = (1, 6);
    let edge = Edge::start(settings).await;
    edge.core.visitor("v");
    let asks = async |silent_s: u32| {
        let mut wire = edge.welcomed("v").await;
        wire.say(Up::Ping(Ping { silent_s })).await;
        let Some(Down::Pong(pong)) = wire.hear().await.body else {
            panic!("no pong");
        };
        (wire, pong.heartbeat_s)
    };
    let (mut long, granted) = asks(1_000).await;
    assert_eq!(granted, 6);
    let (mut short, granted) = asks(0).await;
    assert_eq!(granted, 1);
    assert_eq!(short.closed().await.code, 4408);
    // Two seconds have passed for both, at least.
    long.say(Up::Ping(Ping { silent_s: 4 })).await;
    let answered = long.hear().await.body;
    assert!(
        matches!(&answered, Some(Down::Pong(pong)) if pong.heartbeat_s == 4),
        "{answered:?}"
    );
    assert_eq!(long.closed().await.code, 4408);
}

#[tokio::test]
async fn a_socket_ends_with_its_session() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    edge.core.visitor("w");
    let (mut ended, mut other) = (edge.welcomed("v").await, edge.welcomed("w").await);
    edge.core.end_session("v");
    let closed = ended.closed().await;
    assert_eq!(
        (closed.code, closed.word.as_str()),
        (1008, "unauthenticated")
    );
    other.say(Up::Ping(Ping::default())).await;
    assert!(matches!(other.hear().await.body, Some(Down::Pong(_))));
}

#[tokio::test]
async fn a_session_that_ended_while_the_link_was_down_is_noticed_afterwards() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    edge.core.halt().await;
    edge.core.end_session("v");
    edge.core.resume().await;
    assert_eq!(wire.closed().await.code, 1008);
}

#[tokio::test]
async fn a_stopping_server_says_goodbye_and_when_to_come_back() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let mut wires = Vec::new();
    for _ in 0..8 {
        wires.push(edge.welcomed("v").await);
    }
    edge.shutdown.cancel();
    let mut waits = Vec::new();
    for wire in &mut wires {
        let closed = wire.closed().await;
        assert_eq!((closed.code, closed.word.as_str()), (1001, "unavailable"));
        assert!((500..=5_500).contains(&closed.reconnect_after_ms));
        waits.push(closed.reconnect_after_ms);
    }
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 4, "spread: {waits:?}");
    drop(wires);
    edge.stop().await;
}

#[tokio::test]
async fn a_request_under_way_is_finished_before_the_server_stops() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    edge.core.state.lock().send_takes = Duration::from_millis(500);
    let path = edge.url(&format!("/api/v1/conversations/{own}/messages"));
    let body = r#"{"clientId":"a1","body":{"text":{"text":"hello"}}}"#;
    let request = edge
        .http
        .post(path)
        .bearer_auth("v")
        .header("content-type", "application/json");
    let sending = tokio::spawn(request.body(body).send());
    let asked = || edge.core.state.lock().sends_begun == 1;
    eventually("the core is asked", asked).await;
    edge.stop().await;
    assert_eq!(
        sending
            .await
            .expect("no panic")
            .expect("an answer")
            .status(),
        201
    );
}
