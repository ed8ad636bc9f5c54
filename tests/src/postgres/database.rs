//! A database of a test's own.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, postgres::PgConnectOptions,
};

static MADE: AtomicU32 = AtomicU32::new(0);

/// Dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: PgConnectOptions,
    name: String,
}

impl Database {
    pub(super) async fn create(server: &PgConnectOptions, how: &str) -> Self {
        // template0, because nobody can be connected to it.
        let how = format!("TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' {how}");
        Self::create_as(server, &how).await
    }

    pub(super) async fn copy(&self) -> Self {
        Self::create_as(&self.server, &format!("TEMPLATE {}", self.name)).await
    }

    async fn create_as(server: &PgConnectOptions, how: &str) -> Self {
        // A counter, and what no other process has: a server may be shared by several machines.
        let number = MADE.fetch_add(1, Ordering::SeqCst);
        let process = RandomState::new().hash_one(std::process::id());
        let name = format!("kefu_test_{process:016x}_{number}");
        let mut connection = server.connect().await.expect("it let us in before");
        let sql = format!("CREATE DATABASE {name} {how}");
        let created = connection.execute(AssertSqlSafe(sql)).await;
        created.expect("the user of the server may create databases");
        Self {
            server: server.clone(),
            name,
        }
    }

    /// How to connect to it.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.options().to_url_lossy().to_string()
    }

    /// The same for PostgreSQL's own programs.
    #[must_use]
    pub fn for_programs(&self) -> String {
        let options = self.options();
        let socket = options.get_socket().map(|dir| dir.display().to_string());
        format!(
            "host={} port={} user={} dbname={}",
            socket.unwrap_or_else(|| options.get_host().to_owned()),
            options.get_port(),
            options.get_username(),
            self.name
        )
    }

    /// A connection beside the product's.
    ///
    /// # Panics
    /// When the server does not let it in.
    pub async fn connect(&self) -> PgConnection {
        let connected = self.options().connect().await;
        connected.expect("the server lets us in")
    }
}

impl Drop for Database {
    /// Also while a test panics; a server that is gone took it along.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                let work = async {
                    let mut connection = server.connect().await.ok()?;
                    connection.execute(AssertSqlSafe(sql)).await.ok()
                };
                let limit = std::time::Duration::from_secs(20);
                tokio::time::timeout(limit, work).await.ok().flatten()
            })
        });
        let _ = dropping.join();
    }
}
