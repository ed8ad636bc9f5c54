//! The index of terms: held to the definition of a match, off and on again, and emptied.

use std::{collections::BTreeSet, sync::Arc};

use kefu_chat::{
    Head, searched,
    store::{Change, Outcome, Reference, SharedStore, StoreError},
};
use kefu_proto::v1;
use kefu_store::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use kefu_text::search::Query;
use kefu_types::{ConversationId, TenantId};
use proptest::prelude::*;

use crate::{
    rows::{TENANT, head, says, tenant, visitor},
    stores::{KINDS, Kind, Place, patient},
};

/// The place's store, with search on or off.
async fn open(place: &Place, search: bool) -> SharedStore {
    match place {
        Place::Sqlite(dir) => {
            let options = SqliteOptions {
                search,
                ..SqliteOptions::default()
            };
            let store = SqliteStore::open(&dir.path().join("kefu.db"), options).await;
            Arc::new(store.expect("it opens"))
        }
        Place::Postgres { database, .. } => {
            let options = PostgresOptions {
                search,
                ..patient(database.url())
            };
            Arc::new(PostgresStore::open(options).await.expect("it opens"))
        }
    }
}

/// Two tenants with two conversations each: 10 and 11, 20 and 21.
async fn begun(store: &SharedStore) -> Vec<Head> {
    let places = [(1, 10), (1, 11), (2, 20), (2, 21)];
    let mut changes = vec![tenant(1), tenant(2)];
    changes.extend(places.map(|(tenant, id)| visitor(TenantId(tenant), id)));
    store.apply(&changes).await.expect("it works");
    let heads = places.map(|(tenant, id)| head(TenantId(tenant), id));
    heads.to_vec()
}

/// Says these in one batch, in turn in all conversations. Ids begin after `unique`.
async fn say(
    store: &SharedStore,
    heads: &mut [Head],
    texts: &[&str],
    unique: u64,
) -> Vec<(TenantId, v1::Message)> {
    let (mut changes, mut said) = (Vec::new(), Vec::new());
    let places = heads.len();
    for (n, text) in texts.iter().enumerate() {
        let now = &mut heads[n % places];
        let advance = says(now, &format!("c{unique}-{n}"), text, unique + n as u64);
        *now = (*advance.head).clone();
        said.push((now.tenant, advance.messages[0].clone()));
        changes.push(Change::Advance(advance));
    }
    let outcomes = store.apply(&changes).await.expect("it works");
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    said
}

async fn find(
    store: &SharedStore,
    tenant: TenantId,
    query: &str,
    place: Option<ConversationId>,
) -> Vec<u64> {
    let query = Query::of(query);
    let found = store.search(tenant, &query, place, u64::MAX, 500).await;
    found
        .expect("searchable")
        .iter()
        .map(|message| message.id)
        .collect()
}

/// What must be found, by the definition alone.
fn wanted(
    said: &[(TenantId, v1::Message)],
    tenant: TenantId,
    query: &str,
    place: Option<ConversationId>,
) -> Vec<u64> {
    let query = Query::of(query);
    let mut ids: Vec<u64> = said
        .iter()
        .filter(|(whose, message)| {
            *whose == tenant
                && place.is_none_or(|id| id.0 == message.conversation_id)
                && query.matches(searched(message).into_iter())
        })
        .map(|(_, message)| message.id)
        .collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids
}

