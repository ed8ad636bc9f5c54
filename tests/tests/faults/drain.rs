//! Row 21: SIGTERM under load. Nothing that was acknowledged is lost, everybody is told when to come
//! back, and the next service goes on.

use std::time::Duration;

use kefu_tests::Service;

use crate::common::{assert_sound, crowd, quick};

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_under_load_loses_nothing_and_tells_everybody_when_to_return() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = || quick().data_dir(dir.path());
    let mut service = Service::start(options()).await;
    let mut crowd = crowd(&service, 8).await;
    for _ in 0..2 {
        crowd.talks(Duration::from_millis(1));
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(service.terminate().await, Some(0), "{}", service.log());
        assert!(
            !service.log().contains("not drained in time"),
            "{}",
            service.log()
        );
        assert!(
            !service.log().contains("before everything was written"),
            "{}",
            service.log()
        );
        service = Service::start(options()).await;
        crowd.place().set(&service.base);
        crowd.rests().await;
    }
    crowd.holds().await;
    let told: Vec<_> = crowd
        .clients()
        .iter()
        .flat_map(|client| &client.goodbyes)
        .collect();
    // Whoever was connected then; those on REST may just have been between two requests.
    assert!(told.len() >= 8, "{told:?}");
    for bye in &told {
        let why = bye.problem.as_ref().expect("a reason");
        assert_eq!(why.code, "unavailable", "{bye:?}");
        assert!(bye.reconnect_after_ms > 0, "{bye:?}");
    }
    let waits: std::collections::BTreeSet<u32> =
        told.iter().map(|bye| bye.reconnect_after_ms).collect();
    assert!(waits.len() > 1, "they are spread: {waits:?}");
    drop(service.kill_all().await);
    assert_sound(&dir.path().join("kefu.db")).await;
}
