//! Which store the core writes to, and opening it.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use kefu_chat::store::SharedStore;
use kefu_config::{Config, StoreConfig};
use kefu_store::{OpenError, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use tokio_util::sync::CancellationToken;

use crate::exit::OrUnusable as _;

/// In the data directory.
const DATABASE: &str = "kefu.db";

/// An open store.
pub enum Opened {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

/// Opens what the configuration names. A server that cannot be reached is tried again until it
/// can, or until `stop`: then there is none.
pub async fn open(config: &Config, stop: &CancellationToken) -> anyhow::Result<Option<Opened>> {
    let settings = &config.store;
    if settings.url.is_sqlite() {
        let options = SqliteOptions {
            readers: settings.readers_max,
            log_mib: settings.log_mib,
            search: config.search.enabled,
            ..SqliteOptions::default()
        };
        let store = SqliteStore::open(&config.data_dir.join(DATABASE), options).await;
        return Ok(Some(Opened::Sqlite(Arc::new(store.or_unusable()?))));
    }
    let options = options(settings, config.search.enabled).or_unusable()?;
    loop {
        match PostgresStore::open(options.clone()).await {
            Ok(store) => return Ok(Some(Opened::Postgres(Arc::new(store)))),
            Err(error @ OpenError::Away { .. }) => tracing::warn!("{error}; trying again"),
            Err(error) => return Err(error).or_unusable(),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(settings.retry_ms)) => {}
            () = stop.cancelled() => return Ok(None),
        }
    }
}

fn options(settings: &StoreConfig, search: bool) -> anyhow::Result<PostgresOptions> {
    Ok(PostgresOptions {
        url: settings.url.secret().to_owned(),
        password: password(&settings.password_file)?,
        readers: usize::try_from(settings.readers_max).unwrap_or(usize::MAX),
        connect: Duration::from_millis(settings.connect_timeout_ms),
        acquire: Duration::from_millis(settings.acquire_timeout_ms),
        statement: Duration::from_millis(settings.statement_timeout_ms),
        transaction: Duration::from_millis(settings.transaction_timeout_ms),
        migration: Duration::from_secs(settings.migration_timeout_s),
        unsafe_commits_allowed: settings.unsafe_commits_allowed,
        search,
    })
}

/// The first line of the file, if one is named.
fn password(file: &Path) -> anyhow::Result<Option<String>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("store.password_file: {}", file.display()))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

impl Opened {
    /// As the core takes it.
    pub fn shared(&self) -> SharedStore {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    /// Leaves SQLite's one file behind, without its write-ahead log, and says goodbye to a server.
    /// Everything is durable without it, too, so a task that still holds the store is no reason to
    /// wait long.
    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(store) => {
                if let Some(store) = alone(store).await {
                    store.close().await?;
                }
            }
            Self::Postgres(store) => {
                if let Some(store) = alone(store).await {
                    store.close().await;
                }
            }
        }
        Ok(())
    }
}

async fn alone<T>(mut store: Arc<T>) -> Option<T> {
    for _ in 0..20 {
        match Arc::try_unwrap(store) {
            Ok(store) => return Some(store),
            Err(shared) => store = shared,
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    tracing::debug!("the store is still in use and is not closed");
    None
}
