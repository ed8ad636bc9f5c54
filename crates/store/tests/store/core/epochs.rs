//! A store that was put back in time begins a new epoch before it is served from.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kefu_chat::{
    Core, CoreError,
    store::{Seen, SharedStore, Witness, WitnessFuture},
};
use kefu_proto::v1::{self, link_down};
use kefu_types::{ManualClock, SeededEntropy, Snowflake};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _,
    sqlite::SqliteConnectOptions,
};

use super::{super::KIND, world::settings};
use crate::stores::Place;

/// As a file in the data directory is.
#[derive(Default)]
struct Memory(Mutex<Option<Seen>>);

impl Memory {
    fn seen(&self) -> Seen {
        self.0.lock().expect("no panic").unwrap_or_default()
    }
}

impl Witness for Memory {
    fn recall(&self) -> WitnessFuture<'_, Option<Seen>> {
        let seen = *self.0.lock().expect("no panic");
        Box::pin(async move { Ok(seen) })
    }

    fn note(&self, seen: Seen) -> WitnessFuture<'_, ()> {
        *self.0.lock().expect("no panic") = Some(seen);
        Box::pin(async { Ok(()) })
    }
}

const STARTED_MS: i64 = 1_790_000_000_000;

async fn start(store: &SharedStore, witness: &Arc<Memory>, seed: u64) -> Arc<Core> {
    let clock = Arc::new(ManualClock::new(STARTED_MS));
    let ids = Snowflake::new(clock.clone(), 1).expect("the node fits");
    let entropy = Arc::new(SeededEntropy::new(seed));
    let witness = Some(witness.clone() as _);
    let started = Core::start_before(store.clone(), witness, clock, entropy, ids, settings());
    started.await.expect("the core starts")
}

/// Of everything that an edge is told.
async fn epoch(core: &Arc<Core>) -> u64 {
    let (_link, mut events) = core.open_link().expect("there is room");
    match events.next().await.and_then(|down| down.body) {
        Some(link_down::Body::Ready(ready)) => ready.epoch,
        other => panic!("not ready: {other:?}"),
    }
}

async fn visitor(core: &Core) -> (String, u64) {
    let created = core.create_visitor(v1::CreateVisitorRequest::default());
    let created = created.await.expect("a visitor comes");
    let who = created.principal.expect("somebody");
    (created.token, who.conversation_id)
}

#[tokio::test]
async fn a_core_that_starts_again_stays_in_its_epoch_and_one_that_was_put_back_does_not() {
    let place = Place::new(KIND).await;
    let store = place.open().await;
    let witness = Arc::new(Memory::default());
    let core = start(&store, &witness, 1).await;
    let first = epoch(&core).await;
    assert!(first > 0);
    core.drain().await;
    let kept = witness.seen();
    assert_eq!(kept.lineage.epoch, first);
    assert_eq!(kept.ceiling, store.ceiling().await.expect("readable"));

    let core = start(&store, &witness, 2).await;
    assert_eq!(epoch(&core).await, first, "it went on");
    core.drain().await;

    // The witness has seen ids that the store has not.
    let ceiling = kept.ceiling + (5 << 22);
    let ahead = Seen { ceiling, ..kept };
    *witness.0.lock().expect("no panic") = Some(ahead);
    let core = start(&store, &witness, 3).await;
    let second = epoch(&core).await;
    assert!(second > first);
    let (_, conversation) = visitor(&core).await;
    assert!(conversation > ceiling, "no id is given out again");
    core.drain().await;
    assert_eq!(witness.seen().lineage.epoch, second);

    // Put back to before that epoch began, with nothing lost.
    let mut later = witness.seen();
    later.lineage.epoch += 1;
    *witness.0.lock().expect("no panic") = Some(later);
    let core = start(&store, &witness, 4).await;
    assert!(epoch(&core).await > later.lineage.epoch);
    core.drain().await;

    // What was seen of another store says nothing about this one.
    let known = store.lineage().await.expect("readable");
    let mut other = witness.seen();
    other.lineage.identity ^= 1;
    other.ceiling = u64::MAX >> 1;
    *witness.0.lock().expect("no panic") = Some(other);
    let core = start(&store, &witness, 5).await;
    assert_eq!(epoch(&core).await, known.epoch);
    core.drain().await;
    assert_eq!(witness.seen().lineage, known);
}

#[tokio::test]
async fn whatever_carries_a_position_says_its_epoch_and_a_mark_of_another_is_refused() {
    let place = Place::new(KIND).await;
    let store = place.open().await;
    let core = start(&store, &Arc::default(), 1).await;
    let now = epoch(&core).await;
    let (session, conversation_id) = visitor(&core).await;
    let session = || session.clone();
    let head = core.get_conversation(v1::GetConversationRequest {
        session: session(),
        conversation_id,
    });
    assert_eq!(head.await.expect("readable").epoch, now);
    let page = core.list_messages(v1::ListMessagesRequest {
        session: session(),
        conversation_id,
        ..Default::default()
    });
    assert_eq!(page.await.expect("readable").epoch, now);
    let missed = core.missed(v1::MissedRequest {
        session: session(),
        ..Default::default()
    });
    assert_eq!(missed.await.expect("readable").epoch, now);
    let mark = async |epoch| {
        let mark = v1::Mark {
            conversation_id,
            epoch,
            ..Default::default()
        };
        let marked = core.mark(v1::MarkRequest {
            session: session(),
            mark: Some(mark),
            ..Default::default()
        });
        marked.await.map(drop)
    };
    assert_eq!(mark(0).await, Ok(()));
    assert_eq!(mark(now).await, Ok(()));
    let refused = mark(now - 1).await;
    assert!(
        matches!(refused, Err(CoreError::Conflict(_))),
        "{refused:?}"
    );
}

/// Past the store, as a restore does it.
async fn put_back(place: &Place) {
    match place {
        Place::Sqlite(dir) => {
            let file = SqliteConnectOptions::new().filename(dir.path().join("kefu.db"));
            let mut connection = file.connect().await.expect("opened");
            let sql = "UPDATE marks SET value = value - 1 WHERE name = 'ceiling'";
            let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
            done.expect("written");
            connection.close().await.expect("closed");
        }
        Place::Postgres { database, .. } => {
            let mut connection = database.connect().await;
            let sql = "UPDATE writers SET ceiling = ceiling - 1";
            let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
            done.expect("written");
        }
    }
}

#[tokio::test]
async fn a_store_that_is_put_back_under_a_core_ends_it() {
    let place = Place::new(KIND).await;
    let store = place.open().await;
    let witness = Arc::new(Memory::default());
    let core = start(&store, &witness, 1).await;
    visitor(&core).await;
    let ceiling = store.ceiling().await.expect("readable");
    let noted = async {
        while witness.seen().ceiling < ceiling {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let patience = Duration::from_secs(60);
    let noted = tokio::time::timeout(patience, noted).await;
    noted.expect("it is noted within a second or so");
    put_back(&place).await;
    let reason = tokio::time::timeout(patience, core.failed()).await;
    let reason = reason.expect("it is noticed");
    assert!(reason.contains("put back"), "{reason}");
    assert_eq!(witness.seen().ceiling, ceiling, "the next start can tell");
}
