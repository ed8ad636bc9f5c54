//! Tags of conversations, and what visitors are called. Users only.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{
    ChangeTagsRequest, Conversation, GetTagsRequest, ListTagsRequest, RenameVisitorRequest,
    TagNames, Tags,
};
use kefu_types::ConversationId;

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// A conversation's tags, sorted.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/tags", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All of them", body = ref("#/components/schemas/Tags")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_tags(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
) -> Result<Proto<Tags>, ApiError> {
    let request = app.call(GetTagsRequest {
        session,
        conversation_id,
    });
    Ok(Proto(app.chat().get_tags(request).await?.into_inner()))
}

/// Some tags come, some go; the same again does no harm.
#[utoipa::path(
    patch, path = "/api/v1/conversations/{id}/tags", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/ChangeTagsRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "As they are now", body = ref("#/components/schemas/Tags")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_tags(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(request): Body<ChangeTagsRequest>,
) -> Result<Proto<Tags>, ApiError> {
    let request = app.call(ChangeTagsRequest {
        session,
        conversation_id,
        ..request
    });
    Ok(Proto(app.chat().change_tags(request).await?.into_inner()))
}

/// Tags of the tenant, the most used first, to complete what is typed.
#[utoipa::path(
    get, path = "/api/v1/tags", tag = "conversations",
    params(("prefix" = Option<String>, Query, description = "Only those that begin so")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Some of them", body = ref("#/components/schemas/TagNames")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_tags(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<TagNames>, ApiError> {
    let pairs = Pairs::new(query)?;
    let prefix = pairs.all("prefix").next().unwrap_or("").to_owned();
    let request = app.call(ListTagsRequest { session, prefix });
    Ok(Proto(app.chat().list_tags(request).await?.into_inner()))
}

/// Says what a conversation's visitor is called. Its agent, supervisors and admins.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/visitor", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/RenameVisitorRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The conversation as it is now", body = ref("#/components/schemas/Conversation")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn rename_visitor(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(request): Body<RenameVisitorRequest>,
) -> Result<Proto<Conversation>, ApiError> {
    let request = app.call(RenameVisitorRequest {
        session,
        conversation_id,
        ..request
    });
    Ok(Proto(
        app.chat().rename_visitor(request).await?.into_inner(),
    ))
}
