//! Row 5: the database stalls, hangs or dies. Every call ends with a reason, nothing grows, and it
//! heals by itself. `make soak -- --store postgres` stalls it for 30 seconds.

use std::time::Duration;

use kefu_tests::{Crowd, Postgres, Service, Shim, sampled};

use crate::common::{crowd, impatient, on, quick, until};

/// Longer than every limit of an impatient service.
const STALL: Duration = Duration::from_secs(4);
/// What a process may grow in a stall: its queues are bounded.
const GROWTH_KIB_MAX: u64 = 64 * 1024;

/// Talks on through a stall: what is sent is refused with a reason or acknowledged later.
async fn is_borne(service: &Service, crowd: &mut Crowd, begin: impl Fn(), end: impl Fn()) {
    crowd.talks(Duration::ZERO);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let core = service.pid_of("chat").expect("the core lives");
    begin();
    until("it says so", async || {
        matches!(service.api().get("/readyz").await, Ok((503, _)))
    })
    .await;
    let before = sampled(core).expect("it lives");
    tokio::time::sleep(STALL).await;
    let during = sampled(core).expect("it lives through the stall");
    end();
    service.until_ready().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let summary = crowd.holds().await;
    assert!(summary.refused > 0, "{summary}");
    let grown = during.resident_kib.saturating_sub(before.resident_kib);
    assert!(grown < GROWTH_KIB_MAX, "{before:?} {during:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_stalls_and_one_that_crashes_are_borne() {
    let mut server = Postgres::start().await;
    let database = server.database().await;
    let service = Service::start(on(&database.url(), impatient(quick()))).await;
    let mut crowd = crowd(&service, 8).await;
    let paused = &*server.server();
    is_borne(&service, &mut crowd, || paused.pause(), || paused.resume()).await;
    crowd.talks(Duration::from_millis(1));
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.server().crash_and_restart();
        service.until_ready().await;
    }
    crowd.holds().await;
    drop(service.kill_all().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_under_sqlite_is_borne() {
    let shim = Shim::new();
    let service = Service::start(shim.under(impatient(quick()))).await;
    let mut crowd = crowd(&service, 8).await;
    crowd.talks(Duration::ZERO);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let core = service.pid_of("chat").expect("the core lives");
    shim.hold_syncs(true);
    until("a commit hangs", async || shim.held() > 0).await;
    let before = sampled(core).expect("it lives");
    tokio::time::sleep(STALL).await;
    let during = sampled(core).expect("it lives");
    shim.hold_syncs(false);
    service.until_ready().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let summary = crowd.holds().await;
    assert!(summary.refused > 0, "{summary}");
    let grown = during.resident_kib.saturating_sub(before.resident_kib);
    assert!(grown < GROWTH_KIB_MAX, "{before:?} {during:?}");
}
