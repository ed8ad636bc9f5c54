//! Rows 1 and 6 for pictures and files: an upload is reserved, kept and sealed, and processes die and
//! disks are full between these. What was not sealed is nobody's, a repeated upload is the same one, what
//! nobody repeats is swept, and the tenant's room is right to the byte afterwards (ADR 31).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use kefu_proto::v1::{Body, File, body::Kind};
use kefu_tests::{
    Agent, Api, Halt, Options, Service, Shim, Visitor, generator, history, seed, text,
};
use rand::Rng as _;
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::common::{impatient, quick, until};

/// Of most uploads here. What is not sent goes after 24 hours.
const BYTES: usize = 30_000;
const DAY_S: i64 = 25 * 3_600;

fn options(shim: &Shim, dir: &Path, room: usize) -> Options {
    shim.under(impatient(quick()).data_dir(dir))
        .env("KEFU_MEDIA__SWEEP_S", 1)
        .env("KEFU_MEDIA__TENANT_BYTES_MAX", room)
        .env("KEFU_MEDIA__UPLOADS_PER_MINUTE_PER_PERSON", 100_000)
        .env("KEFU_EDGE__REQUESTS_PER_MINUTE_PER_SESSION", 1_000_000)
        .env("KEFU_CHAT__USER_SESSION_HOURS", 1_000)
}

fn contents() -> Vec<u8> {
    vec![b'a'; BYTES]
}

