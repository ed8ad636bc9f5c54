//! Nothing is asked of a core of another release.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    problem::{ApiError, passing},
};

/// When a client that meets two releases should look again, milliseconds.
const LOOK_AGAIN_MS: u32 = 5_000;

/// Answers 503 while the core is of another release: it could take our words for others.
pub(crate) async fn of_one_release(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    match app.hub.refusal() {
        Some(why) => ApiError::from(passing("unavailable", why, LOOK_AGAIN_MS)).into_response(),
        None => next.run(request).await,
    }
}
