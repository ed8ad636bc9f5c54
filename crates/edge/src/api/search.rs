//! Searching what was said.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{SearchPage, SearchRequest};

use super::extract::Pairs;
use crate::{
    app::App,
    door::{Proto, Token},
    problem::ApiError,
};

/// What was said in the tenant, newest first. Everything between spaces must be there.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "conversations",
    params(
        ("q" = String, Query, description = "What is looked for"),
        ("conversation_id" = Option<String>, Query, description = "Only in this conversation"),
        ("before" = Option<String>, Query, description = "Only messages older than this id: nextBeforeId of the page before"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/SearchPage")),
        (status = "4XX", description = "Refused; 403 for visitors, and where search is off", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<SearchPage>, ApiError> {
    let pairs = Pairs::new(query)?;
    let limit = match pairs.number("limit")?.map(u32::try_from) {
        None => 0,
        Some(Ok(asked)) if asked > 0 => asked,
        Some(_) => return Err(ApiError::bad_request("limit must be at least 1")),
    };
    let request = SearchRequest {
        session,
        query: pairs.all("q").next().unwrap_or_default().to_owned(),
        conversation_id: pairs.number("conversation_id")?.unwrap_or(0),
        before_id: pairs.number("before")?.unwrap_or(0),
        limit,
    };
    Ok(Proto(
        app.chat().search(app.call(request)).await?.into_inner(),
    ))
}
