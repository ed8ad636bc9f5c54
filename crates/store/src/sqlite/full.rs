//! A full disk, by SQLite's own limit on pages.

use kefu_chat::store::{Change, Outcome, Store as _, StoreError};
use kefu_types::TenantId;

use super::error::failed;
use crate::{SqliteOptions, SqliteStore};

async fn pages_max(store: &SqliteStore, pages: i64) {
    let set = store.write(move |writer| {
        let set = writer
            .connection
            .pragma_update(None, "max_page_count", pages);
        set.map_err(failed)
    });
    set.await.expect("a pragma");
}

fn tenant(n: u64) -> Change {
    Change::CreateTenant {
        id: TenantId(n),
        name: "x".repeat(4_000) + &n.to_string(),
    }
}

#[tokio::test]
async fn a_full_disk_refuses_keeps_what_it_acknowledged_serves_reads_and_heals() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    let store = SqliteStore::open(&file, SqliteOptions::default())
        .await
        .expect("it opens");
    pages_max(&store, 200).await;
    let mut stored = 0;
    let error = loop {
        match store.apply(&[tenant(stored + 1)]).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    assert!(stored > 0);
    let name = |n: u64| "x".repeat(4_000) + &n.to_string();
    assert_eq!(
        store.tenant(&name(stored)).await,
        Ok(Some(TenantId(stored)))
    );
    assert_eq!(
        store.tenant(&name(stored + 1)).await,
        Ok(None),
        "nothing of it is half there"
    );
    pages_max(&store, 1_000_000).await;
    assert_eq!(
        store.apply(&[tenant(stored + 1)]).await,
        Ok(vec![Outcome::Applied])
    );
}

#[tokio::test]
async fn a_call_dropped_half_way_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("kefu.db");
    let store = SqliteStore::open(&file, SqliteOptions::default())
        .await
        .expect("it opens");
    let mut dropped = 0;
    for micros in 0..200 {
        let call = [tenant(micros + 1)];
        let wait = std::time::Duration::from_micros(micros);
        let call = store.apply(&call);
        dropped += u32::from(tokio::time::timeout(wait, call).await.is_err());
    }
    assert!(dropped > 0, "some were dropped");
    assert_eq!(
        store.apply(&[tenant(1_000)]).await,
        Ok(vec![Outcome::Applied])
    );
}
