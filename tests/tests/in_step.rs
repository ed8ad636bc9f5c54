//! Devices in step over the real service: cursors, recalls, and what was missed.

use kefu_proto::v1::{
    Body, ClientFrame, Cursor, Hello, Mark, Recall, Sender, body::Kind, client_frame, server_frame,
};
use kefu_sdk::{Client, Person, Room, RoomEvent, State};
use kefu_tests::{Agent, Codec, Options, Service, Socket, Visitor, history};
use prost::Message as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Raw;

async fn service() -> Service {
    Service::start(Options::default().without_model()).await
}

/// The request is wrong: as the edge sees (400) or as the core does (422).
fn assert_invalid(status: u16, problem: &Value, what: &str) {
    assert_eq!(problem["code"], "invalid", "{what}: {problem}");
    assert!([400, 422].contains(&status), "{what}: {status}");
}

/// A device of the visitor with the conversation open: the SDK's client.
async fn device(base: &str, visitor: &Visitor, name: &str) -> Room {
    let person = Person {
        token: visitor.api.token().to_owned(),
        id: 0,
        conversation_id: visitor.conversation,
    };
    let options = kefu_sdk::Options::new(base).device(name).marks(false);
    let client = Client::start(options, person).expect("it starts");
    let mut state = client.state();
    let open = state.wait_for(|state| *state == State::Open);
    open.await.expect("a welcome");
    client.room(visitor.conversation, 0).expect("it opens")
}

fn mark(visitor: &Visitor, delivered_seq: u64, read_seq: u64) -> client_frame::Body {
    client_frame::Body::Mark(Mark {
        conversation_id: visitor.conversation,
        delivered_seq,
        read_seq,
        ..Mark::default()
    })
}

