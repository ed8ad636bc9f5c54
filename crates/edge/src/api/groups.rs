//! Groups: who serves which conversations.

use std::sync::Arc;

use axum::extract::{Path, State, rejection::PathRejection};
use http::StatusCode;
use kefu_proto::v1::{CreateGroupRequest, Group, Groups, ListGroupsRequest, UpdateGroupRequest};

use crate::{
    app::App,
    door::{Body, Proto, Token},
    problem::ApiError,
};

/// The tenant's groups, the default one first, and the reasons there are for being away. Agents see
/// those that are not disabled.
#[utoipa::path(
    get, path = "/api/v1/groups", tag = "groups",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The groups with their members", body = ref("#/components/schemas/Groups")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_groups(
    State(app): State<Arc<App>>,
    Token(session): Token,
) -> Result<Proto<Groups>, ApiError> {
    let request = app.call(ListGroupsRequest { session });
    Ok(Proto(app.chat().list_groups(request).await?.into_inner()))
}

/// A new group. Admins only.
#[utoipa::path(
    post, path = "/api/v1/groups", tag = "groups",
    request_body = ref("#/components/schemas/Group"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "The group", body = ref("#/components/schemas/Group")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn create_group(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Body(group): Body<Group>,
) -> Result<(StatusCode, Proto<Group>), ApiError> {
    let group = Some(group);
    let request = app.call(CreateGroupRequest { session, group });
    let created = app.chat().create_group(request).await?;
    Ok((StatusCode::CREATED, Proto(created.into_inner())))
}

/// Replaces a group, members included, if it still has the version that is sent. Admins only.
#[utoipa::path(
    put, path = "/api/v1/groups/{id}", tag = "groups",
    params(("id" = String, Path, description = "The group's id; 0 is the default one")),
    request_body = ref("#/components/schemas/Group"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The group as it is now", body = ref("#/components/schemas/Group")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn update_group(
    State(app): State<Arc<App>>,
    Token(session): Token,
    path: Result<Path<u64>, PathRejection>,
    Body(group): Body<Group>,
) -> Result<Proto<Group>, ApiError> {
    // 0 is a group, though no id of anything else.
    let Path(id) = path.map_err(|_| ApiError::bad_request("a group's id is a whole number"))?;
    let group = Some(Group { id, ..group });
    let request = app.call(UpdateGroupRequest { session, group });
    Ok(Proto(app.chat().update_group(request).await?.into_inner()))
}
