//! Row 10: somebody sets the clock, an hour ahead and two back, while people talk and over
//! restarts. Order comes from counters, timeouts from the monotonic clock.

use std::time::Duration;

use kefu_proto::v1::Phase;
use kefu_tests::{Agent, Service, Shim, assert_gapless};

use crate::common::{crowd, quick};

const HOUR_S: i64 = 3_600;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_changes_no_order_and_ends_no_wait() {
    let (shim, dir) = (Shim::new(), tempfile::tempdir().expect("a directory"));
    let options = || shim.under(quick().data_dir(dir.path()));
    let service = Service::start(options()).await;
    let mut agent = Agent::first_admin(&service).await;
    let mut crowd = crowd(&service, 4).await;
    // One is served: neither the agent's absence nor anything else is an hour long.
    let served = agent.until_any(|head| head.phase() == Phase::Serving).await;
    crowd.talks(Duration::from_millis(2));
    for ahead_s in [HOUR_S, -HOUR_S, 0, 24 * HOUR_S, -24 * HOUR_S, 0] {
        shim.set_clock(ahead_s);
        tokio::time::sleep(Duration::from_millis(120)).await;
    }
    crowd.rests().await;
    let told = agent.says(served.id, "还在").await;
    assert_eq!(told.conversation_id, served.id);
    let path = format!("/api/v1/conversations/{}", served.id);
    let (_, head) = agent.api.get(&path).await.expect("an answer");
    assert_eq!(head["phase"], "PHASE_SERVING", "{head}");
    assert_eq!(head["agentId"], agent.id.to_string(), "{head}");
    drop(agent);
    let before = crowd.reads_all().await;

    // Ids made an hour ahead, and a core that starts an hour before them.
    shim.set_clock(HOUR_S);
    for client in crowd.clients() {
        client.says("一小时后").await;
    }
    drop(service.kill_all().await);
    shim.set_clock(-HOUR_S);
    let service = Service::start(options()).await;
    crowd.place().set(&service.base);
    for client in crowd.clients() {
        client.says("一小时前").await;
    }
    let after = crowd.reads_all().await;
    // Ids of one conversation grow with its sequence, whatever the clock said.
    for (before, after) in before.iter().zip(&after) {
        assert!(after.len() > before.len());
        assert_gapless(after);
        assert!(after.is_sorted_by_key(|message| message.id));
    }
}
