//! `/healthz`, `/readyz` and `/metrics`.

mod exposition;

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router, extract::State, middleware, response::IntoResponse, routing::get,
};
use futures::future::join_all;
use http::{HeaderMap, StatusCode, header};
use kefu_proto::v1::{MetricsRequest, ReadyRequest};
use serde::Serialize;

use crate::{
    app::App,
    door::{Peer, api_headers},
    problem::ApiError,
};

/// A role that says nothing for this long is not ready.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(crate::api::method_not_allowed)
        .layer(middleware::from_fn(api_headers))
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    roles: Vec<RoleReadiness>,
}

#[derive(Serialize)]
struct RoleReadiness {
    role: &'static str,
    ready: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

/// 200 when every role is ready, 503 until then, and which is not.
async fn ready(State(app): State<Arc<App>>) -> impl IntoResponse {
    let asked = app.roles().map(|(role, mut ops)| async move {
        let answer = tokio::time::timeout(PATIENCE, ops.ready(ReadyRequest {})).await;
        let (ready, detail) = match answer.map(|answer| answer.map(tonic::Response::into_inner)) {
            Ok(Ok(reply)) => (reply.ready, reply.detail),
            Ok(Err(_)) => (false, "does not answer".into()),
            Err(_) => (false, "does not answer in time".into()),
        };
        RoleReadiness {
            role,
            ready,
            detail,
        }
    });
    let mut roles = join_all(asked).await;
    let stopping = app.shutdown.is_cancelled();
    let linked = app.hub.is_linked();
    let detail = match (stopping, linked) {
        (true, _) => "is stopping".to_owned(),
        (false, false) => app
            .hub
            .refusal()
            .unwrap_or_else(|| "is not linked to chat".to_owned()),
        (false, true) => String::new(),
    };
    roles.insert(
        0,
        RoleReadiness {
            role: "edge",
            ready: !stopping && linked,
            detail,
        },
    );
    let ready = roles.iter().all(|role| role.ready);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Readiness { ready, roles }))
}

/// The metrics of every role that answers, as one text, for those who may read them.
async fn metrics(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    app.settings.metrics.admit(peer, &headers)?;
    let asked = app.roles().map(|(role, mut ops)| async move {
        let answer = tokio::time::timeout(PATIENCE, ops.metrics(MetricsRequest {})).await;
        let text = answer
            .ok()
            .and_then(Result::ok)
            .map(|reply| reply.into_inner().text);
        (role, text)
    });
    let mut texts = vec![("edge", Some((app.metrics)()))];
    texts.extend(join_all(asked).await);
    let body = exposition::merge(&texts);
    let media = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, media)], body))
}
