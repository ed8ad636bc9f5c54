//! Whatever is thrown at the doors: a clear error, nothing lost, neighbours unharmed.

use kefu_proto::v1::{Phase, Sender, client_frame};
use kefu_tests::{Agent, Codec, Options, Service, Socket, Visitor, text};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Raw;

async fn service() -> Service {
    Service::start(Options::default().without_model()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_huge_and_nul_bearing_messages_are_refused_and_the_next_one_is_served() {
    let service = service().await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    for (id, words) in [("empty", ""), ("blank", " \n\t "), ("nul", "a\0b")] {
        let refused = visitor.sends(id, text(words)).await.expect_err(id);
        assert_eq!(refused, "invalid", "{id}");
    }
    let long = visitor
        .sends("long", text(&"长".repeat(4_001)))
        .await
        .expect_err("too long");
    assert!(["too_large", "invalid"].contains(&long.as_str()), "{long}");
    visitor.says("你好").await;
    visitor.hears_from(Sender::Bot).await;

    let megabyte = json!({ "clientId": "m", "body": { "text": { "text": "x".repeat(1 << 20) } } });
    let path = format!("/api/v1/conversations/{}/messages", visitor.conversation);
    let (status, problem) = visitor.api.post(&path, megabyte).await.expect("an answer");
    assert_eq!(
        (status, problem["code"].as_str()),
        (413, Some("too_large")),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_none_end_only_their_own_socket() {
    let service = service().await;
    let mut neighbour = Visitor::arrive(&service, "zh").await;
    let token = neighbour.api.token().to_owned();
    let poison: Vec<(Codec, Raw)> = vec![
        (Codec::Json, Raw::text("{\"send\":")),
        (Codec::Json, Raw::text("{\"nothing\":{}}")),
        (Codec::Json, Raw::binary(vec![1, 2, 3])),
        (Codec::Proto, Raw::binary(vec![0xff; 64])),
        (Codec::Proto, Raw::text("hello")),
    ];
    for (codec, frame) in poison {
        let mut socket = Socket::hello(&service.base, codec, &token)
            .await
            .expect("a welcome");
        socket.raw(frame.clone()).await.expect("connected");
        let code = socket.close_code().await.expect("a code");
        assert_eq!(code, 4400, "{frame:?}");
    }
    let mut socket = Socket::hello(&service.base, Codec::Json, &token)
        .await
        .expect("a welcome");
    socket.raw(Raw::text("x".repeat(1 << 20))).await.ok();
    assert!(
        matches!(socket.close_code().await, Ok(1009) | Err(_)),
        "a megabyte is cut off"
    );
    neighbour.says("你好").await;
    neighbour.hears_from(Sender::Bot).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_or_ended_session_opens_nothing() {
    let service = service().await;
    for token in ["", "forged", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let (status, problem) = service
            .api()
            .with_token(token)
            .get("/api/v1/me")
            .await
            .expect("an answer");
        assert_eq!(
            (status, problem["code"].as_str()),
            (401, Some("unauthenticated")),
            "{token}"
        );
        assert!(
            Socket::hello(&service.base, Codec::Json, token)
                .await
                .is_err(),
            "{token}"
        );
    }
    let admin = Agent::first_admin(&service).await;
    let (status, _) = admin
        .api
        .post("/api/v1/logout", json!({}))
        .await
        .expect("an answer");
    assert_eq!(status, 204);
    assert_eq!(admin.api.get("/api/v1/me").await.expect("an answer").0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_opens_nothing() {
    let options = Options::default()
        .without_model()
        .env("KEFU_CHAT__VISITOR_SESSION_DAYS", 0);
    let service = Service::start(options).await;
    let body = json!({ "language": "zh" });
    let (status, session) = service
        .api()
        .post("/api/v1/visitor/session", body)
        .await
        .expect("an answer");
    assert_eq!(status, 201);
    let api = service
        .api()
        .with_token(session["token"].as_str().expect("a token"));
    assert_eq!(api.get("/api/v1/me").await.expect("an answer").0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_or_writes_another_visitors_conversation() {
    let service = service().await;
    let mut victim = Visitor::arrive(&service, "zh").await;
    victim.says("转人工").await;
    victim.until_phase(Phase::Queued).await;
    let thief = Visitor::arrive(&service, "zh").await;
    let base = format!("/api/v1/conversations/{}", victim.conversation);
    let reads = [base.clone(), format!("{base}/messages?after_seq=0")];
    for path in reads {
        let (status, problem) = thief.api.get(&path).await.expect("an answer");
        assert!([403, 404].contains(&status), "{path}: {status} {problem}");
    }
    let message = json!({ "clientId": "x", "body": { "text": { "text": "hi" } } });
    let (status, _) = thief
        .api
        .post(&format!("{base}/messages"), message)
        .await
        .expect("an answer");
    assert!([403, 404].contains(&status), "{status}");
    let act = json!({ "action": "ACTION_LEAVE_QUEUE" });
    let (status, _) = thief
        .api
        .post(&format!("{base}/actions"), act)
        .await
        .expect("an answer");
    assert!([403, 404].contains(&status), "{status}");
    for path in ["/api/v1/users", "/api/v1/agents", "/api/v1/conversations"] {
        let (status, _) = thief.api.get(path).await.expect("an answer");
        assert_eq!(status, 403, "{path} is not for visitors");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_returns_the_first_and_another_body_is_a_conflict() {
    let service = service().await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let first = visitor.sends("same", text("你好")).await.expect("accepted");
    let again = visitor.sends("same", text("你好")).await.expect("accepted");
    assert_eq!((first.id, first.seq), (again.id, again.seq));
    assert!(again.duplicate && !first.duplicate);
    let other = visitor
        .sends("same", text("再见"))
        .await
        .expect_err("a conflict");
    assert_eq!(other, "conflict");
    for id in ["", "has space", &"x".repeat(65)] {
        assert_eq!(
            visitor.sends(id, text("你好")).await.expect_err("refused"),
            "invalid",
            "{id:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_sequences_out_of_range_are_refused_clearly() {
    let service = service().await;
    let visitor = Visitor::arrive(&service, "zh").await;
    let base = format!("/api/v1/conversations/{}/messages", visitor.conversation);
    for query in [
        "after_seq=-1",
        "after_seq=x",
        "after_seq=99999999999999999999",
        "limit=0",
    ] {
        let (status, problem) = visitor
            .api
            .get(&format!("{base}?{query}"))
            .await
            .expect("an answer");
        assert!([400, 422].contains(&status), "{query}: {status}");
        assert_eq!(problem["code"], "invalid", "{query}: {problem}");
    }
    let (status, page) = visitor
        .api
        .get(&format!("{base}?after_seq=7000"))
        .await
        .expect("an answer");
    assert_eq!(status, 200, "{page}");
    for id in ["0", "abc", "99999999999999999999999"] {
        let (status, _) = visitor
            .api
            .get(&format!("/api/v1/conversations/{id}"))
            .await
            .expect("an answer");
        assert!([400, 404, 422].contains(&status), "{id}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_frame_must_be_hello() {
    let service = service().await;
    let mut socket = Socket::connect(&service.base, Codec::Proto)
        .await
        .expect("connected");
    let ping = client_frame::Body::Ping(kefu_proto::v1::Ping::default());
    socket.send(ping).await.expect("connected");
    assert!([4400, 4408, 1008].contains(&socket.close_code().await.expect("a code")));
}
