//! Refusals across gRPC.

use kefu_chat::CoreError;
use kefu_proto::{LINK_PROTOCOL, v1::Problem};
use prost::Message as _;
use tonic::{Code, Status};

/// A refusal as a status; its details are the encoded [`Problem`].
#[must_use]
pub fn status_of(error: &CoreError) -> Status {
    let code = match error {
        CoreError::Invalid(_) | CoreError::TooLarge(_) | CoreError::Blocked => {
            Code::InvalidArgument
        }
        CoreError::Unauthenticated | CoreError::WrongPassword | CoreError::Identity(_) => {
            Code::Unauthenticated
        }
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

/// The refusal of a role that speaks another version of what crosses between roles.
pub(crate) fn other_release(role: &str, theirs: u32) -> Status {
    let message = format!(
        "this core speaks version {LINK_PROTOCOL} of the link, the {role} version {theirs}: run both from one release"
    );
    let problem = Problem {
        code: "version".to_owned(),
        message: message.clone(),
        retry_after_ms: 0,
    };
    Status::with_details(
        Code::FailedPrecondition,
        message,
        problem.encode_to_vec().into(),
    )
}

/// The [`Problem`] in a status; `None` when it came from the transport and not from the core.
#[must_use]
pub fn problem_of(status: &Status) -> Option<Problem> {
    Problem::decode(status.details())
        .ok()
        .filter(|problem| !problem.code.is_empty())
}
