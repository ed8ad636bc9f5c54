//! What needs no connection: sessions, pages of history, actions.

use std::time::Duration;

use http::{Method, StatusCode, header};
use kefu_proto::v1::{Conversation, MessagePage, SessionCreated};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Problem,
    net::{Connections, Target},
};

/// A session: whose it is, and what proves it. It is a secret; kept by the application, it serves
/// after a restart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The session's token.
    pub token: String,
    /// The visitor's or the user's id.
    pub id: u64,
    /// A visitor's own conversation; 0 for users.
    pub conversation_id: u64,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the token.
        write!(f, "Person {{ id: {}, .. }}", self.id)
    }
}

impl From<SessionCreated> for Person {
    fn from(created: SessionCreated) -> Self {
        let principal = created.principal.unwrap_or_default();
        Self {
            token: created.token,
            id: principal.id,
            conversation_id: principal.conversation_id,
        }
    }
}

/// REST as somebody, or as nobody yet.
#[derive(Clone)]
pub struct Rest {
    connections: Connections,
    token: String,
    patience: Duration,
}

impl Rest {
    /// As the session of this token; empty: none.
    #[must_use]
    pub fn of(target: &Target, token: &str) -> Self {
        Self {
            connections: target.connections.clone(),
            token: token.to_owned(),
            patience: Duration::from_millis(target.limits.rest_ms),
        }
    }

    /// A new visitor. `language`: "zh" or "en".
    ///
    /// # Errors
    /// `rate_limited` when too many came from this address, `offline`, or the server's word.
    pub async fn visitor(&self, language: &str) -> Result<Person, Problem> {
        let body = json!({ "language": language });
        let created: SessionCreated = self
            .call(Method::POST, "/api/v1/visitor/session", Some(body))
            .await?;
        Ok(created.into())
    }

    /// Whom the business names, by a token that it has signed. `language`: "zh" or "en".
    ///
    /// # Errors
    /// `identity_…` for a token that is not believed, `rate_limited`, `offline`, or the server's word.
    pub async fn identify(&self, language: &str, token: &str) -> Result<Person, Problem> {
        let body = json!({ "language": language, "token": token });
        let created: SessionCreated = self
            .call(Method::POST, "/api/v1/visitor/identity", Some(body))
            .await?;
        Ok(created.into())
    }

    /// Visitors: this session is over.
    ///
    /// # Errors
    /// `unauthenticated` when it was already, `offline`, or the server's word.
    pub async fn end_visitor(&self) -> Result<(), Problem> {
        let _: Value = self
            .call(Method::DELETE, "/api/v1/visitor/session", None)
            .await?;
        Ok(())
    }

    /// Somebody with an account.
    ///
    /// # Errors
    /// `unauthenticated`, `rate_limited`, `offline`, or the server's word.
    pub async fn login(&self, login: &str, password: &str) -> Result<Person, Problem> {
        let body = json!({ "login": login, "password": password });
        let created: SessionCreated = self.call(Method::POST, "/api/v1/login", Some(body)).await?;
        Ok(created.into())
    }

    /// Users: "FREE", "BUSY" or "AWAY".
    ///
    /// # Errors
    /// `offline`, or the server's word.
    pub async fn status(&self, status: &str) -> Result<(), Problem> {
        let body = json!({ "status": format!("AGENT_STATUS_{status}") });
        let _: Value = self
            .call(Method::PUT, "/api/v1/me/status", Some(body))
            .await?;
        Ok(())
    }

    /// A conversation's head.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `offline`, or the server's word.
    pub async fn conversation(&self, id: u64) -> Result<Conversation, Problem> {
        let path = format!("/api/v1/conversations/{id}");
        self.call(Method::GET, &path, None).await
    }

    /// Up to `limit` (100 at most) messages after that one, ascending.
    ///
    /// # Errors
    /// As [`Self::conversation`].
    pub async fn page_after(&self, id: u64, seq: u64, limit: u32) -> Result<MessagePage, Problem> {
        let path = format!("/api/v1/conversations/{id}/messages?after_seq={seq}&limit={limit}");
        self.call(Method::GET, &path, None).await
    }

    /// Up to `limit` (100 at most) messages before that one, ascending.
    ///
    /// # Errors
    /// As [`Self::conversation`].
    pub async fn page_before(&self, id: u64, seq: u64, limit: u32) -> Result<MessagePage, Problem> {
        let path = format!("/api/v1/conversations/{id}/messages?before_seq={seq}&limit={limit}");
        self.call(Method::GET, &path, None).await
    }

    /// Does something to a conversation as a whole: "REQUEST_HUMAN", "CLAIM", "END" and the like
    /// (docs/http.md).
    ///
    /// # Errors
    /// `conflict`, `forbidden`, `offline`, or the server's word.
    pub async fn act(&self, id: u64, action: &str) -> Result<Conversation, Problem> {
        let path = format!("/api/v1/conversations/{id}/actions");
        let body = json!({ "action": format!("ACTION_{action}") });
        self.call(Method::POST, &path, Some(body)).await
    }

    /// Any call of docs/http.md.
    ///
    /// # Errors
    /// `offline` when there is no answer, `tls` when the server is not believed, `bad_frame` when the
    /// answer is not what was expected, or the server's word.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, Problem> {
        let mut request = self.connections.request(method, path);
        if !self.token.is_empty() {
            let bearer = format!("Bearer {}", self.token);
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                body.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        let answer = self.connections.ask(request, body, self.patience).await?;
        if !answer.status.is_success() {
            return Err(problem(&answer.bytes, answer.status));
        }
        let bytes: &[u8] = match &answer.bytes[..] {
            b"" => b"null",
            bytes => bytes,
        };
        serde_json::from_slice(bytes).map_err(|error| Problem::new("bad_frame", error.to_string()))
    }
}

/// The problem that an answer tells (RFC 9457), or one that says what came instead.
fn problem(bytes: &[u8], status: StatusCode) -> Problem {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told {
        code: String,
        #[serde(default)]
        detail: String,
        #[serde(default)]
        retry_after_ms: Value,
    }
    match serde_json::from_slice::<Told>(bytes) {
        Ok(told) => Problem {
            code: told.code,
            message: told.detail,
            retry_after_ms: match told.retry_after_ms {
                Value::Number(number) => number.as_u64().unwrap_or_default(),
                Value::String(text) => text.parse().unwrap_or_default(),
                _ => 0,
            },
        },
        Err(_) if status.is_server_error() => {
            Problem::new("unavailable", format!("the server answered with {status}"))
        }
        Err(_) => Problem::new("invalid", format!("the server answered with {status}")),
    }
}
