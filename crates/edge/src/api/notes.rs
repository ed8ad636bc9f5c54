//! Notes that agents write beside a conversation. Visitors are refused by the core.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use http::StatusCode;
use kefu_proto::v1::{
    ListMentionsRequest, ListNotesRequest, Mentions, Note, NotePage, ReadMentionsRequest,
    WriteNoteRequest,
};
use kefu_types::ConversationId;

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// A page of the notes on a conversation, ascending by number. Users only.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/notes", tag = "notes",
    params(
        ("id" = String, Path, description = "The conversation's id"),
        ("after" = Option<String>, Query, description = "Those after this number"),
        ("before" = Option<String>, Query, description = "The page that ends just below this number"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/NotePage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_notes(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<NotePage>, ApiError> {
    let pairs = Pairs::new(query)?;
    let (after, before) = (pairs.number("after")?, pairs.number("before")?);
    if after.is_some() && before.is_some() {
        return Err(ApiError::bad_request("either after or before"));
    }
    let request = ListNotesRequest {
        session,
        conversation_id,
        after_number: after.unwrap_or(0),
        before_number: before.unwrap_or(0),
        limit: pairs.limit(app.settings.limits.page_messages_max)?,
    };
    let page = app.chat().list_notes(app.call(request)).await?;
    Ok(Proto(page.into_inner()))
}

/// Writes a note; answered when it is durable. `@login` in its text mentions a colleague. A retry
/// with the same `clientId` is answered with the first note, with status 200. Users only.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/notes", tag = "notes",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/WriteNoteRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "Stored", body = ref("#/components/schemas/Note")),
        (status = 200, description = "Had been stored before", body = ref("#/components/schemas/Note")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn write_note(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(request): Body<WriteNoteRequest>,
) -> Result<(StatusCode, Proto<Note>), ApiError> {
    let request = WriteNoteRequest {
        session,
        conversation_id,
        ..request
    };
    let written = app.chat().write_note(app.call(request)).await?.into_inner();
    let status = match written.duplicate {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    Ok((status, Proto(written.note.unwrap_or_default())))
}

/// Notes that mention the caller and that they have not opened yet, newest first. Users only.
#[utoipa::path(
    get, path = "/api/v1/mentions", tag = "notes",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All of them, up to a bound", body = ref("#/components/schemas/Mentions")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_mentions(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Mentions>, ApiError> {
    let request = app.call(ListMentionsRequest { session });
    let mentions = app.chat().list_mentions(request).await?;
    Ok(Proto(mentions.into_inner()))
}

/// Says that the caller has seen the notes of a conversation up to `number`, so that mentions in them
/// are not unread any more. Users only.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/mentions", tag = "notes",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/ReadMentionsRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "It is remembered"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn read_mentions(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(request): Body<ReadMentionsRequest>,
) -> Result<StatusCode, ApiError> {
    let request = ReadMentionsRequest {
        session,
        conversation_id,
        ..request
    };
    app.chat().read_mentions(app.call(request)).await?;
    Ok(StatusCode::NO_CONTENT)
}
