//! Opening: look first, then touch.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use kefu_chat::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use sqlx::{
    ConnectOptions as _, Connection as _, Row as _, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    apply::{SharedWriter, Writer},
    checkpoint::{self, Checkpointer},
    error::{failed, is_corrupt},
    search,
};
use crate::OpenError;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How to use the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Connections for reading.
    pub readers: u32,
    /// How long a statement waits for another process's lock before it is busy.
    pub busy_timeout: Duration,
    /// How long a read waits for a free connection.
    pub read_wait: Duration,
    /// Files up to this size (bytes) are checked whole at the start; a check reads everything.
    pub check_bytes_max: u64,
    /// MiB that gather in the write-ahead log before they move into the file.
    pub log_mib: u32,
    /// KiB of pages that each connection that reads caches.
    pub cache_kib: u32,
    /// KiB of pages that the connection that writes caches: what it does not find there it copies
    /// out of the kernel's, page by page.
    pub writer_cache_kib: u32,
    /// Indexes what is written, for searches.
    pub search: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            busy_timeout: Duration::from_secs(1),
            read_wait: Duration::from_secs(5),
            check_bytes_max: 1 << 30,
            log_mib: 64,
            cache_kib: 8_192,
            writer_cache_kib: 32_768,
            search: true,
        }
    }
}

/// Of a page of the file.
const PAGE_KIB: u32 = 4;

impl SqliteOptions {
    /// Pages that gather in the log before they move.
    pub(crate) fn log_pages(&self) -> u32 {
        self.log_mib.max(1).saturating_mul(1_024 / PAGE_KIB)
    }

    /// What the log's file keeps of the disk when the log begins anew, in bytes: also for what comes
    /// while it is moved. A file that need not grow is synced without the filesystem's journal.
    fn log_kept_bytes(&self) -> i64 {
        i64::from(self.log_mib.max(1)) << 21
    }
}

/// The database.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) writer: SharedWriter,
    pub(crate) checkpointer: Checkpointer,
    pub(crate) readers: SqlitePool,
    pub(crate) search: bool,
}

impl SqliteStore {
    /// Opens `file`, creating it if there is none, and brings its layout up to date.
    ///
    /// # Errors
    /// When the file is damaged, foreign, newer or cannot be used; then nothing in it was changed.
    pub async fn open(file: &Path, options: SqliteOptions) -> Result<Self, OpenError> {
        if file.exists() {
            check(file, &options).await?;
        }
        let cannot = |error: sqlx::Error| cannot(file, &error);
        let tuned = tune(file, &options);
        let mut migrating = tuned
            .clone()
            .create_if_missing(true)
            .connect()
            .await
            .map_err(cannot)?;
        MIGRATIONS
            .run_direct(None, &mut migrating, false)
            .await
            .map_err(|error| migration(file, error))?;
        let (writer, checkpointer) = open_writer(file.to_owned(), options).await?;
        // After the writer has it open: the last to close would move the log into the file.
        migrating.close().await.map_err(cannot)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .acquire_timeout(options.read_wait)
            .connect_with(tuned.read_only(true))
            .await
            .map_err(cannot)?;
        Ok(Self {
            writer,
            checkpointer,
            readers,
            search: options.search,
        })
    }

    /// Closes all connections; the write-ahead log moves into the file.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await;
        let ended = |why: &str| StoreError::Fatal(why.to_owned());
        let closing = tokio::task::spawn_blocking(move || {
            // The last connection to close moves the log, and that is the writer's.
            drop(self.checkpointer);
            let writer =
                Arc::into_inner(self.writer).ok_or_else(|| ended("a write is under way"))?;
            let writer = writer.into_inner();
            let writer = writer.map_err(|_| ended("an earlier write ended in a panic"))?;
            let closed = writer.connection.close();
            closed.map_err(|(_, error)| failed(error))
        });
        closing
            .await
            .unwrap_or_else(|error| Err(ended(&error.to_string())))
    }
}

/// The connection that writes, on the thread that may wait for the disk.
async fn open_writer(
    file: PathBuf,
    options: SqliteOptions,
) -> Result<(SharedWriter, Checkpointer), OpenError> {
    let opening = tokio::task::spawn_blocking(move || {
        let connection = write_to(&file, &options).map_err(|error| cannot(&file, &error))?;
        settle(&file, &connection)?;
        search::settle(&connection, options.search).map_err(|error| cannot(&file, &error))?;
        let writer = Arc::new(Mutex::new(Writer {
            connection,
            search: options.search,
            ended: None,
        }));
        let checkpointer = Checkpointer::start(&file, &options, writer.clone());
        let checkpointer = checkpointer.map_err(|error| cannot(&file, &error))?;
        Ok((writer, checkpointer))
    });
    let opened = opening.await;
    opened.unwrap_or_else(|ended| {
        Err(OpenError::Cannot {
            place: "the database".to_owned(),
            reason: ended.to_string(),
        })
    })
}

