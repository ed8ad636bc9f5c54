//! Canned replies over REST, against the real service.

use kefu_tests::{Agent, Api, Options, Service, Visitor};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/canned-replies";

async fn call(api: &Api, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    api.call(method, path, body).await.expect("an answer")
}

fn greeting(shortcut: &str) -> Value {
    json!({ "shortcut": shortcut, "title": "问候", "textZh": "您好 {visitor.name}" })
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_added_changed_and_removed_by_those_who_may() {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    let agent = admin.hires("wang", 1).await;
    let visitor = Visitor::arrive(&service, "zh").await;

    let (status, made) = admin
        .api
        .post(PATH, greeting("Hi"))
        .await
        .expect("an answer");
    assert_eq!(
        (status, &made["shortcut"], &made["version"]),
        (201, &json!("hi"), &json!("1"))
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    let one = format!("{PATH}/{id}");
    let mut own = greeting("my");
    own["ownerId"] = json!(agent.id.to_string());
    let (status, _) = agent.api.post(PATH, own).await.expect("an answer");
    assert_eq!(status, 201);
    let (_, listed) = agent.api.get(PATH).await.expect("an answer");
    assert_eq!(
        listed["replies"].as_array().map(Vec::len),
        Some(2),
        "{listed}"
    );
    let (_, listed) = admin.api.get(PATH).await.expect("an answer");
    assert_eq!(
        listed["replies"].as_array().map(Vec::len),
        Some(1),
        "{listed}"
    );

    for (api, refused) in [
        (&agent.api, 403),
        (&visitor.api, 403),
        (&service.api(), 401),
    ] {
        let (status, _) = call(api, Method::POST, PATH, Some(greeting("x"))).await;
        assert_eq!(status, refused);
        let (status, _) = call(api, Method::PUT, &one, Some(made.clone())).await;
        assert_eq!(status, refused);
        let (status, _) = call(api, Method::DELETE, &one, None).await;
        assert_eq!(status, refused);
    }
    let (status, _) = visitor.api.get(PATH).await.expect("an answer");
    assert_eq!(status, 403);

    let mut changed = made.clone();
    changed["textEn"] = json!("Hello {order.id}");
    let (status, why) = call(&admin.api, Method::PUT, &one, Some(changed.clone())).await;
    assert_eq!((status, &why["code"]), (422, &json!("invalid")));
    assert!(
        why["detail"]
            .as_str()
            .is_some_and(|why| why.contains("{order.id}")),
        "{why}"
    );
    changed["textEn"] = json!("Hello {agent.name}");
    let (status, now) = call(&admin.api, Method::PUT, &one, Some(changed.clone())).await;
    assert_eq!((status, &now["version"]), (200, &json!("2")));
    let (status, why) = call(&admin.api, Method::PUT, &one, Some(changed)).await;
    assert_eq!(
        (status, &why["code"]),
        (409, &json!("conflict")),
        "a stale screen"
    );
    let (status, why) = admin
        .api
        .post(PATH, greeting("hi"))
        .await
        .expect("an answer");
    assert_eq!((status, &why["code"]), (409, &json!("conflict")), "taken");

    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let (_, listed) = admin.api.get(PATH).await.expect("an answer");
    assert_eq!(listed["replies"], json!([now]), "as it was");
    let (status, _) = call(&admin.api, Method::DELETE, &one, None).await;
    assert_eq!(status, 204);
    let (status, _) = call(&admin.api, Method::DELETE, &one, None).await;
    assert_eq!(status, 404);
    for wrong in ["x", "0"] {
        let path = format!("{PATH}/{wrong}");
        let (status, _) = call(&admin.api, Method::PUT, &path, Some(made.clone())).await;
        assert_eq!(status, 400, "{wrong}");
    }
}
