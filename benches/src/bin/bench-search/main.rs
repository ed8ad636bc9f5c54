//! What search costs: rows per second on the write path with the index on and off, and the time of
//! queries over many messages, on both stores. Texts are of our own making.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

mod queries;
mod texts;
mod writes;

use std::{path::PathBuf, sync::Arc};

use clap::Parser;
use kefu_chat::store::SharedStore;
use kefu_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use kefu_tests::{Database, Postgres};
use serde_json::{Map, Value, json};

/// What to measure with.
#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON; nowhere but here when absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Messages that are searched, in rising order.
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    messages: Vec<u64>,
    /// Stores: sqlite, postgres.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    stores: Vec<String>,
}

/// Where a store's database is, gone with this value.
enum Place {
    Sqlite(tempfile::TempDir),
    Postgres {
        database: Box<Database>,
        /// It may have been started for this, and ends after the database.
        _server: Box<Postgres>,
    },
}

impl Place {
    async fn new(kind: &str) -> anyhow::Result<Self> {
        Ok(match kind {
            "sqlite" => Self::Sqlite(tempfile::tempdir()?),
            "postgres" => {
                let server = Postgres::find().await;
                Self::Postgres {
                    database: Box::new(server.database().await),
                    _server: Box::new(server),
                }
            }
            other => anyhow::bail!("{other}: no such store"),
        })
    }

    async fn open(&self, search: bool) -> anyhow::Result<SharedStore> {
        Ok(match self {
            Self::Sqlite(dir) => {
                let options = SqliteOptions {
                    search,
                    ..SqliteOptions::default()
                };
                Arc::new(SqliteStore::open(&dir.path().join("kefu.db"), options).await?)
            }
            Self::Postgres { database, .. } => {
                let options = PostgresOptions {
                    url: database.url(),
                    search,
                    ..PostgresOptions::default()
                };
                Arc::new(PostgresStore::open(options).await?)
            }
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut figures = Map::new();
    for kind in &args.stores {
        let written = writes::measure(kind).await?;
        println!("{kind}: {written:#}");
        let read = queries::measure(kind, &args.messages).await?;
        println!("{kind}: {read:#}");
        figures.insert(kind.clone(), json!({ "writes": written, "queries": read }));
    }
    if let Some(out) = &args.out {
        std::fs::write(out, format!("{:#}\n", Value::Object(figures)))?;
    }
    Ok(())
}
