//! Refusals across gRPC.

use kefu_chat::CoreError;
use kefu_proto::v1::Problem;
use prost::Message as _;
use tonic::{Code, Status};

/// A refusal as a status; its details are the encoded [`Problem`].
#[must_use]
pub fn status_of(error: &CoreError) -> Status {
    let code = match error {
        CoreError::Invalid(_) | CoreError::TooLarge(_) => Code::InvalidArgument,
        CoreError::Unauthenticated | CoreError::WrongPassword => Code::Unauthenticated,
        CoreError::Forbidden(_) => Code::PermissionDenied,
        CoreError::NotFound(_) => Code::NotFound,
        CoreError::Conflict(_) => Code::Aborted,
        CoreError::Closed(_) => Code::FailedPrecondition,
        CoreError::Overloaded { .. } | CoreError::RateLimited { .. } => Code::ResourceExhausted,
        CoreError::Unavailable { .. } => Code::Unavailable,
    };
    Status::with_details(
        code,
        error.to_string(),
        error.problem().encode_to_vec().into(),
    )
}

/// The [`Problem`] in a status; `None` when it came from the transport and not from the core.
#[must_use]
pub fn problem_of(status: &Status) -> Option<Problem> {
    Problem::decode(status.details())
        .ok()
        .filter(|problem| !problem.code.is_empty())
}
