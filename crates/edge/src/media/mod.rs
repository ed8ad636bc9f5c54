//! Pictures and files: received, looked at, made anew, kept, served (docs/media.md).
//!
//! The bytes pass here and stay behind the [`Blobs`](kefu_media::Blobs) port; what is true of them,
//! whose they are and who may have them is the core's. An upload is acknowledged when its bytes and
//! its row are durable: first the row is reserved, then the bytes are kept, then the row is sealed,
//! so that whatever ends in between leaves a row that expires, and its bytes with it.

mod making;
mod range;
mod receive;
mod serve;
mod spool;
mod sweep;
mod turns;
mod upload;

use axum::extract::DefaultBodyLimit;
use http::StatusCode;
use kefu_media::{BlobError, Refused};
use std::sync::Arc;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use making::Making;
#[cfg(feature = "fuzzing")]
pub(crate) use range::{Asked, asked};
pub(crate) use sweep::sweep;
pub(crate) use turns::Uploads;

use crate::{
    app::App,
    problem::{ApiError, passing, problem},
};

/// The routes. They bound what they read and wait for by themselves.
pub(crate) fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(upload::upload))
        .routes(routes!(serve::thumbnail))
        .routes(routes!(serve::media))
        .layer(DefaultBodyLimit::disable())
}

/// Why a file is not taken.
fn refused(refused: &Refused) -> ApiError {
    match refused {
        Refused::Unknown | Refused::Forbidden(_) | Refused::Mismatch { .. } => {
            let why = problem("invalid", refused.to_string());
            ApiError::with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)
        }
        Refused::Pixels { .. } => problem("too_large", refused.to_string()).into(),
        Refused::Damaged => problem("invalid", refused.to_string()).into(),
    }
}

/// Where the bytes are is not reached, or has no room. Details stay here: they name directories.
fn unkept(error: &BlobError) -> ApiError {
    tracing::error!(%error, "what was uploaded cannot be kept or read");
    let (words, wait_ms) = match error {
        BlobError::NoSpace(_) => ("there is no room for pictures and files now", 30_000),
        BlobError::Failed(_) => ("pictures and files cannot be reached now", 2_000),
    };
    passing("unavailable", words, wait_ms).into()
}
