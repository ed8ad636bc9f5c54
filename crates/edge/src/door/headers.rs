//! What every response says to browsers.

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};

const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// For the API: nothing is kept, nothing is guessed, nothing may frame it.
pub(crate) async fn api_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    common(headers);
    put(headers, header::CACHE_CONTROL, "no-store");
    put(
        headers,
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    response
}

/// For the pages. `frame-ancestors` is what differs: the visitor page may be shown inside our own
/// pages, the workspace and the setup page nowhere.
pub(crate) fn page_headers(headers: &mut HeaderMap, ancestors: &str) {
    common(headers);
    let policy = format!(
        "default-src 'self'; img-src 'self' data: blob: https:; style-src 'self'; \
         script-src 'self'; connect-src 'self'; object-src 'none'; frame-ancestors {ancestors}; \
         base-uri 'none'; form-action 'self'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn common(headers: &mut HeaderMap) {
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::REFERRER_POLICY, "no-referrer");
    put(
        headers,
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS,
    );
    put(
        headers,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}
