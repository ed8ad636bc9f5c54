//! What agents share around a conversation, over the real service: notes, mentions, who looks on. A
//! visitor tries every path there is.

use kefu_proto::v1::{AskMissed, Open, Ping, client_frame, server_frame};
use kefu_tests::{Agent, Api, Codec, Options, Service, Socket, Visitor};
use reqwest::Method;
use serde_json::{Value, json};

const SECRET: &str = "暗号-secret-7431";

async fn service() -> Service {
    Service::start(Options::default().without_model()).await
}

/// A visitor whom the admin serves.
async fn served(service: &Service) -> (Agent, Visitor) {
    let admin = Agent::first_admin(service).await;
    let mut visitor = Visitor::arrive(service, "en").await;
    visitor.says("hello").await;
    let (status, _) = admin.acts(visitor.conversation, "ACTION_CLAIM").await;
    assert_eq!(status, 200);
    (admin, visitor)
}

async fn put(api: &Api, path: &str, body: Value) -> u16 {
    let call = api.call(Method::PUT, path, Some(body)).await;
    call.expect("an answer").0
}

async fn note(api: &Api, conversation: u64, client_id: &str, text: &str) -> (u16, Value) {
    let path = format!("/api/v1/conversations/{conversation}/notes");
    let body = json!({ "clientId": client_id, "text": text });
    api.post(&path, body).await.expect("an answer")
}

async fn notes(api: &Api, conversation: u64, query: &str) -> (u16, Value) {
    let path = format!("/api/v1/conversations/{conversation}/notes{query}");
    api.get(&path).await.expect("an answer")
}

async fn mentions(api: &Api) -> Vec<Value> {
    let (status, page) = api.get("/api/v1/mentions").await.expect("an answer");
    assert_eq!(status, 200, "{page}");
    page["notes"].as_array().cloned().unwrap_or_default()
}

/// A socket of this session with the conversation open.
async fn looking(api: &Api, conversation_id: u64) -> Socket {
    let socket = Socket::hello(api.base(), Codec::Json, api.token()).await;
    let mut socket = socket.expect("a welcome");
    let open = Open {
        conversation_id,
        ..Open::default()
    };
    let open = client_frame::Body::Open(open);
    socket.send(open).await.expect("connected");
    socket
}