async fn agrees(texts: &[String], queries: &[String]) {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = place.open().await;
        let mut heads = begun(&store).await;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let said = say(&store, &mut heads, &texts, 0).await;
        for query in queries {
            for (tenant, id) in [(1, 10), (2, 21), (2, 10), (3, 10)] {
                for only in [None, Some(ConversationId(id))] {
                    let tenant = TenantId(tenant);
                    let found = find(&store, tenant, query, only).await;
                    assert_eq!(
                        found,
                        wanted(&said, tenant, query, only),
                        "{kind:?}: {query:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_find_exactly_what_the_definition_says(
        texts in proptest::collection::vec("[退货款a1 ，'\\\\]{1,8}|\\PC{1,12}", 1..24),
        queries in proptest::collection::vec("[退货款a1 ，'\"*]{0,4}|\\PC{0,6}", 1..8),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(agrees(&texts, &queries));
    }
}

#[tokio::test]
async fn a_query_that_spells_another_tenants_terms_finds_nothing_of_theirs() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = place.open().await;
        let mut heads = begun(&store).await;
        say(
            &store,
            &mut heads,
            &["one", "one", "退款 refund", "退款 refund"],
            0,
        )
        .await;
        // As it stands in the index of tenant 2, with and without the mark of its conversation.
        let theirs = [
            "0000000000002退款",
            "0000000000002refund",
            "0000000000002\u{E000}000000000000k",
            "\u{E000}000000000000k",
        ];
        for query in theirs {
            assert_eq!(find(&store, TENANT, query, None).await, [0; 0], "{query}");
        }
        assert_eq!(find(&store, TenantId(2), "refund", None).await.len(), 2);
    }
}

const TEXTS: [&str; 8] = [
    "退款一",
    "退款二",
    "退款三",
    "退款四",
    "退款五",
    "退款六",
    "退款七",
    "退款八",
];

#[tokio::test]
async fn where_search_is_off_nothing_is_indexed_and_it_says_so() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = open(&place, false).await;
        let mut heads = begun(&store).await;
        say(&store, &mut heads, &TEXTS, 0).await;
        let query = Query::of("退款");
        let refused = store.search(TENANT, &query, None, u64::MAX, 9).await;
        assert!(
            matches!(refused, Err(StoreError::Rejected(reason)) if reason.contains("search is off"))
        );
        assert_eq!(rows_indexed(&place).await, 0);
    }
}

/// One catch-up of so many messages; whether everything is indexed after it.
async fn catch_up(store: &SharedStore, messages_max: u32) -> bool {
    let outcomes = store.apply(&[Change::IndexOlder { messages_max }]).await;
    match outcomes.expect("it works")[..] {
        [Outcome::Indexed { whole }] => whole,
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_written_while_it_was_off_is_indexed_later_and_goes_on_after_a_kill() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = open(&place, false).await;
        let mut heads = begun(&store).await;
        let mut said = say(&store, &mut heads, &TEXTS, 0).await;
        drop(store);
        let store = open(&place, true).await;
        // New ones are found at once, old ones as the way comes to them.
        said.extend(say(&store, &mut heads, &TEXTS, 100).await);
        assert_eq!(find(&store, TENANT, "退款", None).await.len(), 4);
        assert!(!catch_up(&store, 5).await);
        let half = rows_indexed(&place).await;
        assert_eq!(half, 8 + 3, "five were looked at, two of them were there");
        // Nothing says goodbye when a process is killed: the next one opens what is durable.
        std::mem::forget(store);
        let store = open(&place, true).await;
        let mut rounds = 0;
        while !catch_up(&store, 5).await {
            rounds += 1;
            assert!(rounds < 10, "it ends");
            said.extend(say(&store, &mut heads, &["退款了"], 200 + rounds).await);
        }
        for tenant in [TENANT, TenantId(2)] {
            let found = find(&store, tenant, "退款", None).await;
            assert_eq!(found, wanted(&said, tenant, "退款", None));
        }
        assert!(catch_up(&store, 5).await, "and then there is nothing to do");
        drop(store);
        let store = open(&place, true).await;
        assert!(catch_up(&store, 5).await, "nor after a restart");
    }
}

#[tokio::test]
async fn switched_off_it_is_emptied_and_switched_on_it_fills_again() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = open(&place, true).await;
        let mut heads = begun(&store).await;
        let said = say(&store, &mut heads, &TEXTS, 0).await;
        assert_eq!(rows_indexed(&place).await, 8);
        drop(store);
        drop(open(&place, false).await);
        assert_eq!(rows_indexed(&place).await, 0);
        let store = open(&place, true).await;
        while !catch_up(&store, 3).await {}
        assert_eq!(
            find(&store, TENANT, "退款", None).await,
            wanted(&said, TENANT, "退款", None)
        );
    }
}

#[tokio::test]
async fn a_catch_up_takes_no_more_text_at_once_than_a_batch_may() {
    let long = "退款进度查询".repeat(600);
    let texts: Vec<&str> = std::iter::repeat_n(long.as_str(), 20).collect();
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = open(&place, false).await;
        let mut heads = begun(&store).await;
        say(&store, &mut heads, &texts, 0).await;
        drop(store);
        let store = open(&place, true).await;
        assert!(!catch_up(&store, 1_000).await);
        let indexed = rows_indexed(&place).await;
        assert!(
            (1..=8).contains(&indexed),
            "{indexed} of 20 messages of 10 KB"
        );
        while !catch_up(&store, 1_000).await {}
        assert_eq!(rows_indexed(&place).await, 20);
    }
}

