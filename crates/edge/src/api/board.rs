//! The board, the history behind it, and ending somebody's sessions.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{
    Agent, Board, ForceLogoutRequest, GetBoardRequest, HistoryPage, ListEventsRequest,
};
use kefu_types::AgentId;

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Proto, Token},
    problem::ApiError,
};

/// The numbers of now and of today. Supervisors and admins. Workspaces are sent the same as they change.
#[utoipa::path(
    get, path = "/api/v1/board", tag = "board",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Each number as docs/metrics.md defines it", body = ref("#/components/schemas/Board")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_board(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Board>, ApiError> {
    let request = app.call(GetBoardRequest { session });
    Ok(Proto(app.boards().get_board(request).await?.into_inner()))
}

/// What happened to conversations and agents, by id. Admins only. Nothing of what people said is in it.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "board",
    params(
        ("after" = Option<String>, Query, description = "Only events with ids above this one: nextAfterId of the page before"),
        ("from_ms" = Option<i64>, Query, description = "Nothing older than this, UTC milliseconds"),
        ("limit" = Option<u32>, Query, description = "At most this many, and at most board.page_max"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page; nextAfterId is 0 when there is no more for now", body = ref("#/components/schemas/HistoryPage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_events(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<HistoryPage>, ApiError> {
    let pairs = Pairs::new(query)?;
    let limit = match pairs.number("limit")?.map(u32::try_from) {
        None => 0,
        Some(Ok(asked)) if asked > 0 => asked,
        Some(_) => return Err(ApiError::bad_request("limit must be at least 1")),
    };
    let from_ms = pairs.number("from_ms")?.unwrap_or(0);
    let request = app.call(ListEventsRequest {
        session,
        after_id: pairs.number("after")?.unwrap_or(0),
        from_ms: i64::try_from(from_ms).unwrap_or(i64::MAX),
        limit,
    });
    Ok(Proto(app.boards().list_events(request).await?.into_inner()))
}

/// Ends all sessions of a user, wherever they are; what they serve goes back to the front of the queue at
/// once. Supervisors may do it to agents, admins to anybody else.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/logout", tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The user, whose sessions have ended", body = ref("#/components/schemas/Agent")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn force_logout(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(AgentId(user_id)): Id<AgentId>,
) -> Result<Proto<Agent>, ApiError> {
    let request = app.call(ForceLogoutRequest { session, user_id });
    Ok(Proto(
        app.boards().force_logout(request).await?.into_inner(),
    ))
}
