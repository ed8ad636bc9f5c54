//! The session token of a request: a bearer header, or the workspace's cookie.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use kefu_proto::v1::SessionCreated;

use super::same_origin;
use crate::{
    app::App,
    problem::{ApiError, problem},
};

/// The cookie's name.
pub(crate) const COOKIE: &str = "kefu_session";

/// A token that somebody sent. Whether it is worth anything is for the core to say.
pub(crate) struct Token(pub(crate) String);

impl FromRequestParts<Arc<App>> for Token {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        if let Some(token) = bearer(&parts.headers) {
            app.requests.pass(token)?;
            return Ok(Self(token.to_owned()));
        }
        let Some(token) = cookie_token(&parts.headers) else {
            return Err(problem("unauthenticated", "no session came with the request").into());
        };
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        if !reads && !same_origin(&parts.headers, &app.settings.allowed_origins) {
            let why = "a request that changes something with a cookie must come from our own page";
            return Err(problem("forbidden", why).into());
        }
        app.requests.pass(&token)?;
        Ok(Self(token))
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The token in the cookie, if there is one.
pub(crate) fn cookie_token(headers: &HeaderMap) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, token)| *name == COOKIE && !token.is_empty())?;
    Some(token.to_owned())
}

/// The `Set-Cookie` for a new login. Scripts cannot read it, other sites cannot send it.
pub(crate) fn set_cookie(
    session: &SessionCreated,
    now_ms: i64,
    secure: bool,
) -> Option<HeaderValue> {
    let age_s = (session.expires_at_ms - now_ms).max(0) / 1_000;
    cookie(&session.token, age_s, secure)
}

/// The `Set-Cookie` that forgets it.
pub(crate) fn clear_cookie(secure: bool) -> Option<HeaderValue> {
    cookie("", 0, secure)
}

fn cookie(token: &str, age_s: i64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text =
        format!("{COOKIE}={token}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use kefu_proto::v1::SessionCreated;

    use super::{cookie_token, set_cookie};

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "cookie",
            "a=b; kefu_session=secret; c=d".parse().expect("a header"),
        );
        assert_eq!(cookie_token(&headers).as_deref(), Some("secret"));
        headers.insert("cookie", "xkefu_session=secret".parse().expect("a header"));
        assert_eq!(cookie_token(&headers), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let session = SessionCreated {
            token: "t".into(),
            expires_at_ms: 61_000,
            principal: None,
        };
        let value = set_cookie(&session, 1_000, true).expect("a header");
        let text = value.to_str().expect("text");
        assert_eq!(
            text,
            "kefu_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
        );
    }
}
