//! Sessions: visitors, logins, and who one is.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use kefu_proto::v1::{
    Agent, CreateVisitorRequest, IdentifyRequest, LoginRequest, LogoutRequest, Principal,
    SessionCreated, SetStatusRequest, WhoamiRequest,
};

use crate::{
    app::App,
    door::{Body, Peer, Proto, Tls, Token, clear_cookie, set_cookie},
    problem::ApiError,
};

/// A new visitor with a conversation of their own.
#[utoipa::path(
    post, path = "/api/v1/visitor/session", tag = "people",
    request_body = ref("#/components/schemas/CreateVisitorRequest"),
    responses(
        (status = 201, description = "The visitor's token", body = ref("#/components/schemas/SessionCreated")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_visitor(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<CreateVisitorRequest>,
) -> Result<(StatusCode, Proto<SessionCreated>), ApiError> {
    app.new_visitors.pass(peer)?;
    let request = CreateVisitorRequest {
        tenant: app.settings.tenant.clone(),
        ..request
    };
    let created = app.chat().create_visitor(app.call(request)).await?;
    Ok((StatusCode::CREATED, Proto(created.into_inner())))
}

/// A visitor's token is of no use from now on: on a device that others use, too.
#[utoipa::path(
    delete, path = "/api/v1/visitor/session", tag = "people",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It has ended"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn end_visitor(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<StatusCode, ApiError> {
    let request = LogoutRequest {
        session,
        everywhere: false,
    };
    app.chat().logout(app.call(request)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A visitor whom the business names, by a token that it has signed (docs/identity.md).
#[utoipa::path(
    post, path = "/api/v1/visitor/identity", tag = "people",
    request_body = ref("#/components/schemas/IdentifyRequest"),
    responses(
        (status = 201, description = "The visitor's token", body = ref("#/components/schemas/SessionCreated")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn identify(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Body(request): Body<IdentifyRequest>,
) -> Result<(StatusCode, Proto<SessionCreated>), ApiError> {
    app.new_visitors.pass(peer)?;
    let request = IdentifyRequest {
        tenant: app.settings.tenant.clone(),
        ..request
    };
    let created = app.chat().identify(app.call(request)).await?;
    Ok((StatusCode::CREATED, Proto(created.into_inner())))
}

/// A user of the workspace logs in; the token comes back, and as a cookie.
#[utoipa::path(
    post, path = "/api/v1/login", tag = "people",
    request_body = ref("#/components/schemas/LoginRequest"),
    responses(
        (status = 200, description = "The session", body = ref("#/components/schemas/SessionCreated")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn login(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(tls): Extension<Tls>,
    Body(request): Body<LoginRequest>,
) -> Result<Response, ApiError> {
    app.logins.pass(peer)?;
    let request = LoginRequest {
        tenant: app.settings.tenant.clone(),
        ..request
    };
    let created = app.chat().login(app.call(request)).await?.into_inner();
    Ok(logged_in(&app, tls, StatusCode::OK, created))
}

/// A session as the response that also sets the cookie.
pub(super) fn logged_in(
    app: &App,
    tls: Tls,
    status: StatusCode,
    session: SessionCreated,
) -> Response {
    let secure = tls.0 || app.settings.cookie_secure;
    let cookie = set_cookie(&session, app.clock.wall_ms(), secure);
    let mut response = (status, Proto(session)).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Ends this session, or every session of the same user.
#[utoipa::path(
    post, path = "/api/v1/logout", tag = "people",
    request_body = ref("#/components/schemas/LogoutRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 204, description = "Ended"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn logout(
    State(app): State<Arc<App>>,
    Extension(tls): Extension<Tls>,
    Token(session): Token,
    Body(request): Body<LogoutRequest>,
) -> Result<Response, ApiError> {
    app.chat()
        .logout(app.call(LogoutRequest { session, ..request }))
        .await?;
    let mut headers = HeaderMap::new();
    if let Some(cookie) = clear_cookie(tls.0 || app.settings.cookie_secure) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// Whose session this is.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "people",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The caller", body = ref("#/components/schemas/Principal")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn me(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Principal>, ApiError> {
    let found = app
        .chat()
        .whoami(app.call(WhoamiRequest { session }))
        .await?;
    Ok(Proto(found.into_inner()))
}

/// An agent is free, busy or away.
#[utoipa::path(
    put, path = "/api/v1/me/status", tag = "people",
    request_body = ref("#/components/schemas/SetStatusRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The agent, as colleagues see them", body = ref("#/components/schemas/Agent")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn set_status(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<SetStatusRequest>,
) -> Result<Proto<Agent>, ApiError> {
    let request = app.call(SetStatusRequest { session, ..request });
    Ok(Proto(app.chat().set_status(request).await?.into_inner()))
}
