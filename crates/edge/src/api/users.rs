//! Users of the workspace: colleagues, and what admins do to them.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use kefu_proto::v1::{
    Agent, CreateUserRequest, ListAgentsRequest, ListUsersRequest, UpdateUserRequest, Users,
};
use kefu_types::AgentId;

use super::extract::Id;
use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// The tenant's agents, as colleagues see them.
#[utoipa::path(
    get, path = "/api/v1/agents", tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All that are not disabled", body = ref("#/components/schemas/Users")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_agents(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Users>, ApiError> {
    let users = app
        .chat()
        .list_agents(app.call(ListAgentsRequest { session }))
        .await?;
    Ok(Proto(users.into_inner()))
}

/// Every user, disabled ones too. Admins only.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "All users", body = ref("#/components/schemas/Users")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_users(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Users>, ApiError> {
    let users = app
        .chat()
        .list_users(app.call(ListUsersRequest { session }))
        .await?;
    Ok(Proto(users.into_inner()))
}

/// A new user. Admins only.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users",
    request_body = ref("#/components/schemas/CreateUserRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The user", body = ref("#/components/schemas/Agent")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_user(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(request): Body<CreateUserRequest>,
) -> Result<(StatusCode, Proto<Agent>), ApiError> {
    let request = app.call(CreateUserRequest { session, ..request });
    let created = app.chat().create_user(request).await?;
    Ok((StatusCode::CREATED, Proto(created.into_inner())))
}

/// Changes the fields that are present. Admins only.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    request_body = ref("#/components/schemas/UpdateUserRequest"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The user as it is now", body = ref("#/components/schemas/Agent")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn update_user(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(AgentId(user_id)): Id<AgentId>,
    Body(request): Body<UpdateUserRequest>,
) -> Result<Proto<Agent>, ApiError> {
    let request = app.call(UpdateUserRequest {
        session,
        user_id,
        ..request
    });
    Ok(Proto(app.chat().update_user(request).await?.into_inner()))
}
