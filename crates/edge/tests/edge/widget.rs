//! Pages of other origins: who may embed the widget, what they reach, and how the others are told.

use reqwest::{Method, RequestBuilder, Response};
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Edge, Wire, problem, settings};

const SHOP: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";

async fn start() -> Edge {
    let mut settings = settings();
    settings.widget_origins = vec![SHOP.into(), "http://127.0.0.1:9000".into()];
    Edge::start(settings).await
}

fn from(edge: &Edge, origin: &str, method: Method, path: &str) -> RequestBuilder {
    let request = edge.http.request(method, edge.url(path));
    request.header("origin", origin)
}

async fn ask(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

fn header(response: &Response, name: &str) -> String {
    let values = response.headers().get_all(name).iter();
    let texts: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    texts.join(", ").to_ascii_lowercase()
}

async fn preflight(edge: &Edge, origin: &str, path: &str) -> Response {
    let request = from(edge, origin, Method::OPTIONS, path);
    let request = request.header("access-control-request-method", "POST");
    ask(request.header(
        "access-control-request-headers",
        "authorization,content-type",
    ))
    .await
}

fn is_open_to(response: &Response, origin: &str) -> bool {
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-credentials"),
        "nobody is let in with a cookie"
    );
    header(response, "access-control-allow-origin") == origin
}

