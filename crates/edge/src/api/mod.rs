//! REST: a thin, typed door. Every handler hands the caller's token to the core and words its
//! answer; nothing is decided here.

mod alerts;
mod assist;
mod board;
mod canned;
mod conversations;
mod cursors;
mod endings;
mod extract;
mod groups;
mod intents;
mod left;
mod messages;
mod notes;
mod openapi;
mod people;
mod profile;
mod schema;
mod search;
mod setup;
mod site;
mod users;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use extract::{Id, Pairs};
pub use openapi::document;

use crate::{
    app::App,
    door::{api_headers, in_long_time, in_time},
    media,
    problem::{ApiError, problem},
};

/// Every documented route.
fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(site::site))
        .routes(routes!(people::create_visitor, people::end_visitor))
        .routes(routes!(people::identify))
        .routes(routes!(people::login))
        .routes(routes!(people::logout))
        .routes(routes!(people::me))
        .routes(routes!(people::set_status))
        .routes(routes!(setup::check_setup, setup::complete_setup))
        .routes(routes!(users::list_agents))
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::update_user))
        .routes(routes!(groups::list_groups, groups::create_group))
        .routes(routes!(groups::update_group))
        .routes(routes!(board::get_board))
        .routes(routes!(board::list_events))
        .routes(routes!(board::force_logout))
        .routes(routes!(alerts::list_word_alerts))
        .routes(routes!(alerts::see_word_alerts))
        .routes(routes!(conversations::list_conversations))
        .routes(routes!(conversations::get_conversation))
        .routes(routes!(conversations::act))
        .routes(routes!(messages::list_messages, messages::send_message))
        .routes(routes!(cursors::mark))
        .routes(routes!(cursors::missed))
        .routes(routes!(endings::choices))
        .routes(routes!(endings::list_endings))
        .routes(routes!(endings::rate))
        .routes(routes!(endings::summarize))
        .routes(routes!(left::list_left, left::leave_message))
        .routes(routes!(left::move_left))
        .routes(routes!(left::answer_left))
        .routes(routes!(search::search))
        .routes(routes!(notes::list_notes, notes::write_note))
        .routes(routes!(notes::list_mentions))
        .routes(routes!(notes::read_mentions))
        .routes(routes!(profile::get_tags, profile::change_tags))
        .routes(routes!(profile::list_tags))
        .routes(routes!(profile::rename_visitor))
        .routes(routes!(canned::list_canned, canned::add_canned))
        .routes(routes!(canned::change_canned, canned::delete_canned))
        .routes(routes!(assist::counts))
        .routes(routes!(assist::trail))
        .routes(routes!(assist::see_page))
        .routes(routes!(intents::history::versions))
        .routes(routes!(intents::history::version))
        .routes(routes!(intents::history::file))
        .routes(routes!(intents::history::diff))
        .routes(routes!(intents::status))
        .routes(routes!(intents::explain))
        .routes(routes!(intents::files))
        .routes(routes!(
            intents::start_evaluation,
            intents::evaluation,
            intents::cancel_evaluation
        ))
}

/// Routes that carry files of intents, or wait until a set is built.
fn documented_long() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(intents::check))
        .routes(routes!(intents::publish))
        .routes(routes!(intents::rollback))
        .routes(routes!(intents::reload))
}

/// Everything under `/api`.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let (routes, _) = documented().split_for_parts();
    let (long, _) = documented_long().split_for_parts();
    let (media, _) = media::documented().split_for_parts();
    let media = media.method_not_allowed_fallback(method_not_allowed);
    let document = openapi::rendered();
    let limits = &app.settings.limits;
    let long = long
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), in_long_time))
        .layer(DefaultBodyLimit::max(limits.intents_body_bytes_max));
    let routes = routes
        .route("/api/openapi.json", get(move || async move { document }))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), in_time))
        .layer(DefaultBodyLimit::max(limits.body_bytes_max));
    routes
        .merge(long)
        .merge(media)
        .layer(middleware::from_fn(api_headers))
}

pub(crate) async fn method_not_allowed() -> ApiError {
    let why = problem("invalid", "this path does not take this method");
    ApiError::with_status(StatusCode::METHOD_NOT_ALLOWED, why)
}
