//! Moving the write-ahead log into the file, beside the connection that writes.
//!
//! SQLite would do it inside the commit that finds the log long enough, and that commit would wait
//! for the file to be on the device. Here a thread with a connection of its own moves the log in
//! small pieces while others commit, and seldom, when the log is long, holds the writer up for the
//! last pages: a log begins anew only when all of it has been moved, which never happens beside a
//! writer that does not pause (ADR 36).
//!
//! Invariants: the log is bounded by what is written while it is moved once; a sync that failed
//! ends all writing, as it does in a commit.

use std::{
    cell::Cell,
    ffi::c_int,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use kefu_chat::store::StoreError;
use rusqlite::{Connection, hooks::Wal};

use super::{SqliteOptions, apply::SharedWriter, error::failed, open};

/// Pages after which what is in the log is moved, beside the writer: in small pieces, for the device
/// is busy while the file is synced.
const MOVE_PAGES: u32 = 1_024;
/// The writer is held up when no more than this is left, or after `ROUNDS_MAX`.
const LAST_PAGES_MAX: u32 = 256;
/// Moves beside the writer, one after the other, each of what came during the one before.
const ROUNDS_MAX: u32 = 4;

thread_local! {
    /// Pages in the log after the last commit of this thread; 0: none since it was asked.
    static LOG_PAGES: Cell<u32> = const { Cell::new(0) };
}

/// What the thread is told.
#[derive(Debug)]
enum Ask {
    Move,
    End,
}

/// Asks for the log to be moved when it is long enough.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    asked: SyncSender<Ask>,
    /// Pages in the log from which on it is to be moved.
    due: Arc<AtomicU32>,
}

/// The thread that moves the log. Dropping it waits until the thread has ended, and its connection
/// with it, so that a file which was closed may be opened, moved or removed.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    pub(crate) watch: Watch,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Looks at what the commits of this thread left in the log.
    pub(crate) fn committed(&self) {
        if LOG_PAGES.take() >= self.due.load(Ordering::Relaxed) {
            // Full: it has been asked already.
            let _ = self.asked.try_send(Ask::Move);
        }
    }
}

/// Remembers the log's length, and moves nothing: what `wal_autocheckpoint` stands for otherwise.
pub(crate) fn only_count(writer: &Connection) {
    writer.wal_hook(Some(|_: &Wal, pages: c_int| {
        LOG_PAGES.set(u32::try_from(pages).unwrap_or(0));
        Ok(())
    }));
}

impl Checkpointer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the file cannot be opened once more, or no thread can be had.
    pub(crate) fn start(
        file: &Path,
        options: &SqliteOptions,
        writer: SharedWriter,
    ) -> Result<Self, StoreError> {
        let (asked, asks) = sync_channel(1);
        let due = Arc::new(AtomicU32::new(MOVE_PAGES));
        let mover = Mover {
            connection: open::write_to(file, options).map_err(failed)?,
            writer,
            due: due.clone(),
            pages: options.log_pages(),
        };
        let thread = std::thread::Builder::new()
            .name("kefu-log".to_owned())
            .spawn(move || mover.run(&asks))
            .map_err(|error| StoreError::Fatal(error.to_string()))?;
        Ok(Self {
            watch: Watch { asked, due },
            thread: Some(thread),
        })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        // Nobody listens: it has ended by itself.
        let _ = self.watch.asked.send(Ask::End);
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("moving the log ended in a panic");
        }
    }
}

struct Mover {
    connection: Connection,
    writer: SharedWriter,
    due: Arc<AtomicU32>,
    /// Pages at which the log is to begin anew.
    pages: u32,
}

/// What a move found in the log, in pages.
#[derive(Debug, Clone, Copy)]
struct Moved {
    log: u32,
    left: u32,
}

impl Mover {
    fn run(self, asks: &Receiver<Ask>) {
        while matches!(asks.recv(), Ok(Ask::Move)) {
            let next = match self.move_on() {
                Ok(next) => next,
                Err(StoreError::Fatal(reason)) => return self.stop_writing(&reason),
                // A full disk, or another process that holds the lock: it stays in the log,
                // where it is as durable.
                Err(error) => {
                    tracing::warn!(%error, "the log could not be moved into the file");
                    self.due.load(Ordering::Relaxed)
                }
            };
            // What a reader still needs stays; asking again at once would not change it.
            self.due
                .store(next.saturating_add(MOVE_PAGES), Ordering::Relaxed);
        }
    }

    /// Moves what is in the log, and lets it begin anew when it is long enough; pages in it afterwards.
    fn move_on(&self) -> Result<u32, StoreError> {
        let mut moved = self.move_some()?;
        if moved.log < self.pages {
            return Ok(moved.log);
        }
        for _ in 0..ROUNDS_MAX {
            if moved.left <= LAST_PAGES_MAX {
                break;
            }
            moved = self.move_some()?;
        }
        // A lock that a panic left behind: whoever writes next says so.
        let held_up = self.writer.lock();
        let last = self.move_some();
        drop(held_up);
        last.map(|last| last.left)
    }

    fn move_some(&self) -> Result<Moved, StoreError> {
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        let pages = self.connection.query_row(sql, (), |row| {
            let (log, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
            let pages = |count: i64| u32::try_from(count).unwrap_or(0);
            Ok(Moved {
                log: pages(log),
                left: pages(log - moved),
            })
        });
        pages.map_err(failed)
    }

    /// The kernel may believe to be on the device what is not: nothing is built on top of it.
    fn stop_writing(&self, reason: &str) {
        tracing::error!(reason, "moving the log into the file failed");
        if let Ok(mut writer) = self.writer.lock() {
            writer.ended = Some(format!("moving the log into the file failed: {reason}"));
        }
    }
}
