//! Sensitive words that were found, for those who oversee.

use std::sync::Arc;

use axum::extract::{Query, State, rejection::QueryRejection};
use kefu_proto::v1::{ListWordAlertsRequest, SeeWordAlertsRequest, WordAlerts, WordSeen};

use super::extract::Pairs;
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// Where words were written that supervisors want to hear of, newest first, by which rules, and who has
/// seen it. Supervisors and admins. Nothing of what was written is in it.
#[utoipa::path(
    get, path = "/api/v1/word-alerts", tag = "board",
    params(
        ("seen" = Option<bool>, Query, description = "false: only those that nobody has seen; true: only the others"),
        ("before" = Option<String>, Query, description = "Only those with ids below this one: the last of the page before"),
        ("limit" = Option<u32>, Query, description = "At most this many"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A page", body = ref("#/components/schemas/WordAlerts")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_word_alerts(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<WordAlerts>, ApiError> {
    let pairs = Pairs::new(query)?;
    let seen = match pairs.all("seen").next() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(ApiError::bad_request("seen is true or false")),
    };
    let request = app.call(ListWordAlertsRequest {
        session,
        seen,
        before_id: pairs.number("before")?.unwrap_or(0),
        limit: pairs.limit(app.settings.limits.page_conversations_max)?,
    });
    let listed = app.boards().list_word_alerts(request).await?;
    Ok(Proto(listed.into_inner()))
}

/// Says that the caller has seen alerts. What was seen before may be said again, and ids that are none are
/// passed over. Supervisors and admins.
#[utoipa::path(
    post, path = "/api/v1/word-alerts/seen", tag = "board",
    request_body = ref("#/components/schemas/SeeWordAlertsRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "By whom, and when", body = ref("#/components/schemas/WordSeen")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn see_word_alerts(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<SeeWordAlertsRequest>,
) -> Result<Proto<WordSeen>, ApiError> {
    let request = app.call(SeeWordAlertsRequest { session, ..request });
    let seen = app.boards().see_word_alerts(request).await?;
    Ok(Proto(seen.into_inner()))
}
