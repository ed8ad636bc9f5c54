//! What a batch costs on the way to the server: round trips, not changes.

use std::time::Duration;

use kefu_chat::{
    Head,
    store::{Change, Outcome, Store as _},
};
use kefu_store::PostgresStore;
use kefu_tests::{PATIENCE, Proxy};
use sqlx::{PgConnection, Row as _};

use crate::{
    rows::{TENANT, head, says, tenant, visitor},
    stores::{patient, postgres, server},
};

/// So many conversations, each of which moves in one batch; answers the round trips.
async fn moving(store: &PostgresStore, proxy: &Proxy, round: u64, conversations: u64) -> usize {
    let now = (1..=conversations).map(|n| head(TENANT, round * 1_000 + n));
    let heads: Vec<_> = now.collect();
    let made: Vec<Change> = heads
        .iter()
        .map(|head| visitor(TENANT, head.id.0))
        .collect();
    store.apply(&made).await.expect("it works");
    let say = |head: &Head| {
        let unique = round * 1_000 + head.id.0;
        Change::Advance(says(head, "a", "x", unique))
    };
    let batch: Vec<Change> = heads.iter().map(say).collect();
    let before = proxy.requests();
    let outcomes = store.apply(&batch).await.expect("it works");
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    proxy.requests() - before
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_costs_five_round_trips_whatever_it_holds() {
    let server = server().await;
    let database = server.database().await;
    let proxy = Proxy::before(&database.options()).await;
    let store = postgres(patient(proxy.url(&database.options()))).await;
    store.apply(&[tenant(1)]).await.expect("it works");
    // The first one also has its statements prepared.
    moving(&store, &proxy, 1, 1).await;
    assert_eq!(moving(&store, &proxy, 2, 1).await, 5);
    assert_eq!(moving(&store, &proxy, 3, 40).await, 5);
}

/// Rows that were put into a table, and rows that were read by going through all of it.
async fn counted(connection: &mut PgConnection, table: &str) -> (i64, i64) {
    let sql = "SELECT n_tup_ins, seq_tup_read FROM pg_stat_user_tables WHERE relname = $1";
    let row = sqlx::query(sql).bind(table).fetch_one(connection).await;
    let row = row.expect("counters");
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_batch_reads_a_table_whole_however_young_the_table_is() {
    const ROUNDS: u64 = 20;
    let server = server().await;
    let database = server.database().await;
    let proxy = Proxy::before(&database.options()).await;
    let store = postgres(patient(proxy.url(&database.options()))).await;
    store.apply(&[tenant(1)]).await.expect("it works");
    for round in 1..=ROUNDS {
        moving(&store, &proxy, round, 10).await;
    }
    // The server counts for certain what a connection did when that ends.
    store.close().await;
    let mut connection = database.connect().await;
    for table in ["messages", "conversations"] {
        let rows = i64::try_from(ROUNDS * 10).expect("few");
        let read = async {
            loop {
                let (inserted, read) = counted(&mut connection, table).await;
                if inserted == rows {
                    break read;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let read = tokio::time::timeout(PATIENCE, read).await;
        assert_eq!(read, Ok(0), "{table}");
    }
}
