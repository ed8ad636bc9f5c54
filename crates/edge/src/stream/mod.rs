//! Connections without WebSocket (docs/protocol.md): one task each, the same as behind a socket, with
//! frames up by POST and frames down as events or by polls, whichever the client asks for at the moment.
//!
//! Invariant: a frame down is kept until it was acknowledged, or until so many newer ones wait that
//! it is given up; a reader is given every number once and in order, or is told that it cannot be.

mod begin;
mod body;
mod read;
mod shelf;
mod streams;
mod up;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};

pub(crate) use streams::Streams;

use crate::{
    api,
    app::App,
    door::{api_headers, in_time},
};

/// Everything under `/stream`.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let ups = Router::new()
        .route("/stream", post(begin::begin).delete(up::end))
        .route("/stream/frames", post(up::frames))
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), in_time))
        .layer(DefaultBodyLimit::max(app.settings.limits.frame_bytes_max));
    // These take as long as they take: a poll until something comes, events for ever.
    let downs = Router::new()
        .route("/stream/poll", get(read::poll))
        .route("/stream/events", get(read::events))
        .method_not_allowed_fallback(api::method_not_allowed);
    ups.merge(downs).layer(middleware::from_fn(api_headers))
}
