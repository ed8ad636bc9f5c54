//! Messages left: a visitor leaves one instead of waiting, agents work through the list.

use std::{str::FromStr, sync::Arc};

use axum::extract::{Query, State, rejection::QueryRejection};
use http::StatusCode;
use kefu_proto::v1::{
    AnswerLeftRequest, LeaveMessageRequest, LeftMessage, LeftMessages, LeftState, ListLeftRequest,
    MoveLeftRequest,
};
use kefu_types::{ConversationId, ParseIdError};

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// The id of a message left in a path.
pub(super) struct LeftId(u64);

impl FromStr for LeftId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.parse().map(|ConversationId(id)| Self(id))
    }
}

/// Leaves a message for later, in the visitor's own conversation. Who waited in the queue waits no more.
/// The same `clientId` with the same contents answers with the first; with others it is a conflict.
#[utoipa::path(
    post, path = "/api/v1/left-messages", tag = "messages left",
    request_body = ref("#/components/schemas/LeaveMessageRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "As it is stored", body = ref("#/components/schemas/LeftMessage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn leave_message(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<LeaveMessageRequest>,
) -> Result<(StatusCode, Proto<LeftMessage>), ApiError> {
    let request = LeaveMessageRequest { session, ..request };
    let left = app.left().leave(app.call(request)).await?;
    Ok((StatusCode::CREATED, Proto(left.into_inner())))
}

/// Messages left in one state. Open and taken ones come longest first, the others newest first. Users only.
#[utoipa::path(
    get, path = "/api/v1/left-messages", tag = "messages left",
    params(
        ("state" = Option<String>, Query, description = "open (when nothing is said), taken, answered or closed"),
        ("group_id" = Option<String>, Query, description = "Only those of this group; 0 is the default one"),
        ("after" = Option<String>, Query, description = "Only those behind this id in the list's order"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/LeftMessages")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_left(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<LeftMessages>, ApiError> {
    let pairs = Pairs::new(query)?;
    let state = pairs.all("state").next().unwrap_or("open");
    let request = ListLeftRequest {
        session,
        state: state_named(state)?.into(),
        group_id: pairs.number("group_id")?,
        after_id: pairs.number("after")?.unwrap_or(0),
        limit: pairs.limit(app.settings.limits.page_conversations_max)?,
    };
    let listed = app.left().list_left(app.call(request)).await?;
    Ok(Proto(listed.into_inner()))
}

fn state_named(name: &str) -> Result<LeftState, ApiError> {
    match name {
        "open" => Ok(LeftState::Open),
        "taken" => Ok(LeftState::Taken),
        "answered" => Ok(LeftState::Answered),
        "closed" => Ok(LeftState::Closed),
        _ => Err(ApiError::bad_request(
            "state is one of open, taken, answered, closed",
        )),
    }
}

/// Claims, releases or closes a message left, if it still has the version that is sent. Users only.
#[utoipa::path(
    post, path = "/api/v1/left-messages/{id}/actions", tag = "messages left",
    params(("id" = String, Path, description = "The message left's id")),
    request_body = ref("#/components/schemas/MoveLeftRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "As it is now", body = ref("#/components/schemas/LeftMessage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn move_left(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(LeftId(id)): Id<LeftId>,
    Body(request): Body<MoveLeftRequest>,
) -> Result<Proto<LeftMessage>, ApiError> {
    let request = MoveLeftRequest {
        session,
        id,
        ..request
    };
    let moved = app.left().move_left(app.call(request)).await?;
    Ok(Proto(moved.into_inner()))
}

/// Answers a message left with a message in its conversation. Who claimed it does; users only.
#[utoipa::path(
    post, path = "/api/v1/left-messages/{id}/answer", tag = "messages left",
    params(("id" = String, Path, description = "The message left's id")),
    request_body = ref("#/components/schemas/AnswerLeftRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "As it is now", body = ref("#/components/schemas/LeftMessage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn answer_left(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(LeftId(id)): Id<LeftId>,
    Body(request): Body<AnswerLeftRequest>,
) -> Result<Proto<LeftMessage>, ApiError> {
    let request = AnswerLeftRequest {
        session,
        id,
        ..request
    };
    let answered = app.left().answer_left(app.call(request)).await?;
    Ok(Proto(answered.into_inner()))
}
