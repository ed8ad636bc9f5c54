//! REST: what is answered, and in what words it is refused.

use crate::support::{Edge, problem, settings};

#[tokio::test]
async fn a_visitor_gets_a_conversation_and_talks_over_rest() {
    let edge = Edge::start(settings()).await;
    let created = edge
        .post(
            "/api/v1/visitor/session",
            "",
            r#"{"language":"en","tenant":"other"}"#,
        )
        .await;
    assert_eq!(created.status(), 201);
    assert_eq!(created.headers()["cache-control"], "no-store");
    let created: serde_json::Value = created.json().await.expect("JSON");
    let token = created["token"].as_str().expect("a token");
    let id = created["principal"]["conversationId"]
        .as_str()
        .expect("64 bits are a string");

    let path = format!("/api/v1/conversations/{id}/messages");
    let body = r#"{"clientId":"a1","body":{"text":{"text":"hello"}}}"#;
    let first = edge.post(&path, token, body).await;
    assert_eq!(first.status(), 201);
    let first: serde_json::Value = first.json().await.expect("JSON");
    let again = edge.post(&path, token, body).await;
    assert_eq!(again.status(), 200, "a retry is no second message");
    let again: serde_json::Value = again.json().await.expect("JSON");
    assert_eq!((&first["id"], &first["seq"]), (&again["id"], &again["seq"]));
    let other = edge
        .post(&path, token, &body.replace("hello", "goodbye"))
        .await;
    assert_eq!(problem(other).await, (409, "conflict".into(), false));

    let page: serde_json::Value = edge.get(&path, token).await.json().await.expect("JSON");
    assert_eq!(page["messages"][0]["body"]["text"]["text"], "hello");
    assert_eq!(page["lastSeq"], "1");
}

#[tokio::test]
async fn visitors_are_not_shown_what_is_for_agents() {
    let edge = Edge::start(settings()).await;
    let id = edge.core.visitor("v");
    edge.core.user("a");
    edge.core.bot_says(id, "hello");
    let (head, messages) = (
        format!("/api/v1/conversations/{id}"),
        format!("/api/v1/conversations/{id}/messages"),
    );
    for path in [&head, &messages] {
        let visitors = edge.get(path, "v").await.text().await.expect("text");
        let agents = edge.get(path, "a").await.text().await.expect("text");
        for secret in ["secret preview", "secret reason", "trace"] {
            assert!(!visitors.contains(secret), "{secret} in {visitors}");
        }
        assert!(
            agents.contains("secret reason") || agents.contains("trace"),
            "{agents}"
        );
    }
    let act = edge
        .post(
            &format!("{head}/actions"),
            "v",
            r#"{"action":"ACTION_REQUEST_HUMAN"}"#,
        )
        .await;
    let act = act.text().await.expect("text");
    assert!(
        act.contains("PHASE_QUEUED") && !act.contains("secret"),
        "{act}"
    );
}

