//! The door to search: what is asked reaches the core, and what it says comes back.

use crate::support::{Edge, problem, settings};

#[tokio::test]
async fn what_is_asked_reaches_the_core_and_its_hits_come_back() {
    let edge = Edge::start(settings()).await;
    edge.core.user("a");
    let id = edge.core.visitor("v");
    let path = format!(
        "/api/v1/search?q=%E9%80%80%E6%AC%BE%20%26a&conversation_id={id}&before={}&limit=3",
        id + 9
    );
    let page: serde_json::Value = edge.get(&path, "a").await.json().await.expect("JSON");
    assert_eq!(page["hits"].as_array().map(Vec::len), Some(3));
    let hit = &page["hits"][0];
    assert_eq!(hit["snippet"], "退款 &a");
    assert_eq!(hit["spans"][0]["end"], 2);
    assert_eq!(
        hit["conversation"]["id"],
        id.to_string(),
        "64 bits are a string"
    );
    assert_eq!(page["nextBeforeId"], (id + 9).to_string());
    assert_eq!(page["catchingUp"], true);
}

#[tokio::test]
async fn visitors_and_what_is_no_question_are_refused() {
    let edge = Edge::start(settings()).await;
    edge.core.user("a");
    edge.core.visitor("v");
    for (path, token, status, code) in [
        ("/api/v1/search?q=x", "v", 403, "forbidden"),
        ("/api/v1/search?q=x", "", 401, "unauthenticated"),
        ("/api/v1/search", "a", 422, "invalid"),
        ("/api/v1/search?q=x&limit=0", "a", 400, "invalid"),
        ("/api/v1/search?q=x&limit=99999999999", "a", 400, "invalid"),
        ("/api/v1/search?q=x&before=-1", "a", 400, "invalid"),
        ("/api/v1/search?q=x&conversation_id=y", "a", 400, "invalid"),
    ] {
        let refused = problem(edge.get(path, token).await).await;
        assert_eq!((refused.0, refused.1.as_str()), (status, code), "{path}");
    }
}
