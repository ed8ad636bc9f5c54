//! Databases of every earlier layout, with rows in them, are brought up to date and read as they
//! were. A migration without rows in `layouts/` fails here: write those that it adds or alters.

mod assist;
mod events;
mod groups;
mod left;
mod supervision;

use std::{collections::BTreeSet, path::Path};

use kefu_chat::{
    ContentHash, Person, Reach, Subject, TokenHash,
    store::{Change, Lineage, Outcome, Page, SharedStore},
};
use kefu_proto::v1;
use kefu_text::search::Query;
use kefu_types::{AgentId, ConversationId, MediaId};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection, Executor, SqliteConnection,
    migrate::{Migrate, Migrator},
    sqlite::SqliteConnectOptions,
};

use crate::{
    rows::{TENANT, says, text},
    stores::{KINDS, Kind, Place},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgres",
    }
}

async fn migrations(kind: Kind) -> Migrator {
    let dir = Path::new(ROOT).join("migrations").join(name(kind));
    let mut found = Migrator::new(dir).await.expect("migrations are readable");
    if kind == Kind::Postgres {
        found.dangerous_set_table_name("kefu_migrations");
        found.set_locking(false);
    }
    found
}

async fn versions(kind: Kind) -> BTreeSet<i64> {
    let found = migrations(kind).await;
    found.iter().map(|migration| migration.version).collect()
}

/// What a program of this layout wrote, in the words of the store.
fn rows(kind: Kind, version: i64) -> String {
    let file = Path::new(ROOT).join(format!("tests/store/layouts/{version:04}.sql"));
    let text = std::fs::read_to_string(&file);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let text = text.replace(&format!("--{} ", name(kind)), "");
    match kind {
        Kind::Sqlite => text,
        Kind::Postgres => text.replace("X'", r"'\x"),
    }
}

/// Lives through the layouts up to `last`, filled in each.
async fn fill<C>(connection: &mut C, kind: Kind, last: i64)
where
    C: Migrate,
    for<'c> &'c mut C: Executor<'c>,
{
    let migrations = migrations(kind).await;
    for version in versions(kind).await.range(..=last) {
        let moved = migrations
            .run_direct(Some(*version), connection, false)
            .await;
        moved.expect("an earlier layout can be made");
        let sql = AssertSqlSafe(rows(kind, *version));
        let filled = Executor::execute(&mut *connection, sqlx::raw_sql(sql)).await;
        filled.unwrap_or_else(|error| panic!("{kind:?}, rows of layout {version}: {error}"));
    }
}

async fn of_layout(kind: Kind, version: i64) -> Place {
    let place = Place::new(kind).await;
    match &place {
        Place::Sqlite(dir) => {
            let file = SqliteConnectOptions::new().filename(dir.path().join("kefu.db"));
            let created = file.create_if_missing(true).connect().await;
            let mut connection: SqliteConnection = created.expect("created");
            fill(&mut connection, kind, version).await;
            connection.close().await.expect("closed");
        }
        Place::Postgres { database, .. } => {
            let mut connection = database.connect().await;
            fill(&mut connection, kind, version).await;
            connection.close().await.expect("closed");
        }
    }
    place
}

/// What layout 1 holds.
async fn people_and_talk_are_there(store: &SharedStore) {
    assert_eq!(store.tenant("t1").await, Ok(Some(TENANT)));
    let admin = store
        .user(TENANT, AgentId(7))
        .await
        .expect("readable")
        .expect("stored");
    assert_eq!(
        (admin.name.as_str(), admin.role, admin.version),
        ("李", v1::Role::Admin, 4)
    );
    let session = async |id: &str| {
        let session = store.session(TokenHash::of(id)).await.expect("readable");
        session.expect("stored")
    };
    assert_eq!(session("20").await.subject, Subject::User(AgentId(7)));
    assert_eq!(session("21").await.revoked_at_ms, 77);
    assert!(store.ceiling().await.expect("readable") >= 900);
    let waiting = store
        .unsettled(ConversationId(0), 10)
        .await
        .expect("readable");
    let head = waiting.first().expect("it waits");
    assert_eq!(
        (head.version, head.phase(), head.last_seq),
        (3, v1::Phase::Queued, 2)
    );
    assert_eq!(
        head.rank.map(|rank| (rank.lane, rank.fresh, rank.ticket)),
        Some((2, true, 30))
    );
    let said = store
        .messages(TENANT, head.id, Page::After(0), 10)
        .await
        .expect("readable");
    let bodies: Vec<_> = said.iter().map(|message| message.body.clone()).collect();
    assert_eq!(bodies, [Some(text("你好")), Some(text("你好"))]);
    // And it goes on.
    let repeated = says(head, "c1", "你好", 1);
    let next = says(head, "c2", "再见", 2);
    let outcomes = store
        .apply(&[repeated, next].map(Change::Advance))
        .await
        .expect("it works");
    assert!(
        matches!(&outcomes[0], Outcome::Duplicate(stored) if stored.id == 40 && stored.same_body)
    );
    assert_eq!(outcomes[1], Outcome::Applied);
}

