//! Every path of the edge.

use std::sync::Arc;

use axum::{Router, middleware, routing::get};

use crate::{api, app::App, door::log_access, ops, pages, ws};

/// API, socket, pages, operations; whatever is left is a problem.
pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .merge(api::router(app))
        .merge(ops::router())
        .merge(pages::router())
        .route("/ws", get(ws::upgrade))
        .fallback(pages::other)
        .layer(middleware::from_fn_with_state(app.clone(), log_access))
        .with_state(app.clone())
}
