//! Row 11: a reader that stops reading is cut with its code; nobody else is held up; it resumes.

use std::sync::Arc;

use kefu_proto::v1::Phase;
use kefu_tests::{Agent, Client, Codec, History, Place, Service, seed};

use crate::common::{metric, quick, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_reader_is_cut_others_go_on_and_it_resumes_where_it_was() {
    let options = quick()
        .env("KEFU_EDGE__OUTBOX_FRAMES_MAX", 64)
        .env("KEFU_EDGE__LIMITS__OUTBOX_BYTES_MAX", 256 * 1024);
    let service = Service::start(options).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut agent = Agent::first_admin(&service).await;
    let mut reader = Client::visitor(&place, &history, Codec::Json).await;
    let conversation = reader.conversation;
    assert_eq!(reader.acts(conversation, "ACTION_REQUEST_HUMAN").await, 200);
    agent
        .until(conversation, |head| head.phase() == Phase::Serving)
        .await;
    // The same visitor on another device, which does not read.
    let mut stuck = reader.another_device().narrow();
    stuck.connect().await.expect("a welcome");
    reader.connect().await.expect("a welcome");

    let ended = "kefu_edge_goodbyes_total";
    let cut = async || metric(&service.api(), ended, "code=\"4429\"").await;
    let long = "长".repeat(4_000);
    let mut last = 0;
    for n in 0.. {
        let told = agent.says(conversation, &long).await;
        history.sent_by(&agent, &told, &long);
        last = told.seq;
        // Whoever reads has it at once.
        reader.reads_until(conversation, last).await;
        if n % 16 == 0 && cut().await >= 1.0 {
            break;
        }
        assert!(n < 4_000, "it is never cut");
    }
    until("only one is cut", async || cut().await <= 1.0).await;
    // It reads what lies in the kernel, finds the end, comes back and goes on.
    stuck.reads_until(conversation, last).await;
    assert!(stuck.connections >= 2, "it was not cut");
    assert_eq!(reader.connections, 1, "the others were not");
    let stored = reader.stored(conversation).await;
    history.assert_holds(&[stored]);
}
