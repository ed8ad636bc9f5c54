//! Tags and names over the real service.

use kefu_proto::v1::{Open, client_frame, server_frame};
use kefu_tests::{Agent, Api, Codec, Options, Service, Socket, Visitor};
use reqwest::Method;
use serde_json::{Value, json};

async fn call(api: &Api, method: Method, path: &str, body: Value) -> (u16, Value) {
    let answer = api.call(method, path, Some(body)).await;
    answer.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_file_a_conversation_and_name_its_visitor() {
    let service = Service::start(Options::default().without_model()).await;
    let mut admin = Agent::first_admin(&service).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("你好").await;
    let id = visitor.conversation;
    admin.acts(id, "ACTION_CLAIM").await;
    let path = format!("/api/v1/conversations/{id}/tags");
    let socket = Socket::hello(admin.api.base(), Codec::Json, admin.api.token()).await;
    let mut socket = socket.expect("a welcome");
    let open = Open {
        conversation_id: id,
        ..Open::default()
    };
    let open = client_frame::Body::Open(open);
    socket.send(open).await.expect("connected");
    loop {
        let frame = socket.next().await.expect("it goes on");
        if matches!(frame.body, Some(server_frame::Body::Opened(_))) {
            break;
        }
    }
    let add = json!({ "add": ["投诉", "VIP"], "remove": ["没有"] });
    let (status, now) = call(&admin.api, Method::PATCH, &path, add.clone()).await;
    assert_eq!((status, &now["tags"]), (200, &json!(["vip", "投诉"])));
    loop {
        let frame = socket.next().await.expect("it goes on");
        if let Some(server_frame::Body::Tags(tags)) = frame.body {
            assert_eq!(tags.tags, ["vip", "投诉"]);
            break;
        }
    }
    let (_, read) = admin.api.get(&path).await.expect("an answer");
    assert_eq!(read["tags"], now["tags"]);
    let (_, names) = admin
        .api
        .get("/api/v1/tags?prefix=投")
        .await
        .expect("an answer");
    assert_eq!(names["names"], json!(["投诉"]));
    let long = json!({ "add": ["长".repeat(25)] });
    assert_eq!(call(&admin.api, Method::PATCH, &path, long).await.0, 413);

    // Visitors have no part in it.
    assert_eq!(call(&visitor.api, Method::PATCH, &path, add).await.0, 403);
    let (status, refused) = visitor.api.get(&path).await.expect("an answer");
    assert_eq!(status, 403, "{refused}");
    let (status, _) = visitor.api.get("/api/v1/tags").await.expect("an answer");
    assert_eq!(status, 403);

    let path = format!("/api/v1/conversations/{id}/visitor");
    let name = json!({ "name": "陈女士" });
    assert_eq!(
        call(&visitor.api, Method::PUT, &path, name.clone()).await.0,
        403
    );
    let (status, head) = call(&admin.api, Method::PUT, &path, name).await;
    assert_eq!((status, &head["visitorName"]), (200, &json!("陈女士")));
    let seen = admin.until(id, |head| head.visitor_name == "陈女士").await;
    assert!(seen.version > 1);
}
