//! Where everything is stored.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::masked::masked;

/// The store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// "sqlite" for a file in the data directory, or <postgres://user@host:5432/database>.
    pub url: StoreUrl,
    /// A file that holds PostgreSQL's password and nothing else; empty for the URL's, `PGPASSWORD`
    /// or `~/.pgpass`.
    pub password_file: PathBuf,
    /// Connections for reading; one more writes.
    pub readers_max: u32,
    /// MiB that gather in SQLite's write-ahead log before they move into its file. The log takes up
    /// to twice as much of the disk, and is read at a start after a crash.
    pub log_mib: u32,
    /// How long making a connection may take.
    pub connect_timeout_ms: u64,
    /// How long a read waits for a free connection.
    pub acquire_timeout_ms: u64,
    /// How long one statement may take, a commit among them.
    pub statement_timeout_ms: u64,
    /// How long a batch of changes may take until its commit.
    pub transaction_timeout_ms: u64,
    /// How long bringing the tables up to date may take at a start.
    pub migration_timeout_s: u64,
    /// Pause between two tries to open a store that cannot be reached.
    pub retry_ms: u64,
    /// Serves from a PostgreSQL with `fsync` or `synchronous_commit` off: a power cut can take
    /// away what was acknowledged.
    pub unsafe_commits_allowed: bool,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: StoreUrl("sqlite".into()),
            password_file: PathBuf::new(),
            readers_max: 4,
            log_mib: 64,
            connect_timeout_ms: 2_000,
            acquire_timeout_ms: 2_000,
            statement_timeout_ms: 3_000,
            transaction_timeout_ms: 4_000,
            migration_timeout_s: 600,
            retry_ms: 1_000,
            unsafe_commits_allowed: false,
        }
    }
}

impl StoreConfig {
    /// The key of a value that cannot work, and what would.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if !self.url.is_sqlite() && !self.url.is_postgres() {
            return Some(("store.url", "must be \"sqlite\" or begin with postgres://"));
        }
        if !(1..=4_096).contains(&self.log_mib) {
            return Some(("store.log_mib", "must be 1 to 4096"));
        }
        let times = [
            ("store.connect_timeout_ms", self.connect_timeout_ms),
            ("store.acquire_timeout_ms", self.acquire_timeout_ms),
            ("store.statement_timeout_ms", self.statement_timeout_ms),
            ("store.transaction_timeout_ms", self.transaction_timeout_ms),
            ("store.migration_timeout_s", self.migration_timeout_s),
            ("store.retry_ms", self.retry_ms),
        ];
        let none = times.into_iter().find(|(_, time)| *time == 0)?;
        Some((none.0, "must be at least 1: nothing ends in no time"))
    }
}

masked! {
    /// Shows itself without its password, however it is printed or written.
    #[derive(JsonSchema)]
    StoreUrl, redact
}

impl StoreUrl {
    /// The file in the data directory.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.0 == "sqlite"
    }

    /// A server.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres://") || self.0.starts_with("postgresql://")
    }

    /// Whether it holds a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        redact(&self.0) != self.0
    }
}

/// Masks the passwords of all URLs in a text.
pub(crate) fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find([' ', '"', '\'', '`', '\n']);
        let (url, later) = after.split_at(end.unwrap_or(after.len()));
        shown.push_str(&without_password(url));
        rest = later;
    }
    shown + rest
}

/// What follows the `://`.
fn without_password(url: &str) -> String {
    // The last of them: a password that was not escaped may hold one, too.
    let (user, place) = match url.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, url),
    };
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    let user = user.map(|user| match user.split_once(':') {
        Some((name, _)) => format!("{name}:***@"),
        None => format!("{user}@"),
    });
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("password", _)) => "password=***",
        _ => pair,
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{place}{mark}{query}", user.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        for (written, shown) in [
            ("sqlite", "sqlite"),
            ("postgres://db/kefu", "postgres://db/kefu"),
            ("postgres://kefu@db/kefu", "postgres://kefu@db/kefu"),
            ("postgres://kefu:p@db/kefu", "postgres://kefu:***@db/kefu"),
            (
                "postgres://kefu:p@ss:/w@db/kefu",
                "postgres://kefu:***@db/kefu",
            ),
            (
                "postgres:///k?host=/run&password=p",
                "postgres:///k?host=/run&password=***",
            ),
            (
                "postgres://db/k?sslmode=require",
                "postgres://db/k?sslmode=require",
            ),
        ] {
            let url = StoreUrl::from(written);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("{shown:?}"));
            assert_eq!(serde_json::to_value(&url).expect("a string"), shown);
            assert_eq!(url.has_password(), written != shown);
            assert_eq!(
                redact(&format!("found \"{written}\" here")),
                format!("found \"{shown}\" here")
            );
        }
    }
}
