//! One shape for everything that goes wrong: `application/problem+json` (RFC 9457) over HTTP,
//! the same words in frames, both from the `Problem` that the core encodes in its statuses.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kefu_proto::v1::Problem;
use prost::Message as _;
use tonic::{Code, Status};

/// What a handler answers when it cannot do what was asked.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    problem: Problem,
    /// Further members of the problem's JSON.
    more: Vec<(&'static str, serde_json::Value)>,
}

/// A problem that is not worth trying again as it is.
pub(crate) fn problem(code: &str, message: impl Into<String>) -> Problem {
    Problem {
        code: code.into(),
        message: message.into(),
        retry_after_ms: 0,
    }
}

/// A problem that passes.
pub(crate) fn passing(code: &str, message: impl Into<String>, retry_after_ms: u32) -> Problem {
    Problem {
        code: code.into(),
        message: message.into(),
        retry_after_ms,
    }
}

/// The core cannot be reached; a second is what a restart of it takes.
pub(crate) fn unavailable() -> Problem {
    passing(
        "unavailable",
        "the chat core does not answer; try again",
        1_000,
    )
}

/// The problem inside a status of the core. A status without one comes from the transport or
/// from a deadline, and its text is kept from clients.
pub(crate) fn from_status(status: &Status) -> Problem {
    if let Ok(found) = Problem::decode(status.details())
        && !found.code.is_empty()
    {
        return found;
    }
    match status.code() {
        Code::Unauthenticated => problem("unauthenticated", "log in first"),
        Code::PermissionDenied => problem("forbidden", "not yours"),
        Code::NotFound => problem("not_found", "no such thing"),
        Code::AlreadyExists | Code::Aborted => problem("conflict", "something else stands there"),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            problem("invalid", "the core refused the request")
        }
        Code::ResourceExhausted => passing("overloaded", "too much at once; try again", 1_000),
        _ => unavailable(),
    }
}

/// The HTTP status of a problem's word.
fn http_status(code: &str) -> StatusCode {
    match code {
        "bad_frame" => StatusCode::BAD_REQUEST,
        "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "unauthenticated" => StatusCode::UNAUTHORIZED,
        "forbidden" => StatusCode::FORBIDDEN,
        "not_found" => StatusCode::NOT_FOUND,
        "conflict" | "closed" => StatusCode::CONFLICT,
        "rate_limited" => StatusCode::TOO_MANY_REQUESTS,
        "identity_off" => StatusCode::FORBIDDEN,
        code if code.starts_with("identity_") => StatusCode::UNAUTHORIZED,
        "overloaded" | "unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl ApiError {
    /// An error whose status is not the one its word usually has.
    pub(crate) fn with_status(status: StatusCode, problem: Problem) -> Self {
        Self {
            status,
            problem,
            more: Vec::new(),
        }
    }

    /// With another member in its JSON.
    pub(crate) fn with(mut self, name: &'static str, value: serde_json::Value) -> Self {
        self.more.push((name, value));
        self
    }

    /// The request itself is malformed.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::with_status(StatusCode::BAD_REQUEST, problem("invalid", message))
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self {
            status: http_status(&problem.code),
            problem,
            more: Vec::new(),
        }
    }
}

impl From<Status> for ApiError {
    fn from(status: Status) -> Self {
        let problem = from_status(&status);
        if problem.code == "unavailable" {
            tracing::warn!(code = ?status.code(), reason = status.message(), "the core did not answer");
        }
        problem.into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self {
            status,
            problem,
            more,
        } = self;
        let mut body = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "code": problem.code,
            "detail": problem.message,
        });
        for (name, value) in more {
            body[name] = value;
        }
        let passes = matches!(status.as_u16(), 429 | 503);
        let wait_ms = if passes {
            problem.retry_after_ms.max(1_000)
        } else {
            problem.retry_after_ms
        };
        if wait_ms > 0 {
            body["retryAfterMs"] = wait_ms.into();
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        let media = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, media);
        if wait_ms > 0 {
            headers.insert(header::RETRY_AFTER, wait_ms.div_ceil(1_000).into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use kefu_proto::v1::Problem;
    use prost::Message as _;
    use tonic::{Code, Status};

    use super::{ApiError, from_status};

    #[test]
    fn every_word_of_the_core_has_its_http_status() {
        let table = [
            ("bad_frame", 400),
            ("too_large", 413),
            ("unauthenticated", 401),
            ("forbidden", 403),
            ("not_found", 404),
            ("conflict", 409),
            ("closed", 409),
            ("overloaded", 503),
            ("unavailable", 503),
            ("rate_limited", 429),
            ("invalid", 422),
            ("blocked", 422),
        ];
        for (word, expected) in table {
            let inside = Problem {
                code: word.into(),
                message: "why".into(),
                retry_after_ms: 1_500,
            };
            let details = inside.encode_to_vec().into();
            let status = Status::with_details(Code::Unknown, "why", details);
            let response = ApiError::from(status).into_response();
            assert_eq!(response.status().as_u16(), expected, "{word}");
            assert_eq!(response.headers()["retry-after"], "2", "{word}");
        }
    }

    #[test]
    fn what_the_transport_says_is_kept_from_clients() {
        let found = from_status(&Status::internal("connect /secret/path: refused"));
        assert_eq!(found.code, "unavailable");
        assert!(!found.message.contains("secret"));
    }
}
