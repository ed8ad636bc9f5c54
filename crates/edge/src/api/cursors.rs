//! How far a device is, and what it missed, without a socket.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{AskMissed, Cursor, Mark, MarkRequest, MissedPage, MissedRequest};
use kefu_types::ConversationId;

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

fn device_id(pairs: &Pairs) -> String {
    pairs.all("device_id").next().unwrap_or("").to_owned()
}

/// Says how far a device is. Neither number goes back or beyond the conversation's last message;
/// what is read is delivered. Answered with how far the person is, with whichever device.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/cursor", tag = "conversations",
    params(
        ("id" = String, Path, description = "The conversation's id"),
        ("device_id" = Option<String>, Query, description = "Which of the caller's devices; none: one for each session"),
    ),
    request_body = ref("#/components/schemas/Mark"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "How far the person is", body = ref("#/components/schemas/Cursor")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn mark(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    Body(mark): Body<Mark>,
) -> Result<Proto<Cursor>, ApiError> {
    let pairs = Pairs::new(query)?;
    let request = MarkRequest {
        session,
        mark: Some(Mark {
            conversation_id,
            ..mark
        }),
        device_id: device_id(&pairs),
    };
    Ok(Proto(
        app.chat().mark(app.call(request)).await?.into_inner(),
    ))
}

/// What a device missed, over all conversations of the caller: each with how far it is, what is
/// unread, and the first messages that the device has not.
#[utoipa::path(
    get, path = "/api/v1/missed", tag = "conversations",
    params(
        ("device_id" = Option<String>, Query, description = "Which of the caller's devices; none: one for each session"),
        ("after" = Option<String>, Query, description = "nextAfter of the page before"),
        ("limit" = Option<u32>, Query, description = "At most this many conversations"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/MissedPage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn missed(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<MissedPage>, ApiError> {
    let pairs = Pairs::new(query)?;
    let limit = match pairs.number("limit")? {
        None => 0,
        Some(0) => return Err(ApiError::bad_request("limit must be at least 1")),
        // The core refuses what is too much.
        Some(limit) => u32::try_from(limit).unwrap_or(u32::MAX),
    };
    let request = MissedRequest {
        session,
        device_id: device_id(&pairs),
        ask: Some(AskMissed {
            after: pairs.number("after")?.unwrap_or(0),
            limit,
        }),
    };
    Ok(Proto(
        app.chat().missed(app.call(request)).await?.into_inner(),
    ))
}
