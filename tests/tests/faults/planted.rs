//! Bugs on purpose, in real processes, that the checker of histories must catch (docs/adr/0023).

use std::sync::Arc;

use kefu_tests::{Client, Codec, History, Place, Service, history::Promise, seed};

use crate::common::quick;

/// The core acknowledges a message and never writes it; then it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_before_the_commit_is_caught() {
    let options = quick().env("KEFU_FAILPOINT", "ack_before_commit:3");
    let service = Service::start(options).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut client = Client::visitor(&place, &history, Codec::Json).await;
    let human = client
        .acts(client.conversation, "ACTION_REQUEST_HUMAN")
        .await;
    assert_eq!(human, 200);
    client.says("第一句").await;
    // The notice of the queue was the first batch with a message.
    client.says("第二句").await;
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;

    let stored = vec![client.stored(client.conversation).await];
    let broken = history.check(&stored).expect_err("it is caught");
    assert_eq!(broken[0].promise, Promise::Acknowledged, "{broken:?}");
    assert_eq!(broken.len(), 1, "{broken:?}");
}
