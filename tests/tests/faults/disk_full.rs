//! Row 6: the disk is full. Writes are refused with a reason, reads are served, and it heals by
//! itself when there is room.

use std::time::Duration;

use kefu_tests::{Crowd, Options, Postgres, Service, Shim, SmallDisk, generator};
use rand::Rng as _;

use crate::common::{assert_sound, crowd, impatient, metric, on, quick, until};

/// More than the room that is left beside the ballast, so that not one commit finds a hole.
const LONG: usize = 3_000;

/// What somebody sees of it: refusals that say when to come back, and every page of history.
async fn refuses_and_serves_reads(service: &Service, crowd: &mut Crowd) {
    let mut refused = 0;
    let clients = crowd.clients().len();
    for n in 0.. {
        let client = &mut crowd.clients()[n % clients];
        let (conversation, id) = (client.conversation, client.new_id());
        let answer = client.sends(conversation, &id, &"满".repeat(LONG)).await;
        refused += usize::from(answer.is_err_and(|refusal| refusal.code() == "unavailable"));
        if refused >= 5 {
            break;
        }
        assert!(n < 4_000, "it never fills");
    }
    let (status, told) = service.api().get("/readyz").await.expect("an answer");
    assert_eq!(status, 503, "{told}");
    for client in crowd.clients() {
        assert!(!client.stored(client.conversation).await.is_empty());
    }
    assert!(metric(&service.api(), "kefu_chat_refused_total", "").await >= 5.0);
}

async fn heals(service: &Service, crowd: &mut Crowd) {
    service.until_ready().await;
    for client in crowd.clients() {
        client.says("又可以了").await;
    }
    crowd.holds().await;
}

/// A tmpfs where this user may mount one, else files that cannot grow.
enum Disk {
    Small(SmallDisk),
    Shim(Shim),
}

impl Disk {
    fn set_full(&self, full: bool) {
        match self {
            Self::Small(disk) if full => disk.fill(),
            Self::Small(disk) => disk.free(),
            Self::Shim(shim) => shim.fill(full),
        }
    }
}

async fn fills_and_heals(disk: &Disk, options: Options, dir: &std::path::Path) {
    let service = Service::start(options).await;
    let admin = kefu_tests::Agent::first_admin(&service).await;
    drop(admin);
    let mut crowd = crowd(&service, 3).await;
    for client in crowd.clients() {
        client.says("在吗").await;
    }
    disk.set_full(true);
    refuses_and_serves_reads(&service, &mut crowd).await;
    // A core that starts on a full disk serves reads, too.
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    until("reads are served", async || {
        let client = &crowd.clients()[0];
        let path = format!("/api/v1/conversations/{}", client.conversation);
        matches!(client.api().get(&path).await, Ok((200, _)))
    })
    .await;
    refuses_and_serves_reads(&service, &mut crowd).await;
    disk.set_full(false);
    heals(&service, &mut crowd).await;

    // In the middle of people's talk, and killed.
    crowd.talks(Duration::from_millis(2));
    let pause = generator(crowd.history().seed()).random_range(20..100);
    tokio::time::sleep(Duration::from_millis(pause)).await;
    disk.set_full(true);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let dead = service.kill_role("chat");
    disk.set_full(false);
    service.until_restarted("chat", dead).await;
    crowd.holds().await;
    drop(service.kill_all().await);
    assert_sound(&dir.join("kefu.db")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_on_a_full_file_system_refuses_serves_reads_and_heals() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(disk) = SmallDisk::mount(dir.path(), 6) else {
        return; // The next test has the same by other means.
    };
    let options = quick().data_dir(dir.path());
    fills_and_heals(&Disk::Small(disk), options, dir.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_whose_files_cannot_grow_refuses_serves_reads_and_heals() {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let options = shim.under(quick().data_dir(dir.path()));
    fills_and_heals(&Disk::Shim(shim), options, dir.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_on_a_full_file_system_refuses_serves_reads_and_heals() {
    let mut server = Postgres::start().await;
    let dir = server.server().dir().join("small");
    std::fs::create_dir(&dir).expect("a directory");
    // An empty database alone has 8 MB; its write-ahead log lies elsewhere and never fills.
    let Some(disk) = SmallDisk::mount(&dir, 16) else {
        return;
    };
    let database = server.database_at(&dir).await;
    let service = Service::start(on(&database.url(), impatient(quick()))).await;
    drop(kefu_tests::Agent::first_admin(&service).await);
    let mut crowd = crowd(&service, 3).await;
    for client in crowd.clients() {
        client.says("在吗").await;
    }
    disk.fill();
    refuses_and_serves_reads(&service, &mut crowd).await;
    disk.free();
    heals(&service, &mut crowd).await;
    drop(service.kill_all().await);
    drop(database);
}
