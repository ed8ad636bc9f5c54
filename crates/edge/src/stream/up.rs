//! Frames going up, and the client's end.

use std::sync::Arc;

use axum::extract::{Query, Request, State, rejection::QueryRejection};
use http::StatusCode;
use serde::Deserialize;

use super::{body, streams::Line};
use crate::{
    app::App,
    problem::{ApiError, problem},
};

/// What a query names.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// The connection.
    stream: String,
    /// Everything up to this number has arrived.
    #[serde(default)]
    pub(super) after: u64,
}

pub(super) type Named = Result<Query<Asked>, QueryRejection>;

/// The connection that a query names, and the rest of it.
pub(super) fn line(app: &App, query: Named) -> Result<(Arc<Line>, Asked), ApiError> {
    let words = "the query must be stream=NAME, and may have after=NUMBER";
    let Query(asked) = query.map_err(|_| ApiError::bad_request(words))?;
    let line = app.streams.get(&asked.stream)?;
    Ok((line, asked))
}

/// `POST /stream/frames`: answered when all frames were taken, in their order.
pub(super) async fn frames(
    State(app): State<Arc<App>>,
    query: Named,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (line, asked) = line(&app, query)?;
    let frames = body::frames(&app, line.codec, request).await?;
    line.shelf.acknowledge(asked.after);
    let over = |_| problem("not_found", "the connection has ended; a poll says why");
    if frames.is_empty() {
        line.lives();
    }
    for frame in frames {
        // Waits while too many of this client wait for the core.
        line.up.send(Ok(Some(frame))).await.map_err(over)?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /stream`: the client is done.
pub(super) async fn end(State(app): State<Arc<App>>, query: Named) -> Result<StatusCode, ApiError> {
    let (line, _) = line(&app, query)?;
    line.over.cancel();
    Ok(StatusCode::NO_CONTENT)
}
