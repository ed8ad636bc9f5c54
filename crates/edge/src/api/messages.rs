//! A conversation's messages: history, and sending without a socket.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use http::StatusCode;
use kefu_proto::v1::{
    Accepted, ListMessagesRequest, MessagePage, SendMessage, SendRequest,
    list_messages_request::View,
};
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

/// A page of messages, ascending by sequence, in exactly one direction; or messages by id.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/messages", tag = "conversations",
    params(
        ("id" = String, Path, description = "The conversation's id"),
        ("after_seq" = Option<String>, Query, description = "Those after this sequence"),
        ("before_seq" = Option<String>, Query, description = "The page that ends just below this sequence"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
        ("view" = Option<String>, Query, description = "full, or metadata: without bodies, with what they are and their bytes"),
        ("id" = Option<Vec<String>>, Query, description = "Instead of a page: messages by id; repeats. Those that the conversation does not have are absent"),
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
    let max = app.settings.limits.page_messages_max;
    let ids = ids(&pairs, max)?;
    let request = ListMessagesRequest {
        session: session.clone(),
        conversation_id,
        after_seq: after.unwrap_or(0),
        before_seq: before.unwrap_or(0),
        limit: match (&*ids, pairs.all("limit").next()) {
            ([], _) => pairs.limit(max)?,
            (_, None) => 0,
            _ => return Err(ApiError::bad_request("either id or limit")),
        },
        view: view(&pairs)?.into(),
        ids,
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

fn view(pairs: &Pairs) -> Result<View, ApiError> {
    match pairs.all("view").next() {
        None | Some("full") => Ok(View::Full),
        Some("metadata") => Ok(View::Metadata),
        Some(_) => Err(ApiError::bad_request("view is one of full, metadata")),
    }
}

fn ids(pairs: &Pairs, max: u32) -> Result<Vec<u64>, ApiError> {
    let wrong = |_| ApiError::bad_request("id must be a whole number");
    let ids = pairs.all("id").map(|id| id.parse().map_err(wrong));
    let ids = ids.collect::<Result<Vec<u64>, _>>()?;
    match u32::try_from(ids.len()) {
        Ok(count) if count <= max => Ok(ids),
        _ => Err(ApiError::bad_request(format!("at most {max} ids at once"))),
    }
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
    let accepted = app.send(request).await?;
    let status = if accepted.duplicate {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Proto(accepted)))
}
