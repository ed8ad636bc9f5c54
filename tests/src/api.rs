//! REST, with or without a session.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::Value;

/// A client of the HTTP interface.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

impl Api {
    /// Without a session.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self {
            base: base.into(),
            token: None,
            http: reqwest::Client::new(),
        }
    }

    /// The same; a call that takes longer than this has no answer.
    ///
    /// # Panics
    /// When no client can be made, which is at a start or never.
    #[must_use]
    pub fn within(self, limit: std::time::Duration) -> Self {
        let http = reqwest::Client::builder().timeout(limit).build();
        Self {
            http: http.expect("a client can be made"),
            ..self
        }
    }

    /// The same with this session.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// The session's token.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Where the service listens.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Status and JSON (null when the body is none).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        self.call(Method::GET, path, None).await
    }

    /// What stands there, as text.
    ///
    /// # Errors
    /// When there is no answer, or another than 200.
    pub async fn text(&self, path: &str) -> anyhow::Result<String> {
        let response = self.http.get(format!("{}{path}", self.base)).send().await?;
        Ok(response.error_for_status()?.text().await?)
    }

    /// Status and JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<(u16, Value)> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Uploads a file into a conversation. Status and JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn upload(
        &self,
        conversation: u64,
        client_id: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> anyhow::Result<(u16, Value)> {
        let url = format!(
            "{}/api/v1/conversations/{conversation}/media?client_id={client_id}&name={name}",
            self.base
        );
        // On a connection of its own: one that is refused in the middle of a body is of no more use.
        let request = reqwest::Client::new().post(url).bearer_auth(self.token());
        let response = request.body(bytes).send().await.context("an answer")?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// Status and bytes of what was uploaded.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn download(&self, id: u64) -> anyhow::Result<(u16, Vec<u8>)> {
        let url = format!("{}/media/{id}/x", self.base);
        let request = self.http.get(url).bearer_auth(self.token());
        let response = request.send().await.context("an answer")?;
        Ok((response.status().as_u16(), response.bytes().await?.to_vec()))
    }

    /// Status and JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.context("an answer")?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        ))
    }
}
