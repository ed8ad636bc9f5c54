//! Row 3: the power goes, and with it what was not synced. `shim.c` knows what that is; see
//! `kefu_tests::Shim`.

use std::{sync::Arc, time::Duration};

use kefu_tests::{Crowd, History, Place, Service, Shim, generator, history::Promise, seed};
use rand::Rng as _;

use crate::common::{assert_sound, quick, until};

/// Lets a commit hang in its sync, so that something is unsynced for certain, and kills all.
async fn dies_in_a_commit(shim: &Shim, service: Service) {
    shim.hold_syncs(true);
    until("a commit waits for the disk", async || shim.held() > 0).await;
    drop(service.kill_all().await);
    shim.hold_syncs(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_loss_of_all_unsynced_sectors() {
    let seed = seed();
    let mut random = generator(seed);
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let options = || shim.under(quick().data_dir(dir.path()));
    let mut service = Service::start(options()).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed));
    let mut crowd = Crowd::gather(&place, &history, 6).await;
    let mut sectors = 0;
    for _ in 0..3 {
        crowd.talks(Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(random.random_range(50..400))).await;
        dies_in_a_commit(&shim, service).await;
        let lost = shim.lose_power(dir.path(), &mut random);
        eprintln!("{lost:?}");
        sectors += lost.sectors;
        service = Service::start(options()).await;
        place.set(&service.base);
        crowd.rests().await;
    }
    assert!(sectors > 0, "nothing was taken away; nothing was tested");
    crowd.holds().await;
    drop(service.kill_all().await);
    assert_sound(&dir.path().join("kefu.db")).await;
}

/// The proof of the test above: a program that does not sync its log, as with SQLite's
/// `synchronous` at NORMAL, is caught.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_synced_is_caught() {
    let seed = seed();
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let options = || shim.under(quick().data_dir(dir.path()));
    let mut service = Service::start(options()).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed));
    let mut crowd = Crowd::gather(&place, &history, 4).await;
    service.terminate().await;

    shim.lie_about_log_syncs();
    let service = Service::start(options()).await;
    place.set(&service.base);
    for client in crowd.clients() {
        for _ in 0..10 {
            client.says("在吗").await;
        }
    }
    drop(service.kill_all().await);
    let lost = shim.lose_power(dir.path(), &mut generator(seed));
    eprintln!("{lost:?}");

    let service = Service::start(options()).await;
    place.set(&service.base);
    let mut stored = Vec::new();
    for client in crowd.clients() {
        stored.push(client.stored(client.conversation).await);
    }
    let broken = history.check(&stored).expect_err("it is caught");
    let acknowledged = |violation: &&_| {
        matches!(
            violation,
            kefu_tests::history::Violation {
                promise: Promise::Acknowledged,
                ..
            }
        )
    };
    assert!(
        broken.iter().any(|violation| acknowledged(&violation)),
        "{broken:?}"
    );
}
