//! Row 4: a sync fails. Nothing is acknowledged, the process stops and does not try again; a new
//! one goes on from what is durable.

use std::time::Duration;

use kefu_tests::{Service, Shim, generator};

use crate::common::{assert_sound, crowd, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_acknowledges_nothing_stops_the_core_and_is_not_tried_again() {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let options = || shim.under(quick().data_dir(dir.path()));
    let service = Service::start(options()).await;
    let mut crowd = crowd(&service, 4).await;
    for client in crowd.clients() {
        client.says("在吗").await;
    }

    // One single failure: whoever tried again would succeed, with a hole on the disk.
    let core = service.pid_of("chat").expect("the core lives");
    shim.fail_syncs(Some(1));
    let client = &mut crowd.clients()[0];
    let (conversation, id) = (client.conversation, client.new_id());
    let answer = client.sends(conversation, &id, "没有存下").await;
    let refused = answer.expect_err("it is not acknowledged");
    assert!(refused.passes(), "{refused:?}");
    assert_eq!(shim.failures(), 1);
    service.until_restarted("chat", core).await;
    service
        .until_logged("nothing more is acknowledged by this process")
        .await;
    let told = client.insists(conversation, &id, "没有存下").await;
    told.expect("the next core takes it");

    // A device that fails for a while: cores come and go, and then it is mended.
    crowd.talks(Duration::from_millis(5));
    shim.fail_syncs(None);
    let mut dead = None;
    for _ in 0..2 {
        until("another core dies of it", async || {
            let now = service.pid_of("chat");
            now.is_some() && now != dead
        })
        .await;
        dead = service.pid_of("chat").or(dead);
    }
    shim.fail_syncs(Some(0));
    service.until_ready().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    crowd.holds().await;

    // And none of it was only in memory.
    let seed = crowd.history().seed();
    drop(service.kill_all().await);
    shim.lose_power(dir.path(), &mut generator(seed));
    let service = Service::start(options()).await;
    crowd.place().set(&service.base);
    crowd.holds().await;
    drop(service.kill_all().await);
    assert_sound(&dir.path().join("kefu.db")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_of_the_file_that_the_log_moves_into_ends_the_core_and_loses_nothing() {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let service = Service::start(shim.under(quick().data_dir(dir.path()))).await;
    let core = service.pid_of("chat").expect("the core lives");
    let mut crowd = crowd(&service, 16).await;
    shim.fail_file_syncs(true);
    // Commits sync the log only; nothing fails until it is long enough to be moved.
    crowd.talks(Duration::ZERO);
    until("the log is moved", async || shim.failures() > 0).await;
    service.until_restarted("chat", core).await;
    service
        .until_logged("moving the log into the file failed")
        .await;
    shim.fail_file_syncs(false);
    service.until_ready().await;
    crowd.holds().await;

    let seed = crowd.history().seed();
    drop(service.kill_all().await);
    shim.lose_power(dir.path(), &mut generator(seed));
    let service = Service::start(shim.under(quick().data_dir(dir.path()))).await;
    crowd.place().set(&service.base);
    crowd.holds().await;
    drop(service.kill_all().await);
    assert_sound(&dir.path().join("kefu.db")).await;
}
