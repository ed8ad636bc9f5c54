//! How the server is used, and how long anything may take.

use std::time::Duration;

/// Bounds and leaves. A read ends within `acquire` + `connect` + `statement`, a write within
/// `transaction` + `statement` after the write before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// `postgres://user@host:5432/database?sslmode=verify-full`, as libpq reads it.
    pub url: String,
    /// Instead of a password in the URL.
    pub password: Option<String>,
    /// Connections for reading; one more writes.
    pub readers: usize,
    /// How long making a connection may take.
    pub connect: Duration,
    /// How long a read waits for a free connection.
    pub acquire: Duration,
    /// How long one statement may take, a commit among them. The server is told, too.
    pub statement: Duration,
    /// How long a batch of changes may take until its commit.
    pub transaction: Duration,
    /// How long bringing the layout up to date may take.
    pub migration: Duration,
    /// Serves from a server that acknowledges what a power cut can take away.
    pub unsafe_commits_allowed: bool,
    /// Indexes what is written, for searches.
    pub search: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            url: "postgres:///kefu".to_owned(),
            password: None,
            readers: 4,
            connect: Duration::from_secs(2),
            acquire: Duration::from_secs(2),
            statement: Duration::from_secs(3),
            transaction: Duration::from_secs(4),
            migration: Duration::from_secs(600),
            unsafe_commits_allowed: false,
            search: true,
        }
    }
}
