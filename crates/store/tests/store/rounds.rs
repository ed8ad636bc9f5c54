//! What a batch costs on the way to the server: round trips, not changes.

use kefu_chat::{
    Head,
    store::{Change, Outcome, Store as _},
};
use kefu_store::PostgresStore;
use kefu_tests::Proxy;

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