async fn until<T>(socket: &mut Socket, wanted: impl Fn(server_frame::Body) -> Option<T>) -> T {
    loop {
        let frame = socket.next().await.expect("it goes on");
        if let Some(found) = frame.body.and_then(&wanted) {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_gives_a_visitor_a_note() {
    let service = service().await;
    let (mut admin, mut visitor) = served(&service).await;
    let (status, written) = note(&admin.api, visitor.conversation, "n1", SECRET).await;
    assert_eq!(status, 201, "{written}");
    assert_eq!(written["body"]["text"], SECRET, "those who may, see it");

    // By its own doors.
    let (id, api) = (visitor.conversation, visitor.api.clone());
    for api in [&api, &service.api()] {
        let refused = if api.token().is_empty() { 401 } else { 403 };
        assert_eq!(notes(api, id, "").await.0, refused);
        assert_eq!(notes(api, id, "?before=9").await.0, refused);
        assert_eq!(note(api, id, "v1", "x").await.0, refused);
        let path = format!("/api/v1/conversations/{id}/mentions");
        assert_eq!(put(api, &path, json!({ "number": "1" })).await, refused);
        let (status, _) = api.get("/api/v1/mentions").await.expect("an answer");
        assert_eq!(status, refused);
    }
    // By every other one: nothing that comes back knows of it.
    let of = format!("/api/v1/conversations/{id}");
    for path in [
        of.clone(),
        format!("{of}/messages"),
        format!("{of}/messages?before_seq=999"),
        format!("{of}/messages?view=metadata"),
        format!(
            "{of}/messages?id={}",
            written["id"].as_str().expect("an id")
        ),
        "/api/v1/missed".to_owned(),
        "/api/v1/me".to_owned(),
        "/api/v1/conversations".to_owned(),
        "/api/v1/agents".to_owned(),
        format!("/api/v1/search?q={SECRET}"),
        format!("/media/{}/note", written["id"].as_str().expect("an id")),
    ] {
        let (status, body) = api.get(&path).await.expect("an answer");
        assert!(
            !body.to_string().contains("secret"),
            "{path}: {status} {body}"
        );
    }
    // And over sockets, whatever is asked: the workspace is refused, and up to a message that was
    // written after two notes nothing else comes down.
    let mut socket = looking(&api, id).await;
    let (_, second) = note(&admin.api, id, "n2", &format!("@admin {SECRET}")).await;
    assert_eq!(second["number"], "2");
    for body in [
        client_frame::Body::Workspace(kefu_proto::v1::OpenWorkspace {}),
        client_frame::Body::Missed(AskMissed::default()),
        client_frame::Body::Ping(Ping::default()),
    ] {
        socket.send(body).await.expect("connected");
    }
    let marker = admin.says(id, "good day").await.seq;
    let mut refused = 0;
    loop {
        let frame = socket.next().await.expect("it goes on");
        let told = format!("{frame:?}");
        assert!(!told.contains("secret"), "{told}");
        match frame.body {
            Some(server_frame::Body::Problem(problem)) => {
                assert_eq!(problem.code, "forbidden");
                refused += 1;
            }
            Some(
                server_frame::Body::Note(_)
                | server_frame::Body::Viewers(_)
                | server_frame::Body::MentionsRead(_),
            ) => panic!("not for visitors: {told}"),
            Some(server_frame::Body::Messages(batch))
                if batch.messages.iter().any(|message| message.seq == marker) =>
            {
                break;
            }
            _ => {}
        }
    }
    assert_eq!(refused, 1, "the workspace");
    // Their sequence has no gap where the notes are, and the search of agents does not find them.
    let heard = visitor.hears_from(kefu_proto::v1::Sender::Agent).await;
    assert_eq!(heard.seq, marker);
    let (_, found) = admin
        .api
        .get("/api/v1/search?q=secret")
        .await
        .expect("an answer");
    assert_eq!(found["hits"], Value::Null, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_stored_once_read_in_pages_and_outlives_the_core() {
    let service = service().await;
    let (admin, visitor) = served(&service).await;
    let id = visitor.conversation;
    for n in 1..=5 {
        let (status, written) = note(&admin.api, id, &format!("n{n}"), &format!("第 {n}")).await;
        assert_eq!((status, &written["number"]), (201, &json!(n.to_string())));
    }
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let (status, again) = note(&admin.api, id, "n2", "第 2").await;
    assert_eq!((status, &again["number"]), (200, &json!("2")), "a retry");
    let (status, other) = note(&admin.api, id, "n2", "别的").await;
    assert_eq!((status, &other["code"]), (409, &json!("conflict")));
    let numbers = async |query: &str| {
        let (status, page) = notes(&admin.api, id, query).await;
        assert_eq!(status, 200, "{page}");
        let notes = page["notes"].as_array().cloned().unwrap_or_default();
        let number = |note: &Value| note["number"].as_str().map(str::to_owned);
        notes.iter().filter_map(number).collect::<Vec<_>>().concat()
    };
    assert_eq!(numbers("").await, "12345");
    assert_eq!(numbers("?after=1&limit=2").await, "23");
    assert_eq!(numbers("?before=4&limit=2").await, "23");
    assert_eq!(numbers("?after=5").await, "");
    for wrong in ["?after=1&before=3", "?limit=0", "?limit=101", "?after=x"] {
        assert_eq!(notes(&admin.api, id, wrong).await.0, 400, "{wrong}");
    }
    let long = "长".repeat(2_001);
    assert_eq!(note(&admin.api, id, "n6", &long).await.0, 413);
    assert_eq!(note(&admin.api, id, "n6", " ").await.0, 422);
    assert_eq!(note(&admin.api, 1, "n6", "x").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mentioned_colleague_hears_at_once_and_until_they_have_seen_it() {
    let service = service().await;
    let (admin, visitor) = served(&service).await;
    let id = visitor.conversation;
    let colleague = admin.hires("wang", 1).await;
    // A second device of theirs, with the workspace alone.
    let socket = Socket::hello(admin.api.base(), Codec::Proto, colleague.api.token()).await;
    let mut desk = socket.expect("a welcome");
    let workspace = client_frame::Body::Workspace(kefu_proto::v1::OpenWorkspace {});
    desk.send(workspace).await.expect("connected");
    until(&mut desk, |body| match body {
        server_frame::Body::Workspace(_) => Some(()),
        _ => None,
    })
    .await;
    let mut open = looking(&admin.api, id).await;
    let (_, written) = note(&admin.api, id, "n1", "@wang 请看这个").await;
    for socket in [&mut desk, &mut open] {
        let heard = until(socket, |body| match body {
            server_frame::Body::Note(note) => Some(note),
            _ => None,
        });
        let heard = heard.await;
        assert_eq!(heard.id.to_string(), written["id"].as_str().expect("an id"));
        assert_eq!(heard.body.expect("a body").mentioned_ids, [colleague.id]);
    }
    assert_eq!(mentions(&colleague.api).await.len(), 1);
    assert_eq!(mentions(&admin.api).await.len(), 0);
    let path = format!("/api/v1/conversations/{id}/mentions");
    assert_eq!(put(&colleague.api, &path, json!({})).await, 422);
    assert_eq!(
        put(&colleague.api, &path, json!({ "number": "1" })).await,
        204
    );
    let read = until(&mut desk, |body| match body {
        server_frame::Body::MentionsRead(read) => Some(read),
        _ => None,
    });
    assert_eq!(read.await.conversation_id, id, "the other device is told");
    assert_eq!(mentions(&colleague.api).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_is_seen_live_and_after_the_core_or_a_socket_died() {
    let service = service().await;
    let (admin, visitor) = served(&service).await;
    let id = visitor.conversation;
    let colleague = admin.hires("wang", 1).await;
    let names = |body| match body {
        server_frame::Body::Viewers(seen) => {
            let names = seen.viewers.into_iter().map(|viewer| viewer.name);
            Some(names.collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    let mut own = looking(&admin.api, id).await;
    assert_eq!(until(&mut own, names).await, "Admin");
    let other = looking(&colleague.api, id).await;
    assert_eq!(until(&mut own, names).await, "Admin wang");
    let twice = looking(&colleague.api, id).await;
    assert_eq!(until(&mut own, names).await, "Admin wang", "each once");
    drop(other);
    assert_eq!(
        until(&mut own, names).await,
        "Admin wang",
        "one device is left"
    );
    // The core forgets, and is told again by the edge.
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    while until(&mut own, names).await != "Admin wang" {}
    drop(twice);
    while until(&mut own, names).await != "Admin" {}
}
