//! Row 25: restored from a backup that was taken while people talked. All that was acknowledged
//! before it is there; what came after is gone, and the service says so to those who have seen it.
//!
//! Sequences that were lost are given out again, for a sequence has no gaps, but in another epoch;
//! ids are not. So whoever comes back is given the true history, also when the store has passed the
//! place where they were.

mod postgres;
mod returning;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use kefu_proto::v1::{Message, Open, client_frame, server_frame};
use kefu_tests::{
    Codec, Crowd, Service, Socket, assert_gapless, binary,
    history::{Event, Key},
    text_of, workspace_root,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

use crate::common::{assert_sound, crowd, quick};

/// What was acknowledged until now.
fn acknowledged(crowd: &Crowd) -> BTreeMap<Key, (u64, u64)> {
    let events = crowd.history().events();
    let told = events.into_iter().filter_map(|event| match event {
        Event::Acknowledged { key, id, seq, .. } => Some((key, (id, seq))),
        _ => None,
    });
    told.collect()
}

/// Talks before, during and after `backup`; what was stored at the end, and what must survive.
async fn talks_through(
    crowd: &mut Crowd,
    backup: impl AsyncFnOnce(),
) -> (BTreeMap<Key, (u64, u64)>, Vec<Vec<Message>>) {
    crowd.talks(Duration::from_millis(1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let until = acknowledged(crowd);
    backup().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stored = crowd.reads_all().await;
    assert!(
        acknowledged(crowd).len() > until.len(),
        "nothing came after it"
    );
    crowd.history().assert_holds(&stored);
    (until, stored)
}

/// The service stands on the backup now.
async fn goes_on(
    service: &Service,
    crowd: &mut Crowd,
    must: &BTreeMap<Key, (u64, u64)>,
    had: &[Vec<Message>],
) {
    crowd.place().set(&service.base);
    let base = service.base.clone();
    let mut ids: BTreeSet<u64> = had.iter().flatten().map(|message| message.id).collect();
    for (client, had) in crowd.clients().iter_mut().zip(had) {
        let conversation = client.conversation;
        let has = client.stored(conversation).await;
        assert_gapless(&has);
        assert!(has.len() <= had.len());
        for (has, had) in has.iter().zip(had) {
            let of = |message: &Message| (message.id, message.seq, message.client_id.clone());
            assert_eq!(of(has), of(had), "history was rewritten");
        }
        let places: BTreeMap<Key, (u64, u64)> = has
            .iter()
            .map(|message| (Key::of(message), (message.id, message.seq)))
            .collect();
        for (key, place) in must
            .iter()
            .filter(|(key, _)| key.conversation == conversation)
        {
            assert_eq!(
                places.get(key),
                Some(place),
                "{key:?} was acknowledged before the backup"
            );
        }

        // Somebody who has seen more than there is: told how far it goes, and given what follows.
        let last = had.last().expect("some").seq;
        let mut ahead = Socket::hello(&base, Codec::Json, client.api().token())
            .await
            .expect("hello");
        let open = Open {
            conversation_id: conversation,
            after_seq: last + 1,
            ..Open::default()
        };
        ahead
            .send(client_frame::Body::Open(open))
            .await
            .expect("connected");
        let opened = loop {
            match ahead.next().await.expect("a frame").body {
                Some(server_frame::Body::Opened(opened)) => break opened,
                other => assert!(!matches!(other, Some(server_frame::Body::Messages(_)))),
            }
        };
        let head = opened.conversation.expect("a head");
        assert_eq!(head.last_seq, has.len() as u64, "it says how far it goes");
        // What was lost may be said again, under its id.
        let lost = had[has.len()..]
            .iter()
            .find(|message| !message.client_id.is_empty());
        let id = lost.map_or("after".into(), |message| message.client_id.clone());
        let words = lost.map_or("备份之后", text_of);
        let told = client
            .posts(conversation, &id, words)
            .await
            .expect("it is new");
        assert!(!told.duplicate);
        assert_eq!(told.seq, has.len() as u64 + 1);
        assert!(ids.insert(told.id), "an id was given out again");
        let next = loop {
            if let Some(server_frame::Body::Messages(batch)) =
                ahead.next().await.expect("a frame").body
            {
                break batch.messages[0].clone();
            }
        };
        assert_eq!((next.id, next.seq), (told.id, told.seq));

        // Its own device comes back as every page does, and knows the epoch of now.
        let before = client.epoch;
        assert_ne!(before, 0, "it was told one");
        client.hang_up();
        returning::hears_of_a_new_epoch(client).await;
        client.reads_until(conversation, told.seq).await;
        returning::after_the_store_has_passed(&base, client, had, before).await;
    }
}

/// An admin's word, where nothing but the backup is left.
async fn says_that_it_was_restored(data_dir: &Path) -> std::process::Output {
    let mut command = tokio::process::Command::new(binary());
    command
        .args(["store", "restored", "--data-dir"])
        .arg(data_dir)
        .current_dir(workspace_root());
    command.output().await.expect("it runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_sqlite_taken_while_it_runs_has_all_that_was_acknowledged_before() {
    let dirs = [(); 2].map(|()| tempfile::tempdir().expect("a directory"));
    let service = Service::start(quick().data_dir(dirs[0].path())).await;
    let mut crowd = crowd(&service, 4).await;
    let (from, to) = (
        dirs[0].path().join("kefu.db"),
        dirs[1].path().join("kefu.db"),
    );
    let (must, had) = talks_through(&mut crowd, async || backup(&from, &to).await).await;
    let refused = says_that_it_was_restored(dirs[0].path()).await;
    let words = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(78), "{words}");
    assert!(words.contains("stop the service first"), "{words}");
    drop(service.kill_all().await);
    assert_sound(&to).await;
    let told = says_that_it_was_restored(dirs[1].path()).await;
    assert!(told.status.success(), "{told:?}");
    let service = Service::start(quick().data_dir(dirs[1].path())).await;
    goes_on(&service, &mut crowd, &must, &had).await;
    drop(service.kill_all().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_takes_the_place_of_the_database_is_noticed() {
    let (dir, aside) = (
        tempfile::tempdir().expect("a directory"),
        tempfile::tempdir().expect("a directory"),
    );
    let options = || quick().data_dir(dir.path());
    let mut service = Service::start(options()).await;
    let mut crowd = crowd(&service, 4).await;
    let (file, copy) = (dir.path().join("kefu.db"), aside.path().join("copy.db"));
    let (must, had) = talks_through(&mut crowd, async || backup(&file, &copy).await).await;
    assert_eq!(service.terminate().await, Some(0), "{}", service.log());
    for name in ["kefu.db", "kefu.db-wal", "kefu.db-shm"] {
        let _ = std::fs::remove_file(dir.path().join(name));
    }
    std::fs::copy(&copy, &file).expect("it is put back");
    let service = Service::start(options()).await;
    service.until_logged("the store was put back in time").await;
    goes_on(&service, &mut crowd, &must, &had).await;
    // Started again, it is the same store in the same epoch: nobody need read anew.
    drop(service);
    let mut service = Service::start(options()).await;
    crowd.place().set(&service.base);
    for client in crowd.clients() {
        let epoch = client.epoch;
        client.hang_up();
        let told = client.says("还在").await;
        client.reads_until(client.conversation, told.seq).await;
        assert_eq!(client.epoch, epoch);
    }
    assert!(!service.log().contains("put back"), "{}", service.log());
    service.terminate().await;
}

/// From beside the service, as an operator does.
async fn backup(from: &Path, to: &Path) {
    let url = format!("sqlite://{}?mode=ro", from.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("it opens");
    let sql = format!("VACUUM INTO '{}'", to.display());
    let made = connection.execute(AssertSqlSafe(sql)).await;
    made.expect("a backup is made");
}
