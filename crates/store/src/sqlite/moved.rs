//! The log moves into the file while others write.

use kefu_chat::store::{Change, Outcome, Store as _, StoreError};
use kefu_types::TenantId;

use crate::{SqliteOptions, SqliteStore};

const WRITES: u64 = 2_000;

fn name(n: u64) -> String {
    "x".repeat(4_000) + &n.to_string()
}

fn tenant(n: u64) -> Change {
    Change::CreateTenant {
        id: TenantId(n),
        name: name(n),
    }
}

async fn open(file: &std::path::Path) -> SqliteStore {
    let options = SqliteOptions {
        log_mib: 1,
        ..SqliteOptions::default()
    };
    SqliteStore::open(file, options).await.expect("it opens")
}

#[tokio::test]
async fn the_log_begins_anew_beside_a_writer_that_never_pauses() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    let log = dir.path().join("kefu.db-wal");
    let bytes = || std::fs::metadata(&log).map_or(0, |metadata| metadata.len());
    let store = open(&file).await;
    for n in 1..=WRITES {
        let written = store.apply(&[tenant(n)]).await;
        assert_eq!(written, Ok(vec![Outcome::Applied]));
    }
    // Each write is two pages at the least, and the log is never made shorter while it is open.
    let whole = WRITES * 2 * 4_096;
    assert!(bytes() < whole / 2, "{} of {whole} bytes", bytes());

    store.close().await.expect("it closes");
    assert_eq!(bytes(), 0, "all of it is in the file");
    let store = open(&file).await;
    for n in [1, WRITES / 2, WRITES] {
        assert_eq!(store.tenant(&name(n)).await, Ok(Some(TenantId(n))));
    }
}

#[tokio::test]
async fn a_log_that_a_reader_needs_stays_and_is_moved_later() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    let store = open(&file).await;
    store.apply(&[tenant(1)]).await.expect("written");
    let mut reader = store.readers.acquire().await.expect("a connection");
    let count = "SELECT count(*) FROM tenants";
    let mut reading = sqlx::Connection::begin(&mut *reader).await.expect("begun");
    let before: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reading)
        .await
        .expect("counted");
    for n in 2..=500 {
        store.apply(&[tenant(n)]).await.expect("written");
    }
    let within: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut *reading)
        .await
        .expect("counted");
    assert_eq!(before, within, "a reader sees one state");
    reading.rollback().await.expect("ended");
    drop(reader);
    for n in 501..=1_000 {
        store.apply(&[tenant(n)]).await.expect("written");
    }
    store.close().await.expect("it closes");
    let store = open(&file).await;
    assert_eq!(store.tenant(&name(1_000)).await, Ok(Some(TenantId(1_000))));
}

#[tokio::test]
async fn after_a_move_that_failed_nothing_is_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(&dir.path().join("kefu.db")).await;
    store.apply(&[tenant(1)]).await.expect("written");
    let reason = "moving the log into the file failed: disk I/O error";
    store.writer.lock().expect("the writer").ended = Some(reason.to_owned());
    let refused = store.apply(&[tenant(2)]).await;
    assert_eq!(refused, Err(StoreError::Fatal(reason.to_owned())));
    assert_eq!(store.tenant(&name(1)).await, Ok(Some(TenantId(1))));
}