/// What layout 2 adds.
async fn versions_are_there(store: &SharedStore) {
    let content = ContentHash::of(b"one two");
    let version = store
        .version(TENANT, 1)
        .await
        .expect("readable")
        .expect("stored");
    assert_eq!((version.hash.as_str(), version.files.len()), ("foo", 1));
    assert_eq!(version.files[0].sha256, content.to_string());
    assert_eq!(
        store.piece(TENANT, content, 1).await,
        Ok(Some(b"two".to_vec()))
    );
}

/// What layout 3 adds.
async fn offsets_are_there(store: &SharedStore) {
    let said = store
        .messages(TENANT, ConversationId(11), Page::After(0), 10)
        .await
        .expect("readable");
    let offsets = said.iter().map(|message| message.utc_offset_minutes);
    assert_eq!(offsets.collect::<Vec<_>>(), [Some(-300)]);
}

/// What layout 4 adds.
async fn quotes_recalls_and_cursors_are_there(store: &SharedStore) {
    let id = ConversationId(12);
    let said = store.messages(TENANT, id, Page::After(0), 10).await;
    let said = said.expect("readable");
    let seen: Vec<_> = said
        .iter()
        .map(|message| {
            (
                message.quote_seq,
                message.recalled_seq,
                message.body.is_some(),
            )
        })
        .collect();
    assert_eq!(seen, [(0, 0, true), (1, 3, false), (0, 0, true)]);
    let head = store.head(TENANT, id).await.expect("readable");
    assert_eq!(head.map(|head| head.preview_seq), Some(2));
    let reach = Reach {
        delivered_seq: 3,
        read_seq: 2,
    };
    let visitor = Person { sender: 1, id: 12 };
    assert_eq!(
        store.cursors(TENANT, id, 9).await,
        Ok(vec![(visitor, reach)])
    );
}

/// What every layout says, and layout 5 has indexed in part.
async fn greetings_are_found(store: &SharedStore, version: i64) {
    for _ in 0..9 {
        let more = store.apply(&[Change::IndexOlder { messages_max: 2 }]).await;
        more.expect("it works");
    }
    let query = Query::of("你好");
    let found = store.search(TENANT, &query, None, u64::MAX, 9).await;
    let found = found.expect("searchable");
    let ids: Vec<u64> = found.iter().map(|message| message.id).collect();
    // The way through what is older had passed the first of them in layout 5.
    let is_found = |id: u64| ids.contains(&id);
    assert_eq!(
        [40, 41].map(is_found),
        [version < 5; 2],
        "layout {version}: {ids:?}"
    );
    assert_eq!(
        [70, 71].map(is_found),
        [version >= 5; 2],
        "layout {version}: {ids:?}"
    );
}

/// What layout 6 adds.
async fn priorities_are_there(store: &SharedStore) {
    let head = store.head(TENANT, ConversationId(16)).await;
    let head = head.expect("readable").expect("stored");
    assert_eq!(head.priority, v1::Priority::Vip);
}

/// What layout 7 adds.
async fn its_epoch_is_there(store: &SharedStore) {
    let lineage = Lineage {
        identity: 71,
        epoch: 72,
    };
    assert_eq!(store.lineage().await, Ok(lineage));
}

/// What layout 8 adds.
async fn uploads_are_there(store: &SharedStore) {
    let waiting = store.media(TENANT, MediaId(81)).await;
    let waiting = waiting.expect("readable").expect("stored");
    let file = v1::File {
        media_id: 81,
        name: "a.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        bytes: 5,
    };
    let kind = Some(v1::body::Kind::File(file));
    assert_eq!(waiting.body, v1::Body { kind });
    assert_eq!((waiting.sealed, waiting.seq), (true, 0));
    let gone = store.gone_media(9).await.expect("readable");
    let gone: Vec<_> = gone.iter().map(|one| (one.id, one.sent_at_ms)).collect();
    assert_eq!(gone, [(MediaId(82), 7)]);
}

