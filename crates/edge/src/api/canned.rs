//! Canned replies. Users only; who may change which, the core decides.

use std::{str::FromStr, sync::Arc};

use axum::extract::State;
use http::StatusCode;
use kefu_proto::v1::{
    CannedReplies, CannedReply, DeleteCannedRequest, ListCannedRequest, SaveCannedRequest,
};
use kefu_types::{ConversationId, ParseIdError};

use super::extract::Id;
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// The id of a canned reply in a path.
pub(super) struct CannedId(u64);

impl FromStr for CannedId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.parse().map(|ConversationId(id)| Self(id))
    }
}

/// The shared canned replies and the caller's own, by shortcut.
#[utoipa::path(
    get, path = "/api/v1/canned-replies", tag = "canned replies",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All of them", body = ref("#/components/schemas/CannedReplies")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_canned(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<CannedReplies>, ApiError> {
    let request = app.call(ListCannedRequest { session });
    Ok(Proto(app.chat().list_canned(request).await?.into_inner()))
}

/// Adds one: shared with `ownerId` 0 (supervisors and admins), or the caller's own. Its texts may hold
/// `{visitor.name}`, `{agent.name}`, `{conversation.id}` and `{time.greeting}`.
#[utoipa::path(
    post, path = "/api/v1/canned-replies", tag = "canned replies",
    request_body = ref("#/components/schemas/CannedReply"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "As it is kept", body = ref("#/components/schemas/CannedReply")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn add_canned(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(reply): Body<CannedReply>,
) -> Result<(StatusCode, Proto<CannedReply>), ApiError> {
    let reply = Some(CannedReply { id: 0, ..reply });
    let request = app.call(SaveCannedRequest { session, reply });
    let saved = app.chat().save_canned(request).await?;
    Ok((StatusCode::CREATED, Proto(saved.into_inner())))
}

/// Changes one as a whole. `version` is the one that the change was made for; where another one is kept
/// by now, it is a conflict.
#[utoipa::path(
    put, path = "/api/v1/canned-replies/{id}", tag = "canned replies",
    params(("id" = String, Path, description = "The canned reply's id")),
    request_body = ref("#/components/schemas/CannedReply"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "As it is kept now", body = ref("#/components/schemas/CannedReply")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_canned(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(CannedId(id)): Id<CannedId>,
    Body(reply): Body<CannedReply>,
) -> Result<Proto<CannedReply>, ApiError> {
    if id == 0 {
        return Err(ApiError::bad_request("id must be at least 1"));
    }
    let reply = Some(CannedReply { id, ..reply });
    let request = app.call(SaveCannedRequest { session, reply });
    Ok(Proto(app.chat().save_canned(request).await?.into_inner()))
}

/// Takes one away.
#[utoipa::path(
    delete, path = "/api/v1/canned-replies/{id}", tag = "canned replies",
    params(("id" = String, Path, description = "The canned reply's id")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "It is gone"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete_canned(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(CannedId(id)): Id<CannedId>,
) -> Result<StatusCode, ApiError> {
    let request = app.call(DeleteCannedRequest { session, id });
    app.chat().delete_canned(request).await?;
    Ok(StatusCode::NO_CONTENT)
}
