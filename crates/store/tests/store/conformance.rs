use std::{path::Path, sync::Arc};

use kefu_chat::store::{SharedStore, conformance};
use kefu_store::{SqliteOptions, SqliteStore};

pub(crate) async fn open(dir: &Path) -> SharedStore {
    let store = SqliteStore::open(&dir.join("kefu.db"), SqliteOptions::default()).await;
    Arc::new(store.expect("a fresh database opens"))
}

#[tokio::test]
async fn sqlite_conforms_to_the_port() {
    let root = tempfile::tempdir().expect("a directory");
    let made = std::sync::atomic::AtomicU32::new(0);
    conformance::run(|| {
        let n = made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let dir = root.path().join(n.to_string());
        std::fs::create_dir(&dir).expect("a directory");
        async move { open(&dir).await }
    })
    .await;
}
