//! The intents: what serves, checking, publishing, evaluating; and, in [`history`], the versions.
//!
//! The bot and the core decide who may; this door bounds what comes in and words what goes out.

pub(super) mod history;
mod unified;

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use http::StatusCode;
use kefu_proto::v1::{
    CheckFilesRequest, CheckReply, EvaluateRequest, EvaluationRequest, EvaluationStatus,
    ExplainRequest, FilesReply, FilesRequest, IntentsStatus, PublishReply, PublishRequest,
    ReloadRequest, RollbackRequest, StatusRequest,
};
use serde_json::Value;
use tonic::{Code, Response, Status};

use super::extract::Pairs;
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::{ApiError, passing, problem},
};

impl App {
    /// A call that may build a set of intents.
    fn long_call<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.set_timeout(Duration::from_secs(self.settings.limits.intents_timeout_s));
        request
    }
}

/// What serves, and what became of the last change. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/status", tag = "intents",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The state, the version that serves, and what is wrong with the files", body = ref("#/components/schemas/IntentsStatus")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn status(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<IntentsStatus>, ApiError> {
    let request = app.call(StatusRequest { session });
    let status = app.intents().status(request).await.map_err(away)?;
    Ok(Proto(status.into_inner()))
}

/// The files in the directory as they are now, good or bad. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/files", tag = "intents",
    params(("path" = Option<String>, Query, description = "One file; all when absent")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "By path, with their texts as far as one answer carries them", body = ref("#/components/schemas/FilesReply")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn files(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Proto<FilesReply>, ApiError> {
    let query = Pairs::new(query)?;
    let path = query.all("path").next().unwrap_or_default().to_owned();
    let request = app.call(FilesRequest { session, path });
    let files = app.intents().files(request).await.map_err(away)?;
    Ok(Proto(files.into_inner()))
}

/// Checks files as if they were in the directory; nothing is changed. Admins only.
#[utoipa::path(
    post, path = "/api/v1/intents/check", tag = "intents",
    request_body = ref("#/components/schemas/CheckFilesRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Whether it would serve, everything that is wrong or doubtful, and what would change", body = ref("#/components/schemas/CheckReply")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn check(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<CheckFilesRequest>,
) -> Result<Proto<CheckReply>, ApiError> {
    let request = app.long_call(CheckFilesRequest { session, ..request });
    Ok(Proto(
        app.intents()
            .check(request)
            .await
            .map_err(away)?
            .into_inner(),
    ))
}

/// Checks, builds, writes and serves files; or changes nothing. A file without text is removed.
/// Admins only.
#[utoipa::path(
    post, path = "/api/v1/intents/publish", tag = "intents",
    request_body = ref("#/components/schemas/PublishRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "It serves", body = ref("#/components/schemas/PublishReply")),
        (status = 409, description = "Another version serves than `expectedVersion`", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
        (status = 422, description = "The set has errors, listed in `problems`; nothing was changed", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn publish(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<PublishRequest>,
) -> Result<Proto<PublishReply>, ApiError> {
    let request = app.long_call(PublishRequest { session, ..request });
    published(app.intents().publish(request).await.map_err(away)?)
}

/// Brings an earlier version's files back, as a new version. Admins only.
#[utoipa::path(
    post, path = "/api/v1/intents/rollback", tag = "intents",
    request_body = ref("#/components/schemas/RollbackRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "It serves", body = ref("#/components/schemas/PublishReply")),
        (status = 409, description = "Another version serves than `expectedVersion`", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
        (status = 422, description = "That version has errors by today's rules, listed in `problems`", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn rollback(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<RollbackRequest>,
) -> Result<Proto<PublishReply>, ApiError> {
    let request = app.long_call(RollbackRequest { session, ..request });
    published(app.intents().rollback(request).await.map_err(away)?)
}

/// Reads the directory now. Admins only.
#[utoipa::path(
    post, path = "/api/v1/intents/reload", tag = "intents",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The directory's set serves", body = ref("#/components/schemas/PublishReply")),
        (status = 422, description = "The directory's set has errors, listed in `problems`; the old one serves on", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn reload(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<PublishReply>, ApiError> {
    let request = app.long_call(ReloadRequest { session });
    published(app.intents().reload(request).await.map_err(away)?)
}

/// How a sentence is understood now, and why. Supervisors and admins.
#[utoipa::path(
    post, path = "/api/v1/intents/explain", tag = "intents",
    request_body = ref("#/components/schemas/ExplainRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The decision, the thresholds in force, the candidates with every signal, the keywords; as `kefu intents explain --json` prints it", body = ref("#/components/schemas/Explanation")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn explain(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<ExplainRequest>,
) -> Result<Json<Value>, ApiError> {
    let request = app.call(ExplainRequest { session, ..request });
    let reply = app
        .intents()
        .explain(request)
        .await
        .map_err(away)?
        .into_inner();
    parsed(&reply.json).map(Json)
}

/// Starts a cross-validation of what serves. Admins only.
#[utoipa::path(
    post, path = "/api/v1/intents/evaluation", tag = "intents",
    request_body = ref("#/components/schemas/EvaluateRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 202, description = "It runs", body = ref("#/components/schemas/Evaluation")),
        (status = 409, description = "One runs already", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn start_evaluation(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<EvaluateRequest>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let request = app.call(EvaluateRequest { session, ..request });
    let status = app
        .intents()
        .evaluate(request)
        .await
        .map_err(away)?
        .into_inner();
    Ok((StatusCode::ACCEPTED, Json(evaluation_json(status)?)))
}

/// The cross-validation that runs or ran last. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/evaluation", tag = "intents",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Its state and progress; with its `report` when done, as `kefu intents test --json` writes it", body = ref("#/components/schemas/Evaluation")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn evaluation(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Json<Value>, ApiError> {
    let request = app.call(EvaluationRequest { session });
    let status = app
        .intents()
        .evaluation(request)
        .await
        .map_err(away)?
        .into_inner();
    evaluation_json(status).map(Json)
}

/// Ends the cross-validation that runs; nothing when none does. Admins only.
#[utoipa::path(
    delete, path = "/api/v1/intents/evaluation", tag = "intents",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "How it stands: `cancelling` until the work has really ended, then cancelled", body = ref("#/components/schemas/Evaluation")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn cancel_evaluation(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Json<Value>, ApiError> {
    let request = app.call(EvaluationRequest { session });
    let status = app
        .intents()
        .cancel_evaluation(request)
        .await
        .map_err(away)?
        .into_inner();
    evaluation_json(status).map(Json)
}

/// A bot that is away is not a core that is away.
fn away(status: Status) -> ApiError {
    if status.details().is_empty() && status.code() == Code::Unavailable {
        tracing::warn!(reason = status.message(), "the bot did not answer");
        return passing("unavailable", "the bot does not answer; try again", 1_000).into();
    }
    status.into()
}

/// A set that was refused is a 422 with all that is wrong with it.
fn published(reply: Response<PublishReply>) -> Result<Proto<PublishReply>, ApiError> {
    let reply = reply.into_inner();
    if reply.version.is_some() {
        return Ok(Proto(reply));
    }
    let why = problem("invalid", "the intents have errors; nothing was changed");
    let error = ApiError::from(why).with("problems", serde_json::json!(reply.problems));
    Err(error.with("problemsOmitted", reply.problems_omitted.into()))
}

/// The report is shown as what it is, not as a text with JSON in it.
fn evaluation_json(mut status: EvaluationStatus) -> Result<Value, ApiError> {
    let report = std::mem::take(&mut status.report_json);
    let mut json = serde_json::to_value(status).unwrap_or_default();
    if !report.is_empty() {
        json["report"] = parsed(&report)?;
    }
    Ok(json)
}

fn parsed(json: &str) -> Result<Value, ApiError> {
    let broken = |_| problem("unavailable", "the bot's answer cannot be read");
    Ok(serde_json::from_str(json).map_err(broken)?)
}