/// As [`tune`], for the connection that writes, and for the one that moves its log.
pub(crate) fn write_to(file: &Path, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writer = Connection::open_with_flags(file, flags)?;
    writer.busy_timeout(options.busy_timeout)?;
    writer.pragma_update(None, "journal_mode", "wal")?;
    // NORMAL loses acknowledged rows with the power.
    writer.pragma_update(None, "synchronous", "full")?;
    writer.pragma_update(None, "foreign_keys", true)?;
    writer.pragma_update(None, "cache_size", -i64::from(options.writer_cache_kib))?;
    writer.pragma_update(None, "journal_size_limit", options.log_kept_bytes())?;
    writer.set_prepared_statement_cache_capacity(64);
    checkpoint::only_count(&writer);
    Ok(writer)
}

fn tune(file: &Path, options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL loses acknowledged rows with the power.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.busy_timeout)
        .pragma("wal_autocheckpoint", options.log_pages().to_string())
        .pragma("cache_size", format!("-{}", options.cache_kib))
        .pragma("journal_size_limit", options.log_kept_bytes().to_string())
        .statement_cache_capacity(64)
}

/// Moves what a killed process left in the log into the file, and syncs it. Where a sync had failed,
/// the log can hold what the kernel believes to be on the device and is not; only writing it anew
/// makes it durable, and nothing may be acknowledged on top of it before.
fn settle(file: &Path, writer: &Connection) -> Result<(), OpenError> {
    let moved = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
    let Err(error) = moved else { return Ok(()) };
    match failed(error) {
        // Reads are served all the same, and writes are refused by the same reason.
        StoreError::Full(reason) | StoreError::Retryable(reason) => {
            tracing::warn!(reason, "what the last process left in the log stays there");
            Ok(())
        }
        other => Err(OpenError::Cannot {
            place: file.display().to_string(),
            reason: other.to_string(),
        }),
    }
}

/// Looks at an existing file without changing it. A log left by a killed process is read, as any
/// reader would, and left: closing a connection that may write would move it into the file, and
/// say nothing about a device that fails then.
async fn check(file: &Path, options: &SqliteOptions) -> Result<(), OpenError> {
    let sorted = |error: sqlx::Error| {
        if is_corrupt(&error) {
            OpenError::Corrupt {
                place: file.display().to_string(),
                reason: error.to_string(),
            }
        } else {
            cannot(file, &error)
        }
    };
    let plain = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(options.busy_timeout);
    let mut look = plain.connect().await.map_err(sorted)?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut look)
            .await
            .map_err(sorted)?;
    let bytes = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    if bytes <= options.check_bytes_max {
        let rows = sqlx::query("PRAGMA quick_check(1)")
            .fetch_all(&mut look)
            .await
            .map_err(sorted)?;
        let said: String = rows.first().map_or_else(String::new, |row| row.get(0));
        if said != "ok" {
            return Err(OpenError::Corrupt {
                place: file.display().to_string(),
                reason: said,
            });
        }
    } else {
        tracing::warn!(
            bytes,
            "the database is too large to be checked whole at the start"
        );
    }
    if tables > 0 {
        refuse_newer(file, &mut look)
            .await
            .map_err(|refused| refused.unwrap_or_else(sorted))?;
    }
    look.close().await.map_err(sorted)
}

/// Either our own refusal, or SQLite's error to be sorted.
enum Refused {
    Ours(OpenError),
    Sqlite(sqlx::Error),
}

impl Refused {
    fn unwrap_or_else(self, sorted: impl Fn(sqlx::Error) -> OpenError) -> OpenError {
        match self {
            Self::Ours(error) => error,
            Self::Sqlite(error) => sorted(error),
        }
    }
}

async fn refuse_newer(file: &Path, look: &mut SqliteConnection) -> Result<(), Refused> {
    let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(look)
        .await
        .map_err(Refused::Sqlite)?;
    let known = MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    match found {
        Some(found) if found > known => Err(Refused::Ours(OpenError::Newer {
            place: file.display().to_string(),
            found,
            known,
        })),
        _ => Ok(()),
    }
}

fn cannot(file: &Path, error: &dyn std::error::Error) -> OpenError {
    OpenError::Cannot {
        place: file.display().to_string(),
        reason: error.to_string(),
    }
}

fn migration(file: &Path, error: MigrateError) -> OpenError {
    let reason = match error {
        MigrateError::VersionMismatch(version) => {
            format!("migration {version} differs from the one that was applied")
        }
        other => other.to_string(),
    };
    OpenError::Cannot {
        place: file.display().to_string(),
        reason,
    }
}
