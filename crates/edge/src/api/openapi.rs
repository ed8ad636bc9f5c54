//! The OpenAPI document, and how paths and queries are read. Paths come from the handlers'
//! annotations, schemas from the Protobuf definitions, so neither can be forgotten.

use std::str::FromStr;

use axum::{
    extract::{Query, rejection::QueryRejection},
    response::IntoResponse,
};
use bytes::Bytes;
use http::header;
use serde_json::{Value, json};
use utoipa::OpenApi as _;

use super::{documented, schema};
use crate::problem::ApiError;

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "Kefu",
    version = "1",
    description = "Customer service on one's own machines. Bodies follow Protobuf's JSON mapping: camelCase, 64-bit integers as strings, enums by name. Unknown fields are ignored.",
    license(name = "Apache-2.0", identifier = "Apache-2.0"),
))]
struct Base;

/// The OpenAPI 3.1 document.
#[must_use]
pub fn document() -> Value {
    let (_, paths) = documented().split_for_parts();
    let mut base = Base::openapi();
    base.merge(paths);
    let mut document = serde_json::to_value(base).unwrap_or_default();
    document["components"]["schemas"] = schema::schemas();
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer" },
        "cookie": { "type": "apiKey", "in": "cookie", "name": crate::door::COOKIE },
    });
    document
}

/// The document as a response, rendered once.
pub(super) fn rendered() -> impl IntoResponse + Clone {
    let body = Bytes::from(document().to_string());
    ([(header::CONTENT_TYPE, "application/json")], body)
}

/// An id in a path.
pub(super) fn id<T: FromStr<Err = kefu_types::ParseIdError>>(text: &str) -> Result<T, ApiError> {
    text.parse()
        .map_err(|error: kefu_types::ParseIdError| ApiError::bad_request(error.to_string()))
}

/// A query whose keys may repeat.
pub(super) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn new(
        query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    ) -> Result<Self, ApiError> {
        let broken = |_| ApiError::bad_request("the query cannot be read");
        query.map(|Query(pairs)| Self(pairs)).map_err(broken)
    }

    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, ApiError> {
        let wrong = |_| ApiError::bad_request(format!("{key} must be a whole number"));
        self.all(key)
            .next()
            .map(|text| text.parse().map_err(wrong))
            .transpose()
    }

    /// The page size: what was asked for, within what is allowed.
    pub(super) fn limit(&self, max: u32) -> Result<u32, ApiError> {
        let asked = self.number("limit")?.unwrap_or(50);
        Ok(u32::try_from(asked).unwrap_or(u32::MAX).clamp(1, max))
    }
}
