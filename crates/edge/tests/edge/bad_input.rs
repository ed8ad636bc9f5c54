//! What strangers and broken clients send over a socket.

use kefu_proto::v1::{
    Body, Hello, Open, OpenWorkspace, Ping, SendMessage, client_frame::Body as Up,
    server_frame::Body as Down,
};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{Edge, Wire, settings};

async fn refused(edge: &Edge, token: &str, send: SendMessage) -> String {
    let mut wire = edge.welcomed(token).await;
    let reference = wire.say(Up::Send(send)).await;
    let frame = wire.hear().await;
    assert_eq!(frame.r#ref, reference);
    match frame.body {
        Some(Down::Problem(problem)) => problem.code,
        other => panic!("expected a problem, got {other:?}"),
    }
}

fn text(conversation_id: u64, client_id: &str, text: &str) -> SendMessage {
    let kind = kefu_proto::v1::body::Kind::Text(kefu_proto::v1::Text {
        text: text.into(),
        ..Default::default()
    });
    let body = Some(Body { kind: Some(kind) });
    SendMessage {
        conversation_id,
        client_id: client_id.into(),
        body,
        ..SendMessage::default()
    }
}

#[tokio::test]
async fn what_the_core_refuses_comes_back_as_a_problem_with_the_same_ref() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let foreign = edge.core.visitor("w");
    assert_eq!(refused(&edge, "v", text(own, "a", "")).await, "invalid");
    assert_eq!(refused(&edge, "v", text(own, "a", "a\0b")).await, "invalid");
    assert_eq!(
        refused(&edge, "v", text(own, "a", &"x".repeat(4_001))).await,
        "too_large"
    );
    assert_eq!(
        refused(
            &edge,
            "v",
            SendMessage {
                body: None,
                ..text(own, "a", "")
            }
        )
        .await,
        "invalid"
    );
    assert_eq!(
        refused(&edge, "v", text(foreign, "a", "hello")).await,
        "not_found"
    );
    assert!(
        edge.core.state.lock().sends.is_empty(),
        "nothing of it was stored"
    );
}

#[tokio::test]
async fn a_retry_is_answered_with_the_first_and_another_body_is_a_conflict() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    let mut accepted = Vec::new();
    for _ in 0..2 {
        wire.send_text(own, "same", "hello").await;
        let Some(Down::Accepted(one)) = wire.hear().await.body else {
            panic!("expected accepted")
        };
        accepted.push((one.id, one.seq, one.duplicate));
    }
    let (id, seq, _) = accepted[0];
    assert_eq!(accepted, [(id, seq, false), (id, seq, true)]);
    assert_eq!(
        refused(&edge, "v", text(own, "same", "other")).await,
        "conflict"
    );
}

#[tokio::test]
async fn another_visitors_conversation_cannot_be_opened_even_while_its_owner_watches() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let foreign = edge.core.visitor("w");
    for owner_watches in [false, true] {
        let mut owner = edge.welcomed("w").await;
        if owner_watches {
            owner.open(foreign, 0).await;
            owner
                .until(|body| matches!(body, Down::Opened(_)).then_some(()))
                .await;
        }
        let mut wire = edge.welcomed("v").await;
        let reference = wire
            .say(Up::Open(Open {
                conversation_id: foreign,
                ..Open::default()
            }))
            .await;
        let frame = wire.hear().await;
        let Some(Down::Problem(problem)) = frame.body else {
            panic!("got {frame:?}")
        };
        assert_eq!(
            (frame.r#ref, problem.code.as_str()),
            (reference, "not_found")
        );
        edge.core.bot_says(foreign, "a secret");
        wire.say(Up::Ping(Ping::default())).await;
        assert!(
            matches!(wire.hear().await.body, Some(Down::Pong(_))),
            "and nothing of it comes"
        );
    }
}

#[tokio::test]
async fn a_visitor_has_no_workspace() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let mut wire = edge.welcomed("v").await;
    wire.say(Up::Workspace(OpenWorkspace {})).await;
    let Some(Down::Problem(problem)) = wire.hear().await.body else {
        panic!("expected a problem")
    };
    assert_eq!(problem.code, "forbidden");
}

#[tokio::test]
async fn broken_frames_end_the_socket_with_4400_and_a_goodbye() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let binary = |bytes: &[u8]| Message::Binary(bytes.to_vec().into());
    let cases = [
        ("kefu.v1.proto", Message::Text("{}".into())),
        ("kefu.v1.proto", binary(&[0xff; 32])),
        ("kefu.v1.proto", binary(&[])),
        ("kefu.v1.json", binary(b"{}")),
        ("kefu.v1.json", Message::Text("{\"ping\":".into())),
        ("kefu.v1.json", Message::Text("{\"dance\":{}}".into())),
        ("kefu.v1.json", Message::Text("[".repeat(10_000).into())),
    ];
    for (subprotocol, message) in cases {
        let mut wire = edge.wire(subprotocol).await;
        wire.hello("v").await;
        wire.raw(message.clone()).await;
        let closed = wire.closed().await;
        assert_eq!(
            (closed.code, closed.word.as_str()),
            (4400, "bad_frame"),
            "{subprotocol} {message:?}"
        );
    }
}

