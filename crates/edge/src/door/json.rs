//! Bodies in and out, in Protobuf's JSON mapping.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    app::App,
    problem::{ApiError, problem},
};

/// A JSON body of a request, read within its limits of size and time.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let media = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|media| media.to_str().ok());
        if !media.is_some_and(is_json) {
            let why = problem("invalid", "the body must be application/json");
            return Err(ApiError::with_status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                why,
            ));
        }
        let patience = Duration::from_secs(app.settings.limits.body_timeout_s);
        let read = tokio::time::timeout(patience, Bytes::from_request(request, app));
        let bytes = match read.await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(rejection)) => return Err(unreadable(rejection.status())),
            Err(_) => return Err(unreadable(StatusCode::REQUEST_TIMEOUT)),
        };
        // The parser's words name a place and a type, never a value of ours; but they may quote
        // what was sent, so they go to the sender only.
        let read = serde_json::from_slice(&bytes);
        read.map(Self)
            .map_err(|error| ApiError::bad_request(format!("the body: {error}")))
    }
}

fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn unreadable(status: StatusCode) -> ApiError {
    let why = match status {
        StatusCode::PAYLOAD_TOO_LARGE => problem("too_large", "the body is too large"),
        StatusCode::REQUEST_TIMEOUT => problem("invalid", "the body took too long"),
        _ => problem("invalid", "the body could not be read"),
    };
    ApiError::with_status(status, why)
}

/// A message of ours as the body of a response.
pub(crate) struct Proto<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Proto<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}