fn entries(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Uploads that are coming in.
fn spooled(dir: &Path) -> usize {
    entries(&dir.join("media/spool")).len()
}

/// The ids under which bytes are kept: `media/<tenant>/<two digits>/<id>`.
fn kept(dir: &Path) -> BTreeSet<u64> {
    let tenants = entries(&dir.join("media")).into_iter();
    let spread = tenants.filter(|path| !path.ends_with("spool"));
    let spread = spread.flat_map(|tenant| entries(&tenant));
    let files = spread.flat_map(|digits| entries(&digits));
    files
        .filter_map(|file| file.file_name()?.to_str()?.parse().ok())
        .collect()
}

/// An upload that stops there while something happens to the service. Nobody is told that it is kept.
async fn interrupted(
    shim: &Shim,
    visitor: &Visitor,
    halt: Halt,
    client_id: &'static str,
    happens: impl AsyncFnOnce(),
) {
    shim.halt_media(Some(halt));
    let (api, conversation) = (visitor.api.clone(), visitor.conversation);
    let coming = tokio::spawn(async move {
        api.upload(conversation, client_id, "a.txt", contents())
            .await
    });
    until("it stops", async || shim.halted_media() == 1).await;
    happens().await;
    shim.halt_media(None);
    // Else the connection was cut.
    if let Ok((status, told)) = coming.await.expect("no panic") {
        assert!(status >= 500, "{status}: {told}");
    }
}

/// Kills a role; returns when it is dead.
async fn killed(service: &Service, role: &str) -> nix::unistd::Pid {
    let dead = service.kill_role(role);
    until("it is dead", async || service.pid_of(role) != Some(dead)).await;
    dead
}

/// Nobody is given it, and it goes into no message.
async fn is_nobodys(visitor: &mut Visitor, admin: &Api, id: u64) {
    for api in [&visitor.api, admin] {
        assert_eq!(api.download(id).await.expect("an answer").0, 404);
    }
    let file = File {
        media_id: id,
        name: "a.txt".into(),
        content_type: "text/plain".into(),
        bytes: BYTES as u64,
    };
    let kind = Some(Kind::File(file));
    let said = visitor.sends("not-mine", Body { kind }).await;
    assert_eq!(said, Err("invalid".to_owned()));
}

/// So many uploads more find room, and then not one byte does.
async fn fits(visitor: &Visitor, name: &str, uploads: usize) {
    let (api, conversation) = (&visitor.api, visitor.conversation);
    for n in 0..uploads {
        let client_id = format!("{name}{n}");
        until("there is room", async || {
            let taken = api.upload(conversation, &client_id, "a.txt", contents());
            matches!(taken.await, Ok((201, _)))
        })
        .await;
    }
    let client_id = format!("{name}-one");
    let one = api.upload(conversation, &client_id, "a.txt", b"x".to_vec());
    let (status, told) = one.await.expect("an answer");
    assert_eq!(
        (status, &told["code"]),
        (413, &"too_large".into()),
        "{told}"
    );
}

/// The same upload again.
async fn repeated(visitor: &Visitor, client_id: &str) -> (u64, Body) {
    let again = visitor
        .api
        .upload(visitor.conversation, client_id, "a.txt", contents());
    let (status, told) = again.await.expect("an answer");
    assert_eq!(status, 201, "{told}");
    let id = told["mediaId"].as_str().and_then(|id| id.parse().ok());
    let body = serde_json::from_value(told["body"].clone());
    (id.expect("an id"), body.expect("a body"))
}

/// An upload that stops there while a role is killed; returns when it lives again.
async fn interrupted_by_death(
    (service, shim): (&Service, &Shim),
    visitor: &mut Visitor,
    (victim, halt): (&str, Halt),
    client_id: &'static str,
) {
    let mut dead = None;
    interrupted(shim, visitor, halt, client_id, async || {
        dead = Some(killed(service, victim).await);
    })
    .await;
    let dead = dead.expect("it was killed");
    service.until_restarted(victim, dead).await;
    service.until_ready().await;
    visitor.reconnect(service).await;
}

/// A day passes, until only these are kept.
async fn swept(shim: &Shim, dir: &Path, kept_ids: &BTreeSet<u64>) {
    // While it does, what comes in now is as old.
    shim.set_clock(DAY_S);
    until("the others are swept", async || {
        kept(dir) == *kept_ids && spooled(dir) == 0
    })
    .await;
    shim.set_clock(0);
}

async fn dies_between(victim: &str, halt: Halt) {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    let service = Service::start(options(&shim, dir, 3 * BYTES)).await;
    let admin = Agent::first_admin(&service).await.api.clone();
    let mut visitor = Visitor::arrive(&service, "zh").await;
    let (here, how) = ((&service, &shim), (victim, halt));
    let left = match how {
        ("edge", Halt::Contents) => (0, 1),
        _ => (1, 0),
    };

    // Nobody repeats it.
    interrupted_by_death(here, &mut visitor, how, "u1").await;
    assert_eq!((kept(dir).len(), spooled(dir)), left, "{how:?}");
    for id in kept(dir) {
        is_nobodys(&mut visitor, &admin, id).await;
    }
    swept(&shim, dir, &BTreeSet::new()).await;
    fits(&visitor, "all", 3).await;
    swept(&shim, dir, &BTreeSet::new()).await;

    // It is repeated.
    interrupted_by_death(here, &mut visitor, how, "u2").await;
    let before = kept(dir);
    for id in &before {
        is_nobodys(&mut visitor, &admin, *id).await;
    }
    // Its room is taken, once.
    fits(&visitor, "beside", 2).await;
    let (id, body) = repeated(&visitor, "u2").await;
    assert!(before.is_empty() || before == BTreeSet::from([id]));
    let whole = visitor.api.download(id).await.expect("an answer");
    assert_eq!(whole, (200, contents()));
    visitor.sends("m1", body).await.expect("accepted");
    let whole = admin.download(id).await.expect("an answer");
    assert_eq!(whole, (200, contents()), "it was sent");
    swept(&shim, dir, &BTreeSet::from([id])).await;
    fits(&visitor, "after", 2).await;
    assert_eq!(spooled(dir), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_that_dies_before_the_bytes_have_a_name_leaves_nothing_half_sealed() {
    dies_between("edge", Halt::Contents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_that_dies_between_the_bytes_and_the_seal_leaves_nothing_half_sealed() {
    dies_between("edge", Halt::Name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_dies_between_the_bytes_and_the_seal_leaves_nothing_half_sealed() {
    dies_between("chat", Halt::Name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_for_bytes_nothing_is_kept_or_counted_and_people_talk_on() {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    let service = Service::start(options(&shim, dir, 3 * BYTES)).await;
    drop(Agent::first_admin(&service).await);
    let mut visitor = Visitor::arrive(&service, "zh").await;
    shim.fill_media(true);
    for _ in 0..3 {
        let refused = visitor
            .api
            .upload(visitor.conversation, "u1", "a.txt", contents());
        let (status, told) = refused.await.expect("an answer");
        assert_eq!((status, &told["code"]), (503, &"unavailable".into()));
        visitor.says("还在吗").await;
    }
    assert!(shim.failures() >= 3);
    assert!(kept(dir).is_empty());
    assert_eq!(spooled(dir), 0);
    shim.fill_media(false);
    fits(&visitor, "u", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_for_the_seal_the_bytes_are_nobodys_until_there_is_some() {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    let service = Service::start(options(&shim, dir, 3 * BYTES)).await;
    drop(Agent::first_admin(&service).await);
    let visitor = Visitor::arrive(&service, "zh").await;
    let mut talker = Visitor::arrive(&service, "zh").await;
    interrupted(&shim, &visitor, Halt::Name, "u1", async || {
        shim.fill(true);
        // Long ones first; then not even a short one finds a hole.
        for length in [3_000, 1] {
            let mut n = 0;
            until("the database is full", async || {
                n += 1;
                let id = format!("m{length}-{n}");
                let said = talker.sends(&id, text(&"满".repeat(length))).await;
                said.is_err_and(|code| code == "unavailable")
            })
            .await;
        }
    })
    .await;
    let before = kept(dir);
    assert_eq!(before.len(), 1);
    for id in &before {
        let (status, _) = visitor.api.download(*id).await.expect("an answer");
        assert_eq!(status, 404);
    }
    shim.fill(false);
    service.until_ready().await;
    let (id, _) = repeated(&visitor, "u1").await;
    assert_eq!(before, BTreeSet::from([id]));
    fits(&visitor, "beside", 2).await;
}

/// What one visitor was told: the contents of their uploads by id, and which of them were accepted in a
/// message.
#[derive(Default)]
struct Told {
    uploaded: BTreeMap<u64, Vec<u8>>,
    said: BTreeSet<u64>,
}

fn id_in(body: &Value) -> Option<u64> {
    body["file"]["mediaId"].as_str()?.parse().ok()
}

async fn uploads_until(
    (api, conversation): (Api, u64),
    seed: u64,
    stop: watch::Receiver<bool>,
) -> Told {
    let (mut random, mut told) = (generator(seed), Told::default());
    for n in 0.. {
        if *stop.borrow() {
            break;
        }
        let letter = b'a' + random.random_range(0..26_u8);
        let bytes = vec![letter; random.random_range(1..4_000)];
        let client_id = format!("u{n}");
        let body = loop {
            let upload = api.upload(conversation, &client_id, "a.txt", bytes.clone());
            match upload.await {
                Ok((200 | 201, taken)) => break taken["body"].clone(),
                // Some people close the page instead.
                _ if *stop.borrow() || random.random_bool(0.3) => break Value::Null,
                _ => sleep(Duration::from_millis(5)).await,
            }
        };
        let Some(id) = id_in(&body) else { continue };
        told.uploaded.insert(id, bytes);
        if random.random_bool(0.5) {
            let path = format!("/api/v1/conversations/{conversation}/messages");
            let message = json!({ "clientId": format!("m{n}"), "body": body });
            if let Ok((200 | 201, _)) = api.post(&path, message).await {
                told.said.insert(id);
            }
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_under_kills_are_whole_and_sent_or_gone() {
    const ROOM: usize = 4 << 20;
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let dir = dir.path();
    let seed = seed();
    let mut random = generator(seed);
    let service = Service::start(options(&shim, dir, ROOM)).await;
    drop(Agent::first_admin(&service).await);
    let (stop, stopped) = watch::channel(false);
    let mut uploading = Vec::new();
    for n in 0..3 {
        let visitor = Visitor::arrive(&service, "zh").await;
        let own = (visitor.api.clone(), visitor.conversation);
        let task = uploads_until(own.clone(), seed.wrapping_add(n), stopped.clone());
        uploading.push((own, tokio::spawn(task)));
    }
    for round in 0..20 {
        sleep(Duration::from_millis(random.random_range(20..150))).await;
        // What waits to be sent is swept under their hands, and under kills.
        match round {
            8 => shim.set_clock(DAY_S),
            12 => shim.set_clock(0),
            _ => {}
        }
        let role = ["edge", "chat"][random.random_range(0..2)];
        let dead = service.kill_role(role);
        service.until_restarted(role, dead).await;
        service.until_ready().await;
    }
    stop.send(true).expect("they listen");
    let (mut sent, mut used) = (BTreeSet::new(), 0);
    for ((api, conversation), task) in &mut uploading {
        let told = task.await.expect("no panic");
        let stored = history(api, *conversation).await;
        let said = stored.iter().filter_map(|message| id_in(&message["body"]));
        let said: BTreeSet<u64> = said.collect();
        assert!(
            told.said.is_subset(&said),
            "seed {seed}: acknowledged, lost"
        );
        for id in said {
            let (status, bytes) = api.download(id).await.expect("an answer");
            assert_eq!(status, 200, "seed {seed}: {id} was sent");
            assert_eq!(told.uploaded.get(&id), Some(&bytes), "seed {seed}");
            used += bytes.len();
            sent.insert(id);
        }
    }
    assert!(sent.len() > 10, "only {} were sent", sent.len());
    // Some came in a day ahead.
    shim.set_clock(2 * DAY_S);
    until("what was not sent is gone", async || {
        kept(dir) == sent && spooled(dir) == 0
    })
    .await;
    shim.set_clock(0);
    // The tenant has all the room that is left, and not a byte more.
    let (api, conversation) = &uploading[0].0;
    until("the room is right", async || {
        let rest = api.upload(*conversation, "rest", "a.txt", vec![b'z'; ROOM - used]);
        matches!(rest.await, Ok((201, _)))
    })
    .await;
    let one = api.upload(*conversation, "one", "a.txt", b"x".to_vec());
    assert_eq!(one.await.expect("an answer").0, 413, "seed {seed}");
}
