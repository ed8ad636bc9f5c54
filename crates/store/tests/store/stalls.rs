//! FAULTS row 5 and its neighbours, on PostgreSQL: the server stalls, answers are lost, it dies.
//! Every call ends; what was acknowledged is there, once.

use std::{sync::Arc, time::Duration};

use kefu_chat::{
    Head,
    store::{Change, Outcome, Page, Store as _, StoreError},
};
use kefu_store::{PostgresOptions, PostgresStore};
use kefu_tests::{Database, PATIENCE, Postgres, Proxy, Road};
use kefu_types::ConversationId;
use tokio::time::timeout;

use crate::{
    rows::{TENANT, head, says, session, tenant, visitor},
    stores::{patient, postgres, server},
};

/// Impatient, so that the tests need not wait long for what must end.
fn impatient(url: String) -> PostgresOptions {
    PostgresOptions {
        url,
        connect: Duration::from_millis(400),
        acquire: Duration::from_millis(400),
        statement: Duration::from_millis(600),
        transaction: Duration::from_millis(800),
        ..PostgresOptions::default()
    }
}

/// A store behind a proxy, with one conversation.
async fn behind(database: &Database) -> (Proxy, PostgresStore) {
    let proxy = Proxy::before(&database.options()).await;
    postgres(patient(proxy.url(&database.options())))
        .await
        .close()
        .await;
    let store = loop {
        // On a busy machine even this may be too much at once.
        match PostgresStore::open(impatient(proxy.url(&database.options()))).await {
            Ok(store) => break store,
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
    };
    insist(&store, &[tenant(1), visitor(TENANT, 10)]).await;
    (proxy, store)
}

/// Again and again, as the core's writer does, until it is stored.
async fn insist(store: &PostgresStore, changes: &[Change]) -> Vec<Outcome> {
    let trying = async {
        loop {
            match store.apply(changes).await {
                Ok(outcomes) => return outcomes,
                Err(StoreError::Retryable(_)) => {
                    tokio::time::sleep(Duration::from_millis(20)).await
                }
                Err(error) => panic!("{error}"),
            }
        }
    };
    timeout(PATIENCE, trying).await.expect("it heals by itself")
}

/// The call ends, and says that it may be tried again.
async fn ends<T: std::fmt::Debug>(call: impl Future<Output = Result<T, StoreError>>) {
    let ended = timeout(PATIENCE, call).await.expect("nothing hangs");
    assert!(matches!(ended, Err(StoreError::Retryable(_))), "{ended:?}");
}

async fn stored(store: &PostgresStore) -> Vec<String> {
    let reading = async {
        loop {
            let read = store
                .messages(TENANT, ConversationId(10), Page::After(0), 100)
                .await;
            match read {
                Ok(messages) => return messages,
                Err(StoreError::Retryable(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let messages = timeout(PATIENCE, reading)
        .await
        .expect("it heals by itself");
    assert!(
        messages
            .iter()
            .map(|message| message.seq)
            .eq(1..=messages.len() as u64)
    );
    messages
        .into_iter()
        .map(|message| message.client_id)
        .collect()
}

fn first() -> Head {
    head(TENANT, 10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stalls_ends_every_call_and_the_store_heals() {
    let server = server().await;
    let database = server.database().await;
    let (proxy, store) = behind(&database).await;
    let one = says(&first(), "one", "x", 1);
    assert_eq!(
        insist(&store, &[Change::Advance(one.clone())]).await,
        [Outcome::Applied]
    );
    proxy.set(Road::Frozen);
    let two = says(&one.head, "two", "x", 2);
    // More readers than there are connections, beside the writer.
    let store = Arc::new(store);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let store = store.clone();
        tasks.spawn(async move { ends(store.ceiling()).await });
    }
    ends(store.apply(&[Change::Advance(two.clone())])).await;
    ends(store.apply(&[Change::Advance(two.clone())])).await;
    ends(store.probe()).await;
    while let Some(ended) = tasks.join_next().await {
        ended.expect("every read ends with its reason");
    }
    proxy.set(Road::Open);
    assert_eq!(
        insist(&store, &[Change::Advance(two)]).await,
        [Outcome::Applied]
    );
    assert_eq!(stored(&store).await, ["one", "two"]);
}

/// The server has committed; nobody heard it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_was_lost_is_told_as_it_was_and_happens_once() {
    let server = server().await;
    let database = server.database().await;
    let (proxy, store) = behind(&database).await;
    let one = says(&first(), "one", "x", 1);
    // None of these could be told from a refused one by its own rows: a session has no key.
    let subject = kefu_chat::Subject::User(kefu_types::AgentId(1));
    let batch = [
        Change::Advance(one.clone()),
        Change::CreateSession(session(TENANT, 70, subject)),
        Change::Advance(says(&first(), "stale", "x", 2)),
    ];
    proxy.set(Road::LosesAnswers);
    ends(store.apply(&batch)).await;
    proxy.set(Road::Open);
    let told = [Outcome::Applied, Outcome::Applied, Outcome::VersionConflict];
    assert_eq!(
        insist(&store, &batch).await,
        told,
        "as if nothing had been lost"
    );
    // A new call with other changes does not inherit it.
    let retry = says(&one.head, "one", "x", 3);
    let outcomes = insist(&store, &[Change::Advance(retry)]).await;
    assert!(matches!(outcomes[0], Outcome::Duplicate(_)), "{outcomes:?}");
    assert_eq!(stored(&store).await, ["one"]);
}

/// The server never got the commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_was_lost_on_the_way_is_made_again() {
    let server = server().await;
    let database = server.database().await;
    let (proxy, store) = behind(&database).await;
    let one = Change::Advance(says(&first(), "one", "x", 1));
    proxy.set(Road::LosesCommits);
    ends(store.apply(std::slice::from_ref(&one))).await;
    proxy.set(Road::Open);
    assert_eq!(insist(&store, &[one]).await, [Outcome::Applied]);
    assert_eq!(stored(&store).await, ["one"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_made_again() {
    let server = server().await;
    let database = server.database().await;
    let (proxy, store) = behind(&database).await;
    let mut now = first();
    for n in 0..5 {
        proxy.set(Road::Cut);
        ends(store.apply(&[Change::Advance(says(&now, &format!("m{n}"), "x", n))])).await;
        ends(store.ceiling()).await;
        proxy.set(Road::Open);
        let advance = says(&now, &format!("m{n}"), "x", n);
        assert_eq!(
            insist(&store, &[Change::Advance(advance.clone())]).await,
            [Outcome::Applied]
        );
        now = (*advance.head).clone();
    }
    assert_eq!(stored(&store).await, ["m0", "m1", "m2", "m3", "m4"]);
}

/// Calls that their caller gave up on leave nothing half done, and no lock behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_dropped_half_way_leaves_nothing_behind() {
    let server = server().await;
    let database = server.database().await;
    let store = postgres(patient(database.url())).await;
    insist(&store, &[tenant(1), visitor(TENANT, 10)]).await;
    let mut now = first();
    for n in 0..60_u64 {
        let advance = says(&now, &format!("m{n}"), "x", n);
        let batch = [Change::Advance(advance.clone())];
        let _ = timeout(Duration::from_micros(100 * n), store.apply(&batch)).await;
        let outcomes = insist(&store, &batch).await;
        let is_there = matches!(outcomes[0], Outcome::Applied | Outcome::Duplicate(_));
        assert!(is_there, "{outcomes:?}");
        now = (*advance.head).clone();
    }
    assert_eq!(stored(&store).await.len(), 60);
}

/// A standby that is to confirm every commit goes away: nothing is acknowledged without it, although
/// the server would call the end of its own patience a success.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_the_standby_did_not_confirm_is_not_acknowledged() {
    let server = Postgres::start().await;
    let database = server.database().await;
    postgres(patient(database.url())).await.close().await;
    let store = postgres(PostgresOptions {
        connect: Duration::from_secs(2),
        ..impatient(database.url())
    })
    .await;
    insist(&store, &[tenant(1), visitor(TENANT, 10)]).await;
    let standby = async |names: &str| {
        let mut connection = server.connect().await;
        // Settings of the server are no transaction, so they wait for no standby.
        let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'");
        for sql in [set.as_str(), "SELECT pg_reload_conf()"] {
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection);
            done.await.expect("a superuser may");
        }
    };
    standby("nobody").await;
    let mut probed = Ok(());
    while probed.is_ok() {
        // The server may take a moment to read its settings.
        probed = store.probe().await;
    }
    assert!(
        matches!(probed, Err(StoreError::Retryable(_))),
        "{probed:?}"
    );
    let one = [Change::Advance(says(&first(), "one", "x", 1))];
    for _ in 0..3 {
        ends(store.apply(&one)).await;
    }
    standby("").await;
    assert_eq!(insist(&store, &one).await, [Outcome::Applied]);
    assert_eq!(stored(&store).await, ["one"]);
}

/// SIGSTOP to the server itself, then SIGKILL: what was acknowledged is there, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_and_one_that_is_killed_lose_nothing_acknowledged() {
    let mut server = Postgres::start().await;
    let database = server.database().await;
    postgres(patient(database.url())).await.close().await;
    let store = postgres(PostgresOptions {
        connect: Duration::from_secs(2),
        ..impatient(database.url())
    })
    .await;
    insist(&store, &[tenant(1), visitor(TENANT, 10)]).await;
    let (mut now, mut acknowledged) = (first(), Vec::new());
    for round in 0..4_u64 {
        for n in 0..5 {
            let client = format!("r{round}-{n}");
            let advance = says(&now, &client, "x", round * 10 + n);
            if n == 2 && round % 2 == 0 {
                server.server().pause();
                ends(store.apply(&[Change::Advance(advance.clone())])).await;
                ends(store.head(TENANT, now.id)).await;
                server.server().resume();
            } else if n == 2 {
                server.server().crash_and_restart();
            }
            let outcomes = insist(&store, &[Change::Advance(advance.clone())]).await;
            assert_eq!(outcomes, [Outcome::Applied], "{client}");
            acknowledged.push(client);
            now = (*advance.head).clone();
        }
    }
    assert_eq!(stored(&store).await, acknowledged);
}
