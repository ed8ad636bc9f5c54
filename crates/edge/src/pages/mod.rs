//! The pages, built by Vite and embedded in the binary. Nothing is read from disk at run time.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use crate::{
    door::page_headers,
    problem::{ApiError, problem},
};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

const OURSELVES: &str = "'self'";
const NOBODY: &str = "'none'";

/// Pages and what they load; `guests` are the origins whose pages may embed the widget.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(guests: &[String]) -> Router<S> {
    let agent = || async { page("agent.html", NOBODY) };
    let ancestors: Arc<str> = format!("{OURSELVES} {}", guests.join(" "))
        .trim_end()
        .into();
    let frame = move || {
        let ancestors = ancestors.clone();
        async move { page("widget.html", &ancestors) }
    };
    Router::new()
        .route("/widget", get(frame))
        .route("/widget.js", get(widget))
        .route("/", get(|| async { page("index.html", OURSELVES) }))
        .route("/agent", get(agent))
        .route("/agent/", get(agent))
        .route("/agent/{*rest}", get(agent))
        .route("/setup", get(|| async { page("setup.html", NOBODY) }))
        .route("/assets/{*path}", get(asset))
        .method_not_allowed_fallback(crate::api::method_not_allowed)
        .layer(CompressionLayer::new().gzip(true))
}

/// A page is never kept: it names the assets of its own build.
fn page(name: &str, ancestors: &str) -> Response {
    let Some(file) = Dist::get(name) else {
        let text = format!("{name} is not part of this build: run `make web`, then build again\n");
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    let mut response = respond(file);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page_headers(headers, ancestors);
    response
}

/// Assets carry a hash in their names, so a name never changes its content.
async fn asset(path: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    let Ok(Path(path)) = path else {
        return missing();
    };
    serve(
        &format!("assets/{path}"),
        "public, max-age=31536000, immutable",
        &headers,
    )
}

/// The script that other sites name in their pages: it keeps its address when it changes, so it is
/// asked for again soon, and any page may load it, with `crossorigin` or without.
async fn widget(headers: HeaderMap) -> Response {
    let mut response = serve("widget.js", "public, max-age=300", &headers);
    let headers = response.headers_mut();
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    let all = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, all);
    response
}

/// Whatever else the build has at the top, such as the icon; for every path that nobody knows.
pub(crate) async fn other(request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/').to_owned();
    let is_page = name.is_empty() || name.ends_with(".html") || name.contains('/');
    if is_page || !matches!(request.method().as_str(), "GET" | "HEAD") {
        return missing();
    }
    serve(&name, "public, max-age=3600", request.headers())
}

fn missing() -> Response {
    let why = problem("not_found", "there is nothing at this path");
    let mut response = ApiError::from(why).into_response();
    page_headers(response.headers_mut(), NOBODY);
    response
}

fn serve(name: &str, cache: &'static str, asked: &HeaderMap) -> Response {
    let Some(file) = Dist::get(name) else {
        return missing();
    };
    let tag = tag(&file);
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok());
    let unchanged = known
        .flat_map(|tags| tags.split(','))
        .any(|one| one.trim() == tag || one.trim() == "*");
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        respond(file)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    page_headers(headers, NOBODY);
    response
}

/// Weak, because the bytes also travel compressed.
fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("W/\"{hex}\"")
}

fn respond(file: EmbeddedFile) -> Response {
    let media = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    ([(header::CONTENT_TYPE, media)], file.data).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode};

    use super::{missing, page, serve};

    #[test]
    fn what_has_not_changed_is_not_sent_again() {
        let first = serve("index.html", "public, max-age=1", &HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        let mut asked = HeaderMap::new();
        asked.insert("if-none-match", first.headers()["etag"].clone());
        let second = serve("index.html", "public, max-age=1", &asked);
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(second.headers()["cache-control"], "public, max-age=1");
        asked.insert("if-none-match", "W/\"other\"".parse().expect("a header"));
        let changed = serve("index.html", "public, max-age=1", &asked);
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[test]
    fn a_build_without_a_page_says_so() {
        assert_eq!(page("none.html", "'none'").status(), StatusCode::NOT_FOUND);
        assert_eq!(missing().status(), StatusCode::NOT_FOUND);
    }
}