#[tokio::test]
async fn a_guest_reaches_what_a_visitor_needs() {
    let edge = start().await;
    let site = ask(from(&edge, SHOP, Method::GET, "/api/v1/site")).await;
    assert_eq!(site.status(), 200);
    assert!(is_open_to(&site, SHOP));
    assert!(header(&site, "vary").contains("origin"));
    let site: serde_json::Value = site.json().await.expect("JSON");
    assert_eq!(site["tenant"], "default");

    let request = from(&edge, SHOP, Method::POST, "/api/v1/visitor/session");
    let request = request.header("content-type", "application/json");
    let made = ask(request.body(r#"{"language":"en"}"#)).await;
    assert_eq!(made.status(), 201);
    assert!(is_open_to(&made, SHOP));
    let made: serde_json::Value = made.json().await.expect("JSON");
    let (token, id) = (
        made["token"].as_str().expect("a token"),
        made["principal"]["conversationId"].as_str().expect("an id"),
    );

    let head = format!("/api/v1/conversations/{id}");
    for path in [
        head.clone(),
        format!("{head}/messages"),
        "/api/v1/missed".into(),
    ] {
        let asked = preflight(&edge, SHOP, &path).await;
        assert_eq!(asked.status(), 204, "{path}");
        assert!(is_open_to(&asked, SHOP), "{path}");
        for needed in ["authorization", "content-type"] {
            assert!(header(&asked, "access-control-allow-headers").contains(needed));
        }
        for needed in ["get", "post", "put", "delete"] {
            assert!(header(&asked, "access-control-allow-methods").contains(needed));
        }
        let read = ask(from(&edge, SHOP, Method::GET, &path).bearer_auth(token)).await;
        assert_eq!(read.status(), 200, "{path}");
        assert!(is_open_to(&read, SHOP), "{path}");
    }
    for path in ["/api/v1/page", "/api/v1/left-messages"] {
        let asked = preflight(&edge, SHOP, path).await;
        assert!(is_open_to(&asked, SHOP), "{path}");
    }
    // A refusal is for the guest to read as well, and how long to wait.
    let refused = ask(from(&edge, SHOP, Method::GET, &head)).await;
    assert!(is_open_to(&refused, SHOP));
    assert!(header(&refused, "access-control-expose-headers").contains("retry-after"));
    assert_eq!(problem(refused).await.0, 401);
    edge.core.halt().await;
    let away = ask(from(&edge, SHOP, Method::GET, &head).bearer_auth(token)).await;
    assert!(is_open_to(&away, SHOP));
    assert_eq!(problem(away).await.0, 503);
}

#[tokio::test]
async fn a_guest_talks_over_a_socket_and_over_requests() {
    let edge = start().await;
    edge.core.visitor("v");
    let wire = Wire::connect(edge.address, "kefu.v1.proto", &[("origin", SHOP)]).await;
    wire.expect("a socket").hello("v").await;
    let path = "/stream?protocol=kefu.v1.json";
    assert_eq!(preflight(&edge, SHOP, path).await.status(), 204);
    let request = from(&edge, SHOP, Method::POST, path);
    let request = request.header("content-type", "application/json");
    let hello = r#"{"frames":[{"ref":"1","hello":{"token":"v"}}]}"#;
    let begun = ask(request.body(hello)).await;
    assert_eq!(begun.status(), 200);
    assert!(is_open_to(&begun, SHOP));
    let begun: serde_json::Value = begun.json().await.expect("JSON");
    let stream = begun["stream"].as_str().expect("a name");
    let path = format!("/stream?stream={stream}");
    let ended = ask(from(&edge, SHOP, Method::DELETE, &path)).await;
    assert_eq!(ended.status(), 204);
}

/// Whoever is logged in in the same browser is none of the guest's business: not even where the
/// browser sends the cookie along, as between two ports of one machine.
#[tokio::test]
async fn a_guest_has_no_cookie() {
    let edge = start().await;
    edge.core.user("a");
    let id = edge.core.visitor("v");
    let with_cookie = |origin: &str, path: &str| {
        let request = from(&edge, origin, Method::GET, path);
        ask(request.header("cookie", "kefu_session=a"))
    };
    let head = format!("/api/v1/conversations/{id}");
    let refused = with_cookie("http://127.0.0.1:9000", &head).await;
    assert_eq!(problem(refused).await.0, 401);
    let own = format!("http://{}", edge.address);
    assert_eq!(with_cookie(&own, &head).await.status(), 200);

    let headers = [("origin", SHOP), ("cookie", "kefu_session=a")];
    let wire = Wire::connect(edge.address, "kefu.v1.proto", &headers).await;
    let mut wire = wire.expect("the cookie is no reason to refuse the visitor");
    wire.hello("v").await;
}

#[tokio::test]
async fn what_is_not_for_visitors_is_not_for_guests() {
    let edge = start().await;
    edge.core.user("a");
    for path in [
        "/api/v1/login",
        "/api/v1/logout",
        "/api/v1/me",
        "/api/v1/users",
        "/api/v1/conversations",
        "/api/v1/search?q=x",
        "/api/v1/setup",
        "/metrics",
        "/readyz",
    ] {
        let asked = preflight(&edge, SHOP, path).await;
        assert!(is_open_to(&asked, ""), "{path}");
        let read = ask(from(&edge, SHOP, Method::GET, path).bearer_auth("a")).await;
        assert!(is_open_to(&read, ""), "{path}");
    }
}

#[tokio::test]
async fn a_stranger_is_told_which_setting_is_missing_and_nothing_else() {
    let edge = start().await;
    edge.core.visitor("v");
    for path in ["/api/v1/site", "/api/v1/missed"] {
        let refused = ask(from(&edge, EVIL, Method::GET, path).bearer_auth("v")).await;
        // The page may read the refusal: it says so in the browser's console.
        assert!(is_open_to(&refused, "*"), "{path}");
        assert_eq!(refused.status(), 403, "{path}");
        let words: serde_json::Value = refused.json().await.expect("JSON");
        assert_eq!(words["code"], "forbidden");
        let detail = words["detail"].as_str().expect("words");
        assert!(
            detail.contains("edge.widget_origins") && detail.contains(EVIL),
            "{detail}"
        );
    }
    assert_eq!(preflight(&edge, EVIL, "/api/v1/missed").await.status(), 403);
    assert_eq!(preflight(&edge, "null", "/stream").await.status(), 403);
    let wire = Wire::connect(edge.address, "kefu.v1.proto", &[("origin", EVIL)]).await;
    let Err(Error::Http(refused)) = wire else {
        panic!("a stranger has a socket");
    };
    assert_eq!(refused.status(), 403);
    // Programs name no origin, and our own pages their own.
    assert!(
        Wire::connect(edge.address, "kefu.v1.proto", &[])
            .await
            .is_ok()
    );
    let own = format!("http://{}", edge.address);
    let own = Wire::connect(edge.address, "kefu.v1.proto", &[("origin", own.as_str())]).await;
    assert!(own.is_ok());
}

#[tokio::test]
async fn every_page_is_a_guest_where_the_operator_says_so() {
    let mut all = settings();
    all.widget_origins = vec!["*".into()];
    let edge = Edge::start(all).await;
    let site = ask(from(&edge, EVIL, Method::GET, "/api/v1/site")).await;
    assert_eq!(site.status(), 200);
    assert!(is_open_to(&site, EVIL));
}

#[tokio::test]
async fn the_frame_page_names_who_may_show_it() {
    let edge = start().await;
    let page = edge.get("/widget", "").await;
    assert_eq!(page.status(), 200);
    let policy = header(&page, "content-security-policy");
    let ancestors = "frame-ancestors 'self' https://shop.example http://127.0.0.1:9000;";
    assert!(policy.contains(ancestors), "{policy}");
    let edge = Edge::start(settings()).await;
    let policy = header(&edge.get("/widget", "").await, "content-security-policy");
    assert!(policy.contains("frame-ancestors 'self';"), "{policy}");
}

/// There is a script only in a build with pages; what is said of it holds for its absence as well.
#[tokio::test]
async fn any_page_may_load_the_script() {
    let edge = Edge::start(settings()).await;
    let script = ask(from(&edge, EVIL, Method::GET, "/widget.js")).await;
    assert!(is_open_to(&script, "*"));
    assert_eq!(
        header(&script, "cross-origin-resource-policy"),
        "cross-origin"
    );
    if script.status() == 404 {
        return;
    }
    assert!(header(&script, "content-type").starts_with("text/javascript"));
    assert_eq!(header(&script, "cache-control"), "public, max-age=300");
    let tag = script.headers()["etag"].clone();
    let request = from(&edge, EVIL, Method::GET, "/widget.js");
    let again = ask(request.header("if-none-match", tag)).await;
    assert_eq!(again.status(), 304);
    assert_eq!(
        header(&again, "cross-origin-resource-policy"),
        "cross-origin"
    );
}
