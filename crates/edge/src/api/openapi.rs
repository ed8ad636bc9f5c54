//! The OpenAPI document. Paths come from the handlers' annotations, schemas from the Protobuf
//! definitions, so neither can be forgotten.

use axum::response::IntoResponse;
use bytes::Bytes;
use http::header;
use serde_json::{Value, json};
use utoipa::OpenApi as _;

use super::{documented, documented_long, schema};

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
    let (_, paths) = documented()
        .merge(documented_long())
        .merge(crate::media::documented())
        .split_for_parts();
    let mut base = Base::openapi();
    base.merge(paths);
    let mut document = serde_json::to_value(base).unwrap_or_default();
    also_unavailable(&mut document);
    document["components"]["schemas"] = schema::schemas();
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer" },
        "cookie": { "type": "apiKey", "in": "cookie", "name": crate::door::COOKIE },
    });
    document
}

/// Any call may meet a core that restarts or is overloaded.
fn also_unavailable(document: &mut Value) {
    let schema = json!({ "$ref": "#/components/schemas/ProblemDetails" });
    let response = json!({
        "description": "Not now: wait for `retryAfterMs`, then send the same again",
        "content": { "application/problem+json": { "schema": schema } },
    });
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.filter_map(|(_, path)| path.as_object_mut()).flatten();
    for (_, operation) in operations {
        if let Some(responses) = operation["responses"].as_object_mut() {
            responses.insert("5XX".into(), response.clone());
        }
    }
}

/// The document as a response, rendered once.
pub(super) fn rendered() -> impl IntoResponse + Clone {
    let body = Bytes::from(document().to_string());
    ([(header::CONTENT_TYPE, "application/json")], body)
}
