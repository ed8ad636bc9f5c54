//! How SQLite goes about what is asked often: by ranges of indexes, wherever the page is.

use kefu_chat::store::{AlertAsk, Page};
use kefu_types::TenantId;
use sqlx::{AssertSqlSafe, Row as _};

use super::{history, load, missed};
use crate::{
    SqliteOptions, SqliteStore, alerts,
    rows::{MESSAGE, METADATA},
};

/// What SQLite says that it would do. It decides without the values.
async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    let query = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(query).fetch_all(&store.readers).await;
    let rows = rows.expect("explained");
    rows.iter().map(|row| row.get("detail")).collect()
}

async fn open(dir: &tempfile::TempDir) -> SqliteStore {
    let opened = SqliteStore::open(&dir.path().join("kefu.db"), SqliteOptions::default()).await;
    opened.expect("it opens")
}

#[tokio::test]
async fn every_page_of_a_history_is_one_range_of_the_primary_key() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(&dir).await;
    let range = "SEARCH messages USING PRIMARY KEY (tenant_id=? AND conversation_id=? AND seq";
    for columns in [MESSAGE, METADATA] {
        for (first, later) in [
            (Page::After(0), Page::After(10_000 * 50)),
            (Page::Before(u64::MAX), Page::Before(10_000 * 50)),
        ] {
            let (first, from) = history::ranged(columns, first);
            let (later, to) = history::ranged(columns, later);
            // The sequence is a value: both pages are the same statement, and so the same plan.
            assert_eq!(first, later);
            assert_ne!(from, to);
            let plan = plan(&store, &first).await;
            assert_eq!(plan.len(), 1, "no sort, no second step: {plan:?}");
            assert!(plan[0].starts_with(range), "{plan:?}");
        }
    }
}

#[tokio::test]
async fn what_is_owned_of_a_group_is_counted_in_its_index() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(&dir).await;
    let plan = plan(&store, load::OWNED_IN).await.join("; ");
    let range = "INDEX conversations_by_group (tenant_id=? AND group_id=?)";
    assert!(plan.contains(range), "{plan}");
}

#[tokio::test]
async fn messages_are_found_by_the_index_of_ids_and_the_missed_by_the_person_s() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(&dir).await;
    let by_id = plan(&store, &history::by_ids()).await.join("; ");
    assert!(
        by_id.contains("messages_by_id (tenant_id=? AND id=?"),
        "{by_id}"
    );
    assert!(!by_id.contains("SCAN messages"), "{by_id}");
    let owned = plan(&store, &missed::owned()).await.join("; ");
    let range = "conversations_by_owner (tenant_id=? AND owner_id=? AND id>?)";
    assert!(
        owned.contains(range) && !owned.contains("TEMP B-TREE"),
        "{owned}"
    );
    let behind = plan(&store, &missed::behind()).await.join("; ");
    assert!(behind.contains("cursors_by_person"), "{behind}");
    assert!(
        !behind.contains("SCAN") && !behind.contains("TEMP B-TREE"),
        "{behind}"
    );
}

#[tokio::test]
async fn alerts_that_nobody_has_seen_are_found_by_an_index_of_their_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(&dir).await;
    let ask = AlertAsk {
        tenant: TenantId(1),
        seen: Some(false),
        before: u64::MAX,
        limit: 9,
    };
    let unseen = plan(&store, &alerts::page_sql(&ask)).await.join("; ");
    let range = "word_alerts_unseen (tenant_id=? AND id<?)";
    assert!(unseen.contains(range), "{unseen}");
}
