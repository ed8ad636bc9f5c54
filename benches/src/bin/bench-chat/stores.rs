//! The store adapters without a server: where they keep things, how rows are put in, what is in
//! them afterwards.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use kefu_chat::store::{Page, SharedStore};
use kefu_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use kefu_tests::{Database, Postgres};
use kefu_types::ConversationId;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::{lines::number, load::Ledger, plan::Plan, subjects::own_dir};

/// Messages that are read at once.
const PAGE: u32 = 200;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In WAL with `synchronous = FULL`.
    Sqlite,
    /// With `fsync` and `synchronous_commit`; the adapter refuses a server without.
    Postgres,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// As figures name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A directory, and with PostgreSQL a database, that go with this value.
#[derive(Debug)]
pub struct Place {
    /// On the measured disk.
    pub dir: tempfile::TempDir,
    /// A database of its own on the server of this machine.
    pub database: Option<Database>,
    /// Ends after the database, when it had to be started for the purpose.
    _server: Option<Postgres>,
}

impl Place {
    /// An empty one.
    ///
    /// # Errors
    /// When there is no room for it.
    pub async fn new(plan: &Plan, kind: Kind) -> anyhow::Result<Self> {
        let server = match kind {
            Kind::Sqlite => None,
            // It panics when there is none, and says what to do about it.
            Kind::Postgres => Some(tokio::spawn(Postgres::find()).await?),
        };
        let database = match &server {
            Some(server) => Some(server.database().await),
            None => None,
        };
        Ok(Self {
            dir: own_dir(&plan.dir, "kefu-")?,
            database,
            _server: server,
        })
    }

    /// What the server does by itself from time to time after many rows, now.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn settle(&self) -> anyhow::Result<()> {
        let Some(database) = &self.database else {
            return Ok(());
        };
        let mut connection = PgConnection::connect(&database.url()).await?;
        for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            connection.execute(statement).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Opens the store in it, as `kefu serve` does.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(&self) -> anyhow::Result<SharedStore> {
        if let Some(database) = &self.database {
            let options = PostgresOptions {
                url: database.url(),
                ..PostgresOptions::default()
            };
            return Ok(Arc::new(PostgresStore::open(options).await?));
        }
        let data = self.dir.path().join("data");
        std::fs::create_dir_all(&data)?;
        let file: &Path = &data.join("kefu.db");
        Ok(Arc::new(
            SqliteStore::open(file, SqliteOptions::default()).await?,
        ))
    }
}

/// Reads back all conversations: each has its sequence without a gap, and each message that was
/// acknowledged, at the place that was said. Returns how many clients' messages there are.
///
/// # Errors
/// With the first promise that does not hold.
pub async fn audit(place: &Place, ledgers: &[(u64, Ledger)]) -> anyhow::Result<u64> {
    let store = place.open().await?;
    let tenant = store.tenant("default").await?.context("no tenant")?;
    let mut stored = 0;
    for (conversation, ledger) in ledgers {
        let (mut seq, mut seen) = (0, 0);
        loop {
            let page = Page::After(seq);
            let messages = store
                .messages(tenant, ConversationId(*conversation), page, PAGE)
                .await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                seq += 1;
                ensure!(
                    message.seq == seq,
                    "sequence {} is stored where {seq} is due",
                    message.seq
                );
                let Some(n) = number(&message.client_id) else {
                    continue;
                };
                seen += 1;
                ensure!(n == seen, "message {n} is stored where {seen} is due");
                let said = ledger.acknowledged.get(usize::try_from(n - 1)?);
                let said = said
                    .with_context(|| format!("message {n} is stored and was never acknowledged"))?;
                ensure!(
                    (said.id, said.seq) == (message.id, seq),
                    "message {n} was acknowledged as {said:?}"
                );
            }
        }
        ensure!(
            seen == ledger.acknowledged.len() as u64,
            "acknowledged messages are not stored"
        );
        stored += seen;
    }
    Ok(stored)
}
