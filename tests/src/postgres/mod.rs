//! PostgreSQL for tests: a server that is there, or one that is started for the purpose, and a
//! database of each test's own.
//!
//! A server that is there is used and never stopped; only one that a test started itself may be
//! paused or killed.

mod database;
mod proxy;
mod started;

use std::{path::Path, str::FromStr as _, time::Duration};

use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

pub use database::Database;
pub use proxy::{Proxy, Road};
pub use started::Server;

/// How to get a server, when there is none.
const HOW: &str = "these tests need PostgreSQL 13 or newer: install it (Debian: apt-get install postgresql; \
    scripts/prereqs.sh test does it as root), or name a server whose user may create databases in \
    KEFU_TEST_POSTGRES, for one postgres://user@127.0.0.1:5432/postgres";
/// How long a server may take to let somebody in.
const ENTRY: Duration = Duration::from_secs(10);

/// A server that tests may make databases on.
#[derive(Debug)]
pub struct Postgres {
    pub(crate) options: PgConnectOptions,
    /// When it was started here.
    server: Option<Server>,
}

impl Postgres {
    /// The server named in `KEFU_TEST_POSTGRES`, the one of this machine, or a new one.
    ///
    /// # Panics
    /// When there is none and none can be started, with what to do about it.
    pub async fn find() -> Self {
        Self::find_with(&[]).await
    }

    /// The same; a new one has these settings (`name=value`).
    ///
    /// # Panics
    /// As [`Postgres::find`].
    pub async fn find_with(settings: &[&str]) -> Self {
        if let Ok(url) = std::env::var("KEFU_TEST_POSTGRES") {
            let options = PgConnectOptions::from_str(&url).expect("KEFU_TEST_POSTGRES is a URL");
            let entered = enter(&options).await;
            if let Err(error) = entered {
                panic!("the server in KEFU_TEST_POSTGRES cannot be used: {error}");
            }
            return Self {
                options,
                server: None,
            };
        }
        for options in local() {
            if enter(&options).await.is_ok() {
                return Self {
                    options,
                    server: None,
                };
            }
        }
        Self::start_with(settings).await
    }

    /// Its URL, as `KEFU_TEST_POSTGRES` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    /// A server of the test's own, with settings (`name=value`) of its own.
    ///
    /// # Panics
    /// When it cannot be started, with what to do about it.
    pub async fn start_with(settings: &[&str]) -> Self {
        let server = match Server::start(settings) {
            Ok(server) => server,
            Err(error) => panic!("{HOW}\n({error:#})"),
        };
        let options = server.options();
        let opened = async {
            while enter(&options).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(crate::PATIENCE, opened).await.is_err() {
            panic!("the server does not open:\n{}", server.log());
        }
        Self {
            options,
            server: Some(server),
        }
    }

    /// A server of the test's own.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The server that was started here.
    ///
    /// # Panics
    /// When it was found: others use it.
    pub fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("a server of the test's own")
    }

    /// A connection to one of its databases.
    ///
    /// # Panics
    /// When there is none.
    pub async fn connect(&self) -> PgConnection {
        enter(&self.options).await.expect("it let us in before")
    }

    /// A new, empty database, dropped at the end.
    pub async fn database(&self) -> Database {
        Database::create(&self.options, "ENCODING 'UTF8'").await
    }

    /// The same on a file system of its own, mounted at `dir`, which this makes a tablespace of.
    ///
    /// # Panics
    /// When the server is not a test's own, or cannot write there.
    pub async fn database_at(&mut self, dir: &Path) -> Database {
        self.server().give(dir).expect("the directory is ours");
        let sql = format!("CREATE TABLESPACE small LOCATION '{}'", dir.display());
        let made = sqlx::query(sqlx::AssertSqlSafe(sql));
        let made = made.execute(&mut self.connect().await).await;
        made.expect("the server can write there");
        Database::create(&self.options, "ENCODING 'UTF8' TABLESPACE small").await
    }

    /// A copy of a database that nobody is connected to.
    pub async fn copy_of(&self, database: &Database) -> Database {
        database.copy().await
    }

    /// Runs one of PostgreSQL's programs to its end.
    ///
    /// # Panics
    /// When there is none, or it fails, with what it said.
    pub async fn run(program: &str, args: &[&str]) {
        // Where packages leave clients and servers apart, the one in PATH is the newest.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let dirs = std::env::split_paths(&path).chain(started::binaries());
        let found = dirs
            .map(|dir| dir.join(program))
            .find(|file| file.is_file());
        let output = tokio::process::Command::new(found.expect(HOW))
            .args(args)
            .output()
            .await;
        let output = output.expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
    }

    /// The same in another encoding.
    pub async fn database_in(&self, encoding: &str) -> Database {
        Database::create(&self.options, &format!("ENCODING '{encoding}'")).await
    }
}

async fn enter(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let entering = options.clone().disable_statement_logging();
    match timeout(ENTRY, entering.connect()).await {
        Ok(entered) => entered,
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

/// Where a server of this machine usually is.
fn local() -> Vec<PgConnectOptions> {
    let mut found = Vec::new();
    for dir in ["/var/run/postgresql", "/tmp"] {
        if Path::new(dir).join(".s.PGSQL.5432").exists() {
            found.push(PgConnectOptions::new().socket(dir));
        }
    }
    found.push(PgConnectOptions::new().host("127.0.0.1").port(5432));
    found
        .into_iter()
        .map(|options| options.database("postgres"))
        .collect()
}