#[tokio::test]
async fn a_login_sets_a_cookie_that_other_sites_cannot_use() {
    let edge = Edge::start(settings()).await;
    let wrong = edge
        .post("/api/v1/login", "", r#"{"login":"li","password":"wrong"}"#)
        .await;
    assert_eq!(problem(wrong).await, (401, "unauthenticated".into(), false));
    let right = edge
        .post("/api/v1/login", "", r#"{"login":"li","password":"right"}"#)
        .await;
    let cookie = right.headers()["set-cookie"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        cookie.contains("HttpOnly; SameSite=Strict") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().expect("a pair");

    let me = edge
        .http
        .get(edge.url("/api/v1/me"))
        .header("cookie", cookie);
    assert_eq!(me.send().await.expect("an answer").status(), 200);
    let status = |origin: Option<String>| {
        let request = edge
            .http
            .put(edge.url("/api/v1/me/status"))
            .header("cookie", cookie);
        let request = request.header("content-type", "application/json");
        let request = request.body(r#"{"status":"AGENT_STATUS_BUSY"}"#);
        origin
            .into_iter()
            .fold(request, |request, origin| request.header("origin", origin))
            .send()
    };
    let own = status(Some(format!("http://{}", edge.address)))
        .await
        .expect("an answer");
    let own: serde_json::Value = own.json().await.expect("JSON");
    assert_eq!(own["status"], "AGENT_STATUS_BUSY");
    for origin in [Some("http://evil.example".to_owned()), None] {
        let foreign = status(origin).await.expect("an answer");
        assert_eq!(problem(foreign).await, (403, "forbidden".into(), false));
    }
}

#[tokio::test]
async fn a_logout_forgets_the_cookie_and_ends_the_session() {
    let edge = Edge::start(settings()).await;
    edge.core.user("a");
    let out = edge.post("/api/v1/logout", "a", "{}").await;
    assert_eq!(out.status(), 204);
    assert!(
        out.headers()["set-cookie"]
            .to_str()
            .expect("text")
            .contains("Max-Age=0")
    );
    assert_eq!(problem(edge.get("/api/v1/me", "a").await).await.0, 401);
}

#[tokio::test]
async fn users_and_setup_reach_the_core_with_the_right_fields() {
    let edge = Edge::start(settings()).await;
    edge.core.user("a");
    assert_eq!(
        problem(edge.get("/api/v1/users", "a").await).await,
        (403, "forbidden".into(), false)
    );
    let body = r#"{"login":"li","name":"Li","password":"x","role":"ROLE_AGENT","capacity":3}"#;
    let created = edge.post("/api/v1/users", "a", body).await;
    assert_eq!(created.status(), 201);
    let created: serde_json::Value = created.json().await.expect("JSON");
    assert_eq!(
        (&created["login"], &created["capacity"]),
        (&"li".into(), &3.into())
    );
    let patch = edge
        .http
        .patch(edge.url("/api/v1/users/77"))
        .bearer_auth("a");
    let patch = patch
        .header("content-type", "application/json")
        .body(r#"{"disabled":true,"userId":"1"}"#);
    let patched: serde_json::Value = patch
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(
        (&patched["id"], &patched["disabled"]),
        (&"77".into(), &true.into())
    );

    assert_eq!(edge.get("/api/v1/setup?token=good", "").await.status(), 204);
    assert_eq!(
        problem(edge.get("/api/v1/setup?token=old", "").await)
            .await
            .0,
        404
    );
    assert_eq!(problem(edge.get("/api/v1/setup", "").await).await.0, 400);
    let setup = r#"{"token":"good","login":"root","name":"Root","password":"right"}"#;
    let setup = edge.post("/api/v1/setup", "", setup).await;
    assert_eq!(setup.status(), 201);
    assert!(setup.headers().contains_key("set-cookie"));
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused_in_one_shape() {
    let edge = Edge::start(settings()).await;
    let id = edge.core.visitor("v");
    let messages = format!("/api/v1/conversations/{id}/messages");
    assert_eq!(
        problem(edge.get("/api/v1/nothing", "v").await).await,
        (404, "not_found".into(), false)
    );
    assert_eq!(
        problem(edge.post("/api/v1/me", "v", "{}").await).await.0,
        405
    );
    assert_eq!(problem(edge.post("/healthz", "v", "{}").await).await.0, 405);
    assert_eq!(
        problem(edge.post(&messages, "v", "{\"clientId\":").await).await,
        (400, "invalid".into(), false)
    );
    assert_eq!(
        problem(edge.get("/api/v1/conversations/0", "v").await)
            .await
            .0,
        400
    );
    assert_eq!(
        problem(edge.get("/api/v1/conversations?phase=sleeping", "v").await)
            .await
            .0,
        400
    );
    assert_eq!(
        problem(
            edge.get(&format!("{messages}?after_seq=1&before_seq=2"), "v")
                .await
        )
        .await
        .0,
        400
    );
    let plain = edge
        .http
        .post(edge.url(&messages))
        .bearer_auth("v")
        .body("{}")
        .send()
        .await;
    assert_eq!(problem(plain.expect("an answer")).await.0, 415);
    assert_eq!(
        problem(edge.get("/api/v1/conversations/%ff", "v").await)
            .await
            .0,
        400
    );
    let no_socket = edge.get("/ws", "v").await;
    assert_eq!(problem(no_socket).await.0, 400);
}

#[tokio::test]
async fn while_the_core_is_away_calls_say_when_to_come_back() {
    let edge = Edge::start(settings()).await;
    edge.core.visitor("v");
    edge.core.halt().await;
    assert_eq!(
        problem(edge.get("/api/v1/me", "v").await).await,
        (503, "unavailable".into(), true)
    );
    let ready = edge.get("/readyz", "").await;
    assert_eq!(ready.status(), 503);
    let ready: serde_json::Value = ready.json().await.expect("JSON");
    assert_eq!(ready["ready"], false);
    assert_eq!(edge.get("/healthz", "").await.status(), 200);
    edge.core.resume().await;
    edge.until_ready().await;
    assert_eq!(edge.get("/api/v1/me", "v").await.status(), 200);
}

#[tokio::test]
async fn metrics_are_not_for_everybody() {
    let ask = async |edge: &Edge, name: &'static str, value: &str| {
        let request = edge.http.get(edge.url("/metrics")).header(name, value);
        request.send().await.expect("an answer")
    };
    let edge = Edge::start(settings()).await;
    assert_eq!(edge.get("/metrics", "").await.status(), 200);
    let through = ask(&edge, "x-forwarded-for", "203.0.113.9").await;
    assert_eq!(problem(through).await, (403, "forbidden".into(), false));

    let mut guarded = settings();
    guarded.metrics = "token:0123456789abcdef".parse().expect("an access");
    let edge = Edge::start(guarded).await;
    let wrong = ask(&edge, "authorization", "Bearer 0123456789abcdeX").await;
    assert_eq!(problem(wrong).await, (401, "unauthenticated".into(), false));
    let right = ask(&edge, "authorization", "Bearer 0123456789abcdef").await;
    assert_eq!(right.status(), 200);

    let mut open = settings();
    open.metrics = "open".parse().expect("an access");
    let edge = Edge::start(open).await;
    let through = ask(&edge, "x-forwarded-for", "203.0.113.9").await;
    assert_eq!(through.status(), 200);
}

#[tokio::test]
async fn metrics_of_all_roles_are_one_valid_text() {
    let edge = Edge::start(settings()).await;
    let text = edge.get("/metrics", "").await.text().await.expect("text");
    assert_eq!(
        text.matches("# TYPE kefu_test counter").count(),
        1,
        "{text}"
    );
    for line in [
        "kefu_test{role=\"edge\"} 1",
        "kefu_test{role=\"chat\"} 2",
        "kefu_role_up{role=\"bot\"} 1",
    ] {
        assert!(
            text.lines().any(|one| one == line),
            "{line} is not in {text}"
        );
    }
}
