//! The one-time link that makes the first admin.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use http::StatusCode;
use kefu_proto::v1::{CheckSetupRequest, CompleteSetupRequest};
use serde::Deserialize;

use super::people::logged_in;
use crate::{
    app::App,
    door::{Body, Peer, Tls},
    problem::ApiError,
};

#[derive(Deserialize)]
pub(super) struct Link {
    token: String,
}

/// Whether the link is still good.
#[utoipa::path(
    get, path = "/api/v1/setup", tag = "setup",
    params(("token" = String, Query, description = "The token of the one-time link")),
    responses(
        (status = 204, description = "It is"),
        (status = "4XX", description = "It is not", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn check_setup(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    app.logins.pass(peer)?;
    let Query(Link { token }) = link.map_err(|_| ApiError::bad_request("?token= is wanted"))?;
    app.chat()
        .check_setup(app.call(CheckSetupRequest { setup_token: token }))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the setup page sends.
#[derive(Deserialize)]
pub(super) struct Setup {
    token: String,
    login: String,
    name: String,
    password: String,
}

/// Makes the first admin and uses the link up.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "setup",
    request_body = ref("#/components/schemas/Setup"),
    responses(
        (status = 201, description = "The admin's session, also as a cookie", body = ref("#/components/schemas/SessionCreated")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn complete_setup(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(tls): Extension<Tls>,
    Body(Setup {
        token,
        login,
        name,
        password,
    }): Body<Setup>,
) -> Result<Response, ApiError> {
    app.logins.pass(peer)?;
    let request = CompleteSetupRequest {
        setup_token: token,
        login,
        name,
        password,
    };
    let created = app
        .chat()
        .complete_setup(app.call(request))
        .await?
        .into_inner();
    Ok(logged_in(&app, tls, StatusCode::CREATED, created))
}
