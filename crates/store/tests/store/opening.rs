use std::{io::Write as _, path::Path};

use kefu_chat::store::Store as _;
use kefu_store::{OpenError, SqliteOptions, SqliteStore};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

async fn open(file: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(file, SqliteOptions::default()).await
}

/// A database that was used and closed.
async fn used(file: &Path) {
    let store = open(file).await.expect("a fresh database opens");
    let id = kefu_types::TenantId(1);
    let change = kefu_chat::store::Change::CreateTenant {
        id,
        name: "t".to_owned(),
    };
    store.apply(&[change]).await.expect("it works");
    store.close().await.expect("it closes");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    let content = b"these are somebody's notes, not a database".repeat(100);
    std::fs::write(&file, &content).expect("written");
    let error = open(&file).await.expect_err("it is refused");
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    let said = error.to_string();
    assert!(
        said.contains("kefu.db") && said.contains("Nothing was changed"),
        "{said}"
    );
    assert_eq!(std::fs::read(&file).expect("still there"), content);
}

#[tokio::test]
async fn a_database_cut_short_or_overwritten_in_the_middle_is_refused_and_left_as_it_is() {
    for damage in [cut as fn(&Path), overwrite] {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("kefu.db");
        used(&file).await;
        damage(&file);
        let before = std::fs::read(&file).expect("readable");
        let error = open(&file).await.expect_err("it is refused");
        assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
        assert_eq!(std::fs::read(&file).expect("still there"), before);
    }
}

fn cut(file: &Path) {
    let length = std::fs::metadata(file).expect("there").len();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(file)
        .expect("opened");
    file.set_len(length / 2 + 100).expect("cut");
}

/// The last page: nothing that opening alone would read.
fn overwrite(file: &Path) {
    use std::io::Seek as _;
    let length = std::fs::metadata(file).expect("there").len();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(file)
        .expect("opened");
    file.seek(std::io::SeekFrom::Start(length - 4096))
        .expect("sought");
    file.write_all(&[0xA5; 4096]).expect("overwritten");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    used(&file).await;
    let mut newer = SqliteConnectOptions::new()
        .filename(&file)
        .connect()
        .await
        .expect("opened");
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(&mut newer)
    .await
    .expect("written");
    newer.close().await.expect("closed");
    let error = open(&file).await.expect_err("it is refused");
    assert!(
        matches!(error, OpenError::Newer { found: 9999, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_named() {
    let error = open(Path::new("/nowhere/at/all/kefu.db"))
        .await
        .expect_err("it is refused");
    assert!(
        error.to_string().contains("/nowhere/at/all/kefu.db"),
        "{error}"
    );
}

#[tokio::test]
async fn what_was_stored_is_there_after_closing() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    used(&file).await;
    let store = open(&file).await.expect("it opens again");
    assert_eq!(store.tenant("t").await, Ok(Some(kefu_types::TenantId(1))));
}

#[tokio::test]
async fn a_store_locked_by_another_process_is_busy_and_heals() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    let options = SqliteOptions {
        busy_timeout: std::time::Duration::from_millis(20),
        ..Default::default()
    };
    let store = SqliteStore::open(&file, options).await.expect("it opens");
    let mut other = SqliteConnectOptions::new()
        .filename(&file)
        .connect()
        .await
        .expect("opened");
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .expect("locked");
    let busy = store.probe().await.expect_err("it is locked");
    assert!(
        matches!(busy, kefu_chat::store::StoreError::Retryable(_)),
        "{busy}"
    );
    assert_eq!(store.ceiling().await, Ok(0), "reads go on");
    sqlx::query("COMMIT")
        .execute(&mut other)
        .await
        .expect("unlocked");
    assert_eq!(store.probe().await, Ok(()));
}
