//! A conversation's messages: history, and sending without a socket.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use http::StatusCode;
use kefu_proto::v1::{Accepted, ListMessagesRequest, MessagePage, SendMessage, SendRequest};
use kefu_types::ConversationId;

use super::{
    conversations::is_user,
    extract::{Id, Pairs},
};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
    visible::message_for_visitor,
};

/// A page of messages, ascending by sequence, in exactly one direction.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(
        ("id" = String, Path, description = "The conversation's id"),
        ("after_seq" = Option<String>, Query, description = "Those after this sequence"),
        ("before_seq" = Option<String>, Query, description = "The page that ends just below this sequence"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/MessagePage")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_messages(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<MessagePage>, ApiError> {
    let pairs = Pairs::new(query)?;
    let (after, before) = (pairs.number("after_seq")?, pairs.number("before_seq")?);
    if after.is_some() && before.is_some() {
        return Err(ApiError::bad_request("either after_seq or before_seq"));
    }
    let request = ListMessagesRequest {
        session: session.clone(),
        conversation_id,
        after_seq: after.unwrap_or(0),
        before_seq: before.unwrap_or(0),
        limit: pairs.limit(app.settings.limits.page_messages_max)?,
    };
    let mut page = app
        .chat()
        .list_messages(app.call(request))
        .await?
        .into_inner();
    if !is_user(&app, &session).await? {
        page.messages = page.messages.into_iter().map(message_for_visitor).collect();
    }
    Ok(Proto(page))
}

/// Sends a message; answered when it is durable. A retry with the same `clientId` is answered
/// with the first one's id, with status 200.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/SendMessage"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "Stored", body = ref("#/components/schemas/Accepted")),
        (status = 200, description = "Had been stored before", body = ref("#/components/schemas/Accepted")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn send_message(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(message): Body<SendMessage>,
) -> Result<(StatusCode, Proto<Accepted>), ApiError> {
    let message = Some(SendMessage {
        conversation_id,
        ..message
    });
    let request = SendRequest {
        session,
        message,
        language: String::new(),
    };
    let accepted = app.chat().send(app.call(request)).await?.into_inner();
    let status = if accepted.duplicate {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Proto(accepted)))
}
