//! How talks with agents ended: ratings and summaries.

use std::sync::Arc;

use axum::extract::State;
use kefu_proto::v1::{
    Choices, ChoicesRequest, Endings, ListEndingsRequest, RateRequest, Rating, SummarizeRequest,
    Summary,
};
use kefu_types::ConversationId;

use super::extract::Id;
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// What a rating and a summary can say.
#[utoipa::path(
    get, path = "/api/v1/closing", tag = "conversations",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Reasons of a rating and, for users, categories of a summary", body = ref("#/components/schemas/Choices")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn choices(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Choices>, ApiError> {
    let request = app.call(ChoicesRequest { session });
    Ok(Proto(app.talks().list_choices(request).await?.into_inner()))
}

/// What is known of a conversation's talks, newest first. Visitors see their ratings only.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/endings", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Talks that were rated or summed up", body = ref("#/components/schemas/Endings")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_endings(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
) -> Result<Proto<Endings>, ApiError> {
    let request = app.call(ListEndingsRequest {
        session,
        conversation_id,
    });
    Ok(Proto(app.talks().list_endings(request).await?.into_inner()))
}

/// Rates a talk that an agent ended, once. `endedSeq` is the sequence of the notice that closed it.
/// The same again answers with the first; anything else is a conflict.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/rating", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/Rating"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "As it is stored", body = ref("#/components/schemas/Rating")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn rate(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(rating): Body<Rating>,
) -> Result<Proto<Rating>, ApiError> {
    let request = app.call(RateRequest {
        session,
        rating: Some(Rating {
            conversation_id,
            ..rating
        }),
    });
    Ok(Proto(app.talks().rate(request).await?.into_inner()))
}

/// Writes down what a talk was about. The newest stands.
#[utoipa::path(
    put, path = "/api/v1/conversations/{id}/summary", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    request_body = ref("#/components/schemas/Summary"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "As it is stored", body = ref("#/components/schemas/Summary")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn summarize(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
    Body(summary): Body<Summary>,
) -> Result<Proto<Summary>, ApiError> {
    let request = app.call(SummarizeRequest {
        session,
        summary: Some(Summary {
            conversation_id,
            ..summary
        }),
    });
    Ok(Proto(app.talks().summarize(request).await?.into_inner()))
}