async fn cursor(room: &mut Room, wanted: impl Fn(&Cursor) -> bool) -> Cursor {
    loop {
        match room.next().await.expect("a cursor comes") {
            RoomEvent::Cursor(cursor) if wanted(&cursor) => return cursor,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_s_place_reaches_the_other_side_and_the_other_device_and_survives_a_crash() {
    let service = service().await;
    let mut admin = Agent::first_admin(&service).await;
    let mut visitor = Visitor::arrive(&service, "en").await;
    visitor.says("hello").await;
    let (status, _) = admin.acts(visitor.conversation, "ACTION_CLAIM").await;
    assert_eq!(status, 200);
    let said = admin.says(visitor.conversation, "good day").await;
    let phone = device(&service.base, &visitor, "phone").await.client();
    let mut desk = device(&service.base, &visitor, "desk").await;
    let answer = phone.ask(mark(&visitor, said.seq, said.seq - 1)).await;
    let Ok(server_frame::Body::Cursor(told)) = answer else {
        panic!("no cursor: {answer:?}")
    };
    assert_eq!(
        (told.delivered_seq, told.read_seq),
        (said.seq, said.seq - 1)
    );
    let heard = cursor(&mut desk, |cursor| cursor.who() == Sender::Visitor).await;
    assert_eq!(heard, told, "the other device hears of it");
    for (delivered, read) in [(1, 0), (said.seq + 1, 0), (0, u64::MAX)] {
        let answer = phone.ask(mark(&visitor, delivered, read)).await;
        let code = answer.expect_err("it cannot be").code;
        assert_eq!(code, "invalid", "{delivered} {read}");
    }
    let path = format!(
        "/api/v1/conversations/{}/cursor?device_id=mine",
        visitor.conversation
    );
    let put = async |body: Value| {
        let call = admin.api.call(reqwest::Method::PUT, &path, Some(body));
        call.await.expect("an answer")
    };
    let (status, own) = put(json!({ "readSeq": said.seq.to_string() })).await;
    assert_eq!(
        (status, own["readSeq"].clone()),
        (200, json!(said.seq.to_string())),
        "{own}"
    );
    let heard = cursor(&mut desk, |cursor| cursor.who() == Sender::Agent).await;
    assert_eq!((heard.delivered_seq, heard.read_seq), (said.seq, said.seq));
    let (status, refused) = put(json!({ "readSeq": "1" })).await;
    assert_invalid(status, &refused, "back");

    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let path = format!("/api/v1/conversations/{}", visitor.conversation);
    let (_, head) = visitor.api.get(&path).await.expect("an answer");
    let places: Vec<_> = head["cursors"]
        .as_array()
        .expect("cursors")
        .iter()
        .map(|cursor| {
            (
                cursor["who"].clone(),
                cursor["deliveredSeq"].clone(),
                cursor["readSeq"].clone(),
            )
        })
        .collect();
    let seq = |seq: u64| json!(seq.to_string());
    assert_eq!(
        places,
        [
            (json!("SENDER_VISITOR"), seq(said.seq), seq(said.seq - 1)),
            (json!("SENDER_AGENT"), seq(said.seq), seq(said.seq)),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_gone_from_every_door_and_what_was_missed_comes_in_one_call() {
    let service = service().await;
    let mut admin = Agent::first_admin(&service).await;
    let mut visitor = Visitor::arrive(&service, "en").await;
    visitor.says("my card number is 1234").await;
    let (status, _) = admin.acts(visitor.conversation, "ACTION_CLAIM").await;
    assert_eq!(status, 200);
    let recall = |seq| Body {
        kind: Some(Kind::Recall(Recall { seq })),
    };
    let fact = visitor.sends("r1", recall(1)).await.expect("taken back");
    assert_eq!(
        visitor.sends("r1", recall(1)).await.expect("a retry").seq,
        fact.seq
    );
    assert_eq!(
        visitor.sends("r2", recall(1)).await,
        Err("conflict".to_owned())
    );
    let all = history(&visitor.api, visitor.conversation).await;
    let notice = all.iter().find(|it| it["body"]["notice"].is_object());
    let notice = notice.and_then(|it| it["seq"].as_str()?.parse().ok());
    assert_eq!(
        visitor
            .sends("r3", recall(notice.expect("that somebody is there")))
            .await,
        Err("invalid".to_owned()),
        "a notice"
    );
    assert_eq!(
        visitor.sends("r3", recall(99)).await,
        Err("invalid".to_owned()),
        "the future"
    );
    for api in [&visitor.api, &admin.api] {
        let all = history(api, visitor.conversation).await;
        assert_eq!(
            (&all[0]["body"], &all[0]["recalledSeq"]),
            (&Value::Null, &json!(fact.seq.to_string()))
        );
        let by_id = format!(
            "/api/v1/conversations/{}/messages?id={}",
            visitor.conversation,
            all[0]["id"].as_str().unwrap_or_default()
        );
        let (_, page) = api.get(&by_id).await.expect("an answer");
        assert_eq!(page["messages"], json!([all[0]]));
        assert!(!format!("{all:?}").contains("1234"));
    }
    let (_, head) = admin
        .api
        .get(&format!("/api/v1/conversations/{}", visitor.conversation))
        .await
        .expect("an answer");
    assert!(!head.to_string().contains("1234"), "{head}");

    // Whether the bot was quicker than the claim does not matter: all until here is read.
    let path = format!(
        "/api/v1/conversations/{}/cursor?device_id=phone",
        visitor.conversation
    );
    let read = json!({ "readSeq": fact.seq.to_string() });
    let put = visitor.api.call(reqwest::Method::PUT, &path, Some(read));
    assert_eq!(put.await.expect("an answer").0, 200);
    for n in 0..3 {
        admin
            .says(visitor.conversation, &format!("answer {n}"))
            .await;
    }
    let (status, missed) = visitor
        .api
        .get("/api/v1/missed?device_id=phone")
        .await
        .expect("an answer");
    assert_eq!(
        (status, &missed["conversations"][0]["unread"]),
        (200, &json!(3)),
        "{missed}"
    );
    let phone = device(&service.base, &visitor, "phone").await.client();
    let missed = phone.missed(0).await.expect("a page");
    assert_eq!(missed[0].unread, 3);
    let metadata = format!(
        "/api/v1/conversations/{}/messages?view=metadata",
        visitor.conversation
    );
    let (_, page) = visitor.api.get(&metadata).await.expect("an answer");
    let kinds: Vec<_> = page["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|it| it["bodyKind"].clone())
        .collect();
    assert_eq!(
        kinds[kinds.len() - 3..],
        [
            json!("BODY_KIND_TEXT"),
            json!("BODY_KIND_TEXT"),
            json!("BODY_KIND_TEXT")
        ]
    );
    for bad in [
        "/api/v1/missed?limit=1000000000",
        "/api/v1/missed?limit=0",
        "/api/v1/missed?device_id=a%20b",
        "/api/v1/missed?after=x",
    ] {
        let (status, problem) = visitor.api.get(bad).await.expect("an answer");
        assert_invalid(status, &problem, bad);
    }
    for bad in [
        "id=0",
        "id=-1",
        "id=18446744073709551615",
        "id=x",
        "id=1&limit=3",
        "view=all",
        "limit=1000000000",
        "id=1&after_seq=2",
    ] {
        let path = format!(
            "/api/v1/conversations/{}/messages?{bad}",
            visitor.conversation
        );
        let (status, problem) = visitor.api.get(&path).await.expect("an answer");
        assert_invalid(status, &problem, bad);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_calls_itself_anything_else_is_not_let_in() {
    let service = service().await;
    let visitor = Visitor::arrive(&service, "en").await;
    for name in ["a b", "中文", &"x".repeat(65)] {
        let mut socket = Socket::connect(&service.base, Codec::Proto)
            .await
            .expect("connected");
        let hello = Hello {
            token: visitor.api.token().to_owned(),
            device_id: name.to_owned(),
            ..Hello::default()
        };
        let frame = ClientFrame {
            r#ref: 1,
            body: Some(client_frame::Body::Hello(hello)),
        };
        socket
            .raw(Raw::binary(frame.encode_to_vec()))
            .await
            .expect("connected");
        assert_eq!(socket.close_code().await.expect("a code"), 4400, "{name}");
    }
}
