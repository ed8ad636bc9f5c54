//! How a service is started in a test.

use std::path::PathBuf;

/// What differs from the shipped configuration.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Environment variables, `KEFU_…` settings among them.
    pub env: Vec<(String, String)>,
    /// An own data directory; a temporary one otherwise.
    pub data_dir: Option<PathBuf>,
    /// Arguments after `serve`.
    pub args: Vec<String>,
}

impl Options {
    /// With this environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.env.push((name.into(), value.to_string()));
        self
    }

    /// Without the model: starts in a moment, keywords serve.
    #[must_use]
    pub fn without_model(self) -> Self {
        self.env("KEFU_BOT__MODEL_REQUIRED", false)
            .env("KEFU_BOT__MODEL_DIR", "no/model")
    }

    /// In this data directory.
    #[must_use]
    pub fn data_dir(mut self, dir: &std::path::Path) -> Self {
        self.data_dir = Some(dir.into());
        self
    }
}
