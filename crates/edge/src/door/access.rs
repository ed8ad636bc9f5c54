//! One line and two metrics a request: never a body, a header or a query.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

use super::Peer;
use crate::{app::App, measures};

/// Notes method, route, status and time. The route is the pattern (`/api/v1/users/{id}`), so a
/// metric has as many series as there are routes, whatever strangers ask for.
pub(crate) async fn log_access(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let pattern = request.extensions().get::<MatchedPath>();
    let route = pattern.map_or("other", MatchedPath::as_str).to_owned();
    let client = request
        .extensions()
        .get::<Peer>()
        .map(|peer| peer.0.to_string());
    let started = app.clock.monotonic();
    let response = next.run(request).await;
    let took = app.clock.monotonic().saturating_sub(started);
    let status = response.status().as_u16();
    metrics::counter!(
        measures::REQUESTS,
        "method" => known_method(&method), "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!(measures::REQUEST_SECONDS, "route" => route.clone())
        .record(took.as_secs_f64());
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    // Probes come every few seconds for ever.
    if matches!(route.as_str(), "/healthz" | "/readyz" | "/metrics") {
        tracing::debug!(target: "kefu_edge::access", %method, route, status, micros, client, "request");
    } else {
        tracing::info!(target: "kefu_edge::access", %method, route, status, micros, client, "request");
    }
    response
}

/// Strangers may invent methods; a metric may not grow with them.
fn known_method(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}
