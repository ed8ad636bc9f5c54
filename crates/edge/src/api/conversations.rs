//! Conversations as wholes: lists, heads, and what people do to them.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{
    ActRequest, Conversation, Conversations, GetConversationRequest, ListConversationsRequest,
    Phase, WhoamiRequest, principal::Kind,
};
use kefu_types::ConversationId;
use tonic::Status;

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
    visible::conversation_for_visitor,
};

/// Whether this token is a user's; everybody else is shown what visitors may see.
pub(super) async fn is_user(app: &App, session: &str) -> Result<bool, Status> {
    let request = app.call(WhoamiRequest {
        session: session.to_owned(),
    });
    Ok(app.chat().whoami(request).await?.into_inner().kind() == Kind::User)
}

async fn shown(
    app: &App,
    session: &str,
    head: Conversation,
) -> Result<Proto<Conversation>, ApiError> {
    let user = is_user(app, session).await?;
    Ok(Proto(if user {
        head
    } else {
        conversation_for_visitor(head)
    }))
}

/// The tenant's conversations, newest first.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations",
    params(
        ("phase" = Option<Vec<String>>, Query, description = "bot, queued, serving, wrap_up or closed; repeats; none for all that are not closed"),
        ("before" = Option<String>, Query, description = "Only those older than this id"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/Conversations")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_conversations(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<Conversations>, ApiError> {
    let pairs = Pairs::new(query)?;
    let phases = pairs.all("phase").map(phase).collect::<Result<_, _>>()?;
    let before_id = pairs.number("before")?.unwrap_or(0);
    let limit = pairs.limit(app.settings.limits.page_conversations_max)?;
    let request = ListConversationsRequest {
        session,
        phases,
        before_id,
        limit,
    };
    Ok(Proto(
        app.chat()
            .list_conversations(app.call(request))
            .await?
            .into_inner(),
    ))
}

fn phase(name: &str) -> Result<i32, ApiError> {
    let phase = match name {
        "bot" => Phase::Bot,
        "queued" => Phase::Queued,
        "serving" => Phase::Serving,
        "wrap_up" => Phase::WrapUp,
        "closed" => Phase::Closed,
        _ => {
            let names = "phase is one of bot, queued, serving, wrap_up, closed";
            return Err(ApiError::bad_request(names));
        }
    };
    Ok(phase.into())
}

/// One conversation's head.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The head", body = ref("#/components/schemas/Conversation")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_conversation(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
) -> Result<Proto<Conversation>, ApiError> {
    let request = GetConversationRequest {
        session: session.clone(),
        conversation_id,
    };
    let head = app
        .chat()
        .get_conversation(app.call(request))
        .await?
        .into_inner();
    shown(&app, &session, head).await
}

/// Claims, ends, transfers, asks for a human, and the like.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/actions", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/ActRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The head after it", body = ref("#/components/schemas/Conversation")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn act(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(request): Body<ActRequest>,
) -> Result<Proto<Conversation>, ApiError> {
    let request = ActRequest {
        session: session.clone(),
        conversation_id,
        ..request
    };
    let head = app.chat().act(app.call(request)).await?.into_inner();
    shown(&app, &session, head).await
}