/// The visitor takes back what they said at `seq`.
fn takes_back(head: &mut Head, seq: u64, unique: u64) -> Change {
    let mut advance = says(head, &format!("r{unique}"), "", unique);
    let recall = v1::body::Kind::Recall(v1::Recall { seq });
    let message = v1::Message {
        body: Some(v1::Body { kind: Some(recall) }),
        ..advance.messages[0].clone()
    };
    advance.messages = [message].into();
    advance.reference = Some(Reference::Recall { seq, since_ms: 0 });
    *head = (*advance.head).clone();
    Change::Advance(advance)
}

#[tokio::test]
async fn what_is_recalled_leaves_the_index_and_harms_no_neighbour() {
    for kind in KINDS {
        let place = Place::new(kind).await;
        let store = open(&place, true).await;
        let mut heads = begun(&store).await;
        let said = say(&store, &mut heads, &TEXTS, 0).await;
        let ids: Vec<u64> = said.iter().map(|(_, message)| message.id).collect();
        let indexed = rows_indexed(&place).await;
        // The first conversation was given the first text and the fifth.
        let gone = [1, 2].map(|seq| takes_back(&mut heads[0], seq, 200 + seq));
        let outcomes = store.apply(&gone).await.expect("it works");
        assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
        // A recall has no words of its own.
        assert_eq!(rows_indexed(&place).await, indexed - 2);
        let left: BTreeSet<u64> = find(&store, TENANT, "退款", None)
            .await
            .into_iter()
            .collect();
        assert_eq!(left, BTreeSet::from([ids[1], ids[5]]));
        assert_eq!(find(&store, TenantId(2), "退款", None).await.len(), 4);
        assert_eq!(find(&store, TENANT, "一", None).await, [0; 0]);
        // What follows is written and found as ever.
        let after = say(&store, &mut heads, &["退款九"], 300).await;
        assert_eq!(find(&store, TENANT, "九", None).await, [after[0].1.id]);
    }
}

/// Messages in the index, looked at past the store.
async fn rows_indexed(place: &Place) -> i64 {
    use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

    match place {
        Place::Sqlite(dir) => {
            let file = SqliteConnectOptions::new().filename(dir.path().join("kefu.db"));
            let mut look = file.connect().await.expect("opened");
            let (rows, terms) = (
                "SELECT count(*) FROM search_rows",
                "SELECT count(*) FROM search_terms",
            );
            let rows: i64 = sqlx::query_scalar(rows)
                .fetch_one(&mut look)
                .await
                .expect("counted");
            let terms: i64 = sqlx::query_scalar(terms)
                .fetch_one(&mut look)
                .await
                .expect("counted");
            assert_eq!(rows, terms, "rows and terms are in step");
            rows
        }
        Place::Postgres { database, .. } => {
            let mut look = database.connect().await;
            let count = sqlx::query_scalar("SELECT count(*) FROM search_messages");
            count.fetch_one(&mut look).await.expect("counted")
        }
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_leaves_nothing_in_the_index() {
    let place = Place::new(Kind::Sqlite).await;
    let store = place.open().await;
    let mut heads = begun(&store).await;
    let first = says(&heads[0], "a", "退款", 1);
    let mut clash = says(&heads[1], "b", "退款", 2);
    // Its place in the conversation is taken by the batch itself: the whole batch is rolled back.
    let message = clash.messages[0].clone();
    clash.messages = [
        message.clone(),
        v1::Message {
            id: 9,
            client_id: String::new(),
            ..message
        },
    ]
    .into();
    let refused = store
        .apply(&[Change::Advance(first), Change::Advance(clash)])
        .await;
    assert!(
        matches!(refused, Err(StoreError::Rejected(_))),
        "{refused:?}"
    );
    assert_eq!(find(&store, TENANT, "退款", None).await, [0; 0]);
    assert_eq!(say(&store, &mut heads, &["退款"], 50).await.len(), 1);
    assert_eq!(find(&store, TENANT, "退款", None).await.len(), 1);
}
