//! The versions of the intents, from the core's history.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use kefu_proto::v1::{
    CatalogueVersion, CatalogueVersions, DownloadRequest, GetVersionRequest, ListVersionsRequest,
};
use serde::Serialize;

use super::{
    super::extract::Pairs,
    unified::{self, FileDiff},
};
use crate::{
    app::App,
    door::{Proto, Token},
    problem::{ApiError, problem},
};

type Asked = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The versions, newest first, without their files. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/versions", tag = "intents",
    params(
        ("before" = Option<u64>, Query, description = "Only numbers below this"),
        ("limit" = Option<u32>, Query, description = "Rows"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Who published what when, and what changed", body = ref("#/components/schemas/CatalogueVersions")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn versions(
    State(app): State<Arc<App>>,
    Token(session): Token,
    query: Asked,
) -> Result<Proto<CatalogueVersions>, ApiError> {
    let query = Pairs::new(query)?;
    let request = ListVersionsRequest {
        session,
        before: query.number("before")?.unwrap_or(0),
        limit: query.limit(app.settings.limits.page_messages_max)?,
    };
    let listed = app.catalogues().list(app.call(request)).await?;
    Ok(Proto(listed.into_inner()))
}

/// One version with the texts of its files; the largest ones may be left out and are read one by
/// one. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/versions/{number}", tag = "intents",
    params(("number" = u64, Path, description = "The version's number")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The version", body = ref("#/components/schemas/CatalogueVersion")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn version(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Path(number): Path<u64>,
) -> Result<Proto<CatalogueVersion>, ApiError> {
    let mut version = get(&app, &session, number).await?;
    let mut left = app.settings.limits.intents_body_bytes_max as u64;
    for file in &mut version.files {
        if file.bytes <= left {
            left -= file.bytes;
            file.text = Some(text(&app, &session, number, &file.path).await?);
        }
    }
    Ok(Proto(version))
}

/// The text of one file.
#[derive(Serialize)]
pub(in super::super) struct FileText {
    path: String,
    text: String,
}

/// The text of one file of a version. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/versions/{number}/file", tag = "intents",
    params(
        ("number" = u64, Path, description = "The version's number"),
        ("path" = String, Query, description = "The file, as the version lists it"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Its path and text", body = ref("#/components/schemas/FileText")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn file(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Path(number): Path<u64>,
    query: Asked,
) -> Result<Json<FileText>, ApiError> {
    let query = Pairs::new(query)?;
    let path = query.all("path").next().unwrap_or_default().to_owned();
    let text = text(&app, &session, number, &path).await?;
    Ok(Json(FileText { path, text }))
}

/// What differs between two versions.
#[derive(Serialize)]
pub(in super::super) struct Diff {
    number: String,
    from: String,
    files: Vec<FileDiff>,
}

/// What differs from another version, file by file. Supervisors and admins.
#[utoipa::path(
    get, path = "/api/v1/intents/versions/{number}/diff", tag = "intents",
    params(
        ("number" = u64, Path, description = "The version's number"),
        ("from" = Option<u64>, Query, description = "The other version; the one before when absent, nothing at all when 0"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Each file that differs, with a unified diff unless it is too large", body = ref("#/components/schemas/IntentsDiff")),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(in super::super) async fn diff(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Path(number): Path<u64>,
    query: Asked,
) -> Result<Json<Diff>, ApiError> {
    let from = Pairs::new(query)?.number("from")?;
    let from = from.unwrap_or(number.saturating_sub(1));
    let to = get(&app, &session, number).await?;
    let old = match from {
        0 => CatalogueVersion::default(),
        from => get(&app, &session, from).await?,
    };
    let mut left = app.settings.limits.intents_body_bytes_max as u64;
    let mut files = Vec::new();
    for (path, was, is) in unified::differing(&old, &to) {
        let bytes = size(&old, path) + size(&to, path);
        let texts = if bytes <= left {
            left -= bytes;
            let mut sides = (String::new(), String::new());
            if was {
                sides.0 = text(&app, &session, from, path).await?;
            }
            if is {
                sides.1 = text(&app, &session, number, path).await?;
            }
            Some(sides)
        } else {
            None
        };
        let path = path.to_owned();
        // Comparing takes a while for long files, and others wait on this thread.
        let compare = move || {
            let texts = texts.as_ref().map(|(old, new)| (&**old, &**new));
            unified::of(&path, (was, is), texts)
        };
        let compared = tokio::task::spawn_blocking(compare).await;
        let failed = |_| problem("unavailable", "the files could not be compared");
        files.push(compared.map_err(failed)?);
    }
    Ok(Json(Diff {
        number: number.to_string(),
        from: from.to_string(),
        files,
    }))
}

fn size(version: &CatalogueVersion, path: &str) -> u64 {
    let file = version.files.iter().find(|file| file.path == path);
    file.map_or(0, |file| file.bytes)
}

async fn get(app: &App, session: &str, number: u64) -> Result<CatalogueVersion, ApiError> {
    let request = GetVersionRequest {
        session: session.to_owned(),
        number,
    };
    Ok(app.catalogues().get(app.call(request)).await?.into_inner())
}

/// The text of one file, at most as long as a reply may be.
async fn text(app: &App, session: &str, number: u64, path: &str) -> Result<String, ApiError> {
    let request = DownloadRequest {
        session: session.to_owned(),
        number,
        path: path.to_owned(),
    };
    let mut pieces = app
        .catalogues()
        .download(app.call(request))
        .await?
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await? {
        if piece.bytes > app.settings.limits.intents_body_bytes_max as u64 {
            return Err(problem("too_large", "this file is too large to be shown").into());
        }
        bytes.extend_from_slice(&piece.data);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
