//! No request hangs.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    problem::{ApiError, unavailable},
};

/// Answers 503 when the handler has not within `request_timeout_s`.
pub(crate) async fn in_time(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    within(app.settings.limits.request_timeout_s, request, next).await
}

/// The same for what may build a set of intents: within `intents_timeout_s`.
pub(crate) async fn in_long_time(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    within(app.settings.limits.intents_timeout_s, request, next).await
}

async fn within(seconds: u64, request: Request, next: Next) -> Response {
    let patience = Duration::from_secs(seconds);
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::from(unavailable()).into_response(),
    }
}
