//! How often proposed replies are taken, and on which pages visitors are.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{
    AssistCounts, AssistCountsRequest, GetTrailRequest, PageSeen, SeePageReply, SeePageRequest,
    Trail,
};
use kefu_types::ConversationId;

use super::extract::{Id, Pairs};
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// How often what each intent proposed to agents was shown, taken, and edited before it was sent, by UTC
/// day. Admins only.
#[utoipa::path(
    get, path = "/api/v1/assist/counts", tag = "intents",
    params(("days" = Option<u32>, Query, description = "The last so many days, today included; 30 without it")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "By intent, then by day", body = ref("#/components/schemas/AssistCounts")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn counts(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<AssistCounts>, ApiError> {
    let days = Pairs::new(query)?.number("days")?.unwrap_or(0);
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    let request = app.call(AssistCountsRequest { session, days });
    Ok(Proto(app.assist().counts(request).await?.into_inner()))
}

/// The last pages on which a conversation's visitor was, newest first. Users only.
#[utoipa::path(
    get, path = "/api/v1/conversations/{id}/trail", tag = "conversations",
    params(("id" = String, Path, description = "The conversation's id")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "None where the tenant keeps none", body = ref("#/components/schemas/Trail")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn trail(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation_id)): Id<ConversationId>,
) -> Result<Proto<Trail>, ApiError> {
    let request = app.call(GetTrailRequest {
        session,
        conversation_id,
    });
    Ok(Proto(app.trails().get_trail(request).await?.into_inner()))
}

/// Says on which page the visitor is: `url`, `title` and `referrer`. Visitors only. What looks secret in
/// the addresses is not kept (docs/assist.md).
#[utoipa::path(
    post, path = "/api/v1/page", tag = "conversations",
    request_body = ref("#/components/schemas/PageSeen"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Whether it is kept", body = ref("#/components/schemas/SeePageReply")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn see_page(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(page): Body<PageSeen>,
) -> Result<Proto<SeePageReply>, ApiError> {
    let page = Some(page);
    let request = app.call(SeePageRequest { session, page });
    Ok(Proto(app.trails().see_page(request).await?.into_inner()))
}
