//! Both stores, as places that can be opened again and again.

use std::sync::{Arc, Weak};

use kefu_chat::store::SharedStore;
use kefu_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use kefu_tests::{Database, Postgres};
use tokio::sync::Mutex;

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub const KINDS: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// A database of a test's own, gone with this value.
#[derive(Debug)]
pub enum Place {
    Sqlite(tempfile::TempDir),
    Postgres {
        database: Box<Database>,
        /// It may have been started for this, and ends after the database.
        _server: Arc<Postgres>,
    },
}

impl Place {
    pub async fn new(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(tempfile::tempdir().expect("a directory")),
            Kind::Postgres => {
                let server = server().await;
                Self::Postgres {
                    database: Box::new(server.database().await),
                    _server: server,
                }
            }
        }
    }

    pub async fn open(&self) -> SharedStore {
        match self {
            Self::Sqlite(dir) => {
                let file = dir.path().join("kefu.db");
                let store = SqliteStore::open(&file, SqliteOptions::default()).await;
                Arc::new(store.expect("it opens"))
            }
            Self::Postgres { database, .. } => Arc::new(postgres(patient(database.url())).await),
        }
    }
}

/// One for all tests of this process. It is let go with the last of them, so that a server that had
/// to be started ends, too.
pub async fn server() -> Arc<Postgres> {
    static SERVER: Mutex<Weak<Postgres>> = Mutex::const_new(Weak::new());
    let mut known = SERVER.lock().await;
    if let Some(server) = known.upgrade() {
        return server;
    }
    let server = Arc::new(Postgres::find().await);
    *known = Arc::downgrade(&server);
    server
}

/// Options with which a busy machine is not mistaken for a stalled server.
pub fn patient(url: String) -> PostgresOptions {
    let long = std::time::Duration::from_secs(20);
    PostgresOptions {
        url,
        connect: long,
        acquire: long,
        statement: long,
        transaction: long,
        ..PostgresOptions::default()
    }
}

pub async fn postgres(options: PostgresOptions) -> PostgresStore {
    let store = PostgresStore::open(options).await;
    store.unwrap_or_else(|error| panic!("it opens: {error}"))
}
