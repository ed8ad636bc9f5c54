//! The OpenAPI document. Paths come from the handlers' annotations, schemas from the Protobuf
//! definitions, so neither can be forgotten.

use axum::response::IntoResponse;
use bytes::Bytes;
use http::header;
use serde_json::{Value, json};
use utoipa::OpenApi as _;

use super::{documented, schema};

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
