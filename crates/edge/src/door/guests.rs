//! Pages of other origins: those that embed the widget reach what a visitor needs, all others are
//! told which setting they lack.
//!
//! A guest's session is its bearer token. A cookie that comes along is not looked at, and no answer
//! allows credentials: whoever is logged in in the same browser is none of the guest's business.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::origin::{Whose, whose};
use crate::{
    app::App,
    problem::{ApiError, problem},
};

/// What a visitor needs, as the routes are written.
const FOR_VISITORS: &[&str] = &[
    "/api/v1/closing",
    "/api/v1/site",
    "/api/v1/visitor/identity",
    "/api/v1/visitor/session",
    "/api/v1/conversations/{id}",
    "/api/v1/conversations/{id}/actions",
    "/api/v1/conversations/{id}/cursor",
    "/api/v1/conversations/{id}/endings",
    "/api/v1/conversations/{id}/media",
    "/api/v1/conversations/{id}/messages",
    "/api/v1/conversations/{id}/rating",
    "/api/v1/left-messages",
    "/api/v1/missed",
    "/api/v1/page",
    "/media/{id}/thumbnail",
    "/media/{id}/{name}",
    "/stream",
    "/stream/events",
    "/stream/frames",
    "/stream/poll",
    "/ws",
];
const METHODS: &str = "GET, POST, PUT, DELETE";
const HEADERS: &str = "authorization, content-type, last-event-id";
/// A browser need not ask again for so long, seconds; none believes more than two hours.
const REMEMBERED_S: &str = "7200";

/// Lets pages of `edge.widget_origins` in to what visitors need, and nobody else's.
pub(crate) async fn guests(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    if !route.is_some_and(|route| FOR_VISITORS.contains(&route.as_str())) {
        return next.run(request).await;
    }
    let headers = request.headers();
    let settings = &app.settings;
    let whose = whose(headers, &settings.allowed_origins, &settings.widget_origins);
    let origin = headers.get(header::ORIGIN).cloned();
    let mut response = match whose {
        Whose::Nobody | Whose::Own => next.run(request).await,
        Whose::Stranger => refusal(origin.as_ref()).into_response(),
        Whose::Guest if asks_first(&request) => StatusCode::NO_CONTENT.into_response(),
        Whose::Guest => {
            request.headers_mut().remove(header::COOKIE);
            next.run(request).await
        }
    };
    let headers = response.headers_mut();
    vary(headers);
    match (whose, origin) {
        (Whose::Guest, Some(origin)) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            put(
                headers,
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                "retry-after",
            );
            put(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            put(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
            put(headers, header::ACCESS_CONTROL_MAX_AGE, REMEMBERED_S);
        }
        // The page may read why, and nothing else.
        (Whose::Stranger, _) => put(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        _ => {}
    }
    response
}

/// A browser that asks whether it may.
fn asks_first(request: &Request) -> bool {
    let asked = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    request.method() == Method::OPTIONS && asked
}

fn refusal(origin: Option<&HeaderValue>) -> ApiError {
    let origin = origin.and_then(|origin| origin.to_str().ok());
    let origin = origin.unwrap_or("this origin");
    let words = format!(
        "{origin} may not embed the widget: add it to edge.widget_origins (or, where it is our own \
         page behind a proxy that rewrites Host, to edge.allowed_origins)"
    );
    problem("forbidden", words).into()
}

/// Answers differ by who asks, also where nobody's page asked: a cache must keep them apart.
fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