/// What layout 10 adds.
async fn notes_and_canned_replies_are_there(store: &SharedStore) {
    let notes = store
        .notes(TENANT, ConversationId(10), Page::After(0), 9)
        .await;
    let body = v1::NoteBody {
        text: "@li 请看 !".to_owned(),
        mentioned_ids: vec![3, 4],
        whisper: true,
    };
    let note = v1::Note {
        id: 91,
        conversation_id: 10,
        number: 1,
        author_id: 3,
        author_name: "Li".to_owned(),
        client_id: "n1".to_owned(),
        created_at_ms: 9,
        after_seq: 1,
        body: Some(body),
    };
    assert_eq!(notes, Ok(vec![note.clone()]));
    assert_eq!(store.mentions(TENANT, AgentId(4), 9).await, Ok(vec![note]));
    assert_eq!(store.mentions(TENANT, AgentId(3), 9).await, Ok(Vec::new()));
    let reply = v1::CannedReply {
        id: 92,
        owner_id: 0,
        shortcut: "hi".to_owned(),
        title: "Greeting".to_owned(),
        text_zh: "您好 {visitor.name}".to_owned(),
        text_en: String::new(),
        version: 1,
        updated_at_ms: 9,
    };
    assert_eq!(store.canned(TENANT, AgentId(3)).await, Ok(vec![reply]));
    let tags = store.tags(TENANT, ConversationId(10)).await;
    assert_eq!(tags, Ok(vec!["投诉".to_owned()]));
}

async fn endings_are_there(store: &SharedStore) {
    let endings = store
        .endings(TENANT, ConversationId(10), 9)
        .await
        .expect("readable");
    let facts = endings.iter().map(|it| {
        let score = it.rating.as_ref().map_or(0, |rating| rating.score);
        let category = it.summary.as_ref().map(|summary| summary.category.as_str());
        (it.ended_seq, score, category)
    });
    assert_eq!(facts.collect::<Vec<_>>(), [(3, 5, Some("order"))]);
}

/// What layout 15 adds.
async fn identities_are_there(store: &SharedStore) {
    let known = store.identity(TENANT, "kunde-7").await;
    let known = known.expect("readable").expect("stored");
    assert_eq!(known.conversation, ConversationId(10));
    assert_eq!((known.visitor.0, known.created_at_ms), (10, 5));
}

#[tokio::test]
async fn rows_of_every_earlier_layout_are_read_as_they_were() {
    for kind in KINDS {
        for version in versions(kind).await {
            let place = of_layout(kind, version).await;
            let store = place.open().await;
            people_and_talk_are_there(&store).await;
            if version >= 2 {
                versions_are_there(&store).await;
            }
            if version >= 3 {
                offsets_are_there(&store).await;
            }
            if version >= 4 {
                quotes_recalls_and_cursors_are_there(&store).await;
            }
            if version >= 6 {
                priorities_are_there(&store).await;
            }
            if version >= 7 {
                its_epoch_is_there(&store).await;
            }
            if version >= 8 {
                uploads_are_there(&store).await;
            }
            if version >= 9 {
                groups::groups_are_there(&store).await;
            }
            if version >= 10 {
                notes_and_canned_replies_are_there(&store).await;
            }
            if version >= 11 {
                endings_are_there(&store).await;
            }
            if version >= 12 {
                left::messages_left_are_there(&store).await;
            }
            if version >= 14 {
                assist::counts_and_pages_are_there(&store).await;
            }
            if version >= 13 {
                events::are_there(&store).await;
            }
            if version >= 15 {
                identities_are_there(&store).await;
            }
            if version >= 16 {
                supervision::promises_and_alerts_are_there(&store).await;
            }
            if version >= 17 {
                groups::what_is_owned_of_a_group_is_counted(&store).await;
            }
            greetings_are_found(&store, version).await;
            drop(store);
            // Once more, now that nothing is to be done.
            assert_eq!(place.open().await.tenant("t1").await, Ok(Some(TENANT)));
        }
    }
}

#[tokio::test]
async fn both_stores_have_the_same_layouts() {
    assert_eq!(versions(Kind::Sqlite).await, versions(Kind::Postgres).await);
}
