//! Every path of the edge.

use std::sync::Arc;

use axum::{Router, middleware, routing::get};

use crate::{
    api,
    app::App,
    door::{guests, log_access, of_one_release},
    ops, pages, stream, ws,
};

/// API, socket, pages, operations; whatever is left is a problem.
pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .merge(api::router(app))
        .merge(stream::router(app))
        .route("/ws", get(ws::upgrade))
        // What asks the core for anything, and so far nothing else.
        .layer(middleware::from_fn_with_state(app.clone(), of_one_release))
        // Around it, so that a page of another origin may read every refusal.
        .layer(middleware::from_fn_with_state(app.clone(), guests))
        .merge(ops::router())
        .merge(pages::router(&app.settings.widget_origins))
        .fallback(pages::other)
        .layer(middleware::from_fn_with_state(app.clone(), log_access))
        .with_state(app.clone())
}
