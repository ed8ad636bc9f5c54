//! Pages and the headers that guard them.

use crate::support::{Edge, problem, settings};

#[tokio::test]
async fn pages_are_strict_and_never_kept() {
    let edge = Edge::start(settings()).await;
    for (path, ancestors) in [
        ("/", "frame-ancestors 'self'"),
        ("/agent", "frame-ancestors 'none'"),
        ("/agent/conversations/1", "frame-ancestors 'none'"),
        ("/setup?token=x", "frame-ancestors 'none'"),
    ] {
        let page = edge.get(path, "").await;
        assert_eq!(page.status(), 200, "{path}");
        let header = |name: &str| page.headers()[name].to_str().expect("text").to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains(ancestors), "{path}: {policy}");
        assert!(
            policy.contains("script-src 'self';") && policy.contains("base-uri 'none'"),
            "{policy}"
        );
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert!(header("content-type").starts_with("text/html"));
        assert!(
            page.text()
                .await
                .expect("text")
                .starts_with("<!doctype html>"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_leaks_nothing() {
    let edge = Edge::start(settings()).await;
    for path in [
        "/assets/none.js",
        "/nothing",
        "/index.html",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/assets/%ff",
    ] {
        let missing = edge.get(path, "").await;
        assert_eq!(
            missing.headers()["x-content-type-options"],
            "nosniff",
            "{path}"
        );
        assert_eq!(
            problem(missing).await,
            (404, "not_found".into(), false),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_site_tells_its_words() {
    let edge = Edge::start(settings()).await;
    let site: serde_json::Value = edge
        .get("/api/v1/site", "")
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(site["name"]["en"], "Shop");
    assert_eq!(site["languages"], serde_json::json!(["zh", "en"]));
}

#[tokio::test]
async fn pages_travel_compressed() {
    let edge = Edge::start(settings()).await;
    let request = edge.http.get(edge.url("/"));
    let page = request.header("accept-encoding", "gzip").send().await;
    let page = page.expect("an answer");
    assert_eq!(page.headers()["content-encoding"], "gzip");
    assert_eq!(page.bytes().await.expect("a body")[..2], [0x1f, 0x8b]);
}