#[tokio::test]
async fn invalid_utf8_ends_the_socket_with_4400() {
    use tokio::io::AsyncWriteExt as _;
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    let mut wire = edge.wire("kefu.v1.json").await;
    wire.hello("v").await;
    // A final text frame, masked with zeros: two bytes that are no UTF-8.
    let frame = [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28];
    wire.stream
        .get_mut()
        .write_all(&frame)
        .await
        .expect("written");
    assert_eq!(wire.closed().await.code, 4400);
}

#[tokio::test]
async fn a_megabyte_ends_the_socket_with_1009_and_neighbours_do_not_notice() {
    let edge = Edge::start(settings()).await;
    let own = edge.core.visitor("v");
    let mut neighbour = edge.welcomed("v").await;
    let mut wire = edge.welcomed("v").await;
    wire.raw(Message::Binary(vec![0; 1 << 20].into())).await;
    let closed = wire.closed().await;
    assert_eq!((closed.code, closed.word.as_str()), (1009, "too_large"));
    neighbour.send_text(own, "a", "still here").await;
    assert!(matches!(
        neighbour.hear().await.body,
        Some(Down::Accepted(_))
    ));
    let body = format!("{{\"language\":\"{}\"}}", "x".repeat(1 << 20));
    let rest = edge.post("/api/v1/visitor/session", "", &body).await;
    assert_eq!(
        crate::support::problem(rest).await,
        (413, "too_large".into(), false)
    );
}

#[tokio::test]
async fn forged_missing_and_late_hellos_end_the_socket() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    for token in ["forged", ""] {
        let mut wire = edge.wire("kefu.v1.proto").await;
        wire.say(Up::Hello(Hello {
            token: token.into(),
            ..Hello::default()
        }))
        .await;
        let closed = wire.closed().await;
        assert_eq!(
            (closed.code, closed.word.as_str()),
            (1008, "unauthenticated")
        );
    }
    let mut wire = edge.wire("kefu.v1.proto").await;
    wire.say(Up::Ping(Ping::default())).await;
    assert_eq!(wire.closed().await.code, 4400, "hello must come first");
    // Of its own: whoever speaks must not be late on a busy machine.
    let mut hasty = settings();
    hasty.limits.hello_timeout_s = 1;
    let edge = Edge::start(hasty).await;
    let mut silent = edge.wire("kefu.v1.proto").await;
    assert_eq!(silent.closed().await.code, 4408);
}

#[tokio::test]
async fn a_subprotocol_is_wanted_and_a_cookie_comes_from_our_own_page() {
    let edge = Edge::start(settings()).await;
    edge.core.user("agent");
    let status = |result: Result<Wire, Error>| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        Ok(_) => 101,
        Err(other) => panic!("{other}"),
    };
    let code = async |subprotocol: &str| match Wire::connect(edge.address, subprotocol, &[]).await {
        Err(Error::Http(response)) => {
            let body = response.body().as_ref().expect("a problem");
            let body: serde_json::Value = serde_json::from_slice(body).expect("JSON");
            let words = body["detail"].as_str().expect("words");
            assert!(words.contains("kefu.v1.json"), "{words}");
            body["code"].as_str().expect("a code").to_owned()
        }
        Err(other) => panic!("{other}"),
        Ok(_) => "welcome".to_owned(),
    };
    assert_eq!(code("").await, "invalid");
    assert_eq!(code("kefu.v2.json, kefu.v9.proto").await, "version");
    assert_eq!(code("kefu.v2.json, kefu.v1.json").await, "welcome");
    let own = format!("http://{}", edge.address);
    let connect = async |subprotocol: &str, headers: &[(&'static str, &str)]| {
        status(Wire::connect(edge.address, subprotocol, headers).await)
    };
    assert_eq!(connect("", &[]).await, 400);
    assert_eq!(connect("chat.v9", &[]).await, 400);
    let cookie = ("cookie", "kefu_session=agent");
    assert_eq!(connect("kefu.v1.json", &[cookie]).await, 403);
    assert_eq!(
        connect("kefu.v1.json", &[cookie, ("origin", "http://evil.example")]).await,
        403
    );
    // Without a cookie as well: whose pages may embed the widget stands in the settings.
    assert_eq!(
        connect("kefu.v1.json", &[("origin", "http://evil.example")]).await,
        403
    );

    let headers = [cookie, ("origin", own.as_str())];
    let mut wire = Wire::connect(edge.address, "kefu.v1.json", &headers)
        .await
        .expect("a socket");
    assert_eq!(
        wire.hello("").await.principal,
        "agent",
        "the cookie says who it is"
    );
}
