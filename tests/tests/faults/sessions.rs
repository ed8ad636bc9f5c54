//! Rows 15 and 20: one session on several connections, and tokens that are no longer good.

use std::sync::Arc;

use kefu_proto::v1::{Phase, Sender};
use kefu_tests::{Agent, Client, Codec, History, Place, Service, Socket, seed};
use serde_json::json;
use tokio::task::JoinSet;

use crate::common::quick;

/// Everybody writes and everybody reads the same, whatever they came over and however often they
/// change it.
#[tokio::test(flavor = "multi_thread")]
async fn one_session_on_several_devices_that_come_and_go_is_one_sequence_for_all() {
    let service = Service::start(quick()).await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut visitor = Client::visitor(&place, &history, Codec::Json).await;
    let conversation = visitor.conversation;
    assert_eq!(
        visitor.acts(conversation, "ACTION_REQUEST_HUMAN").await,
        200
    );
    let mut writing = JoinSet::new();
    for number in 0..4_usize {
        let mut device = visitor.another_device();
        writing.spawn(async move {
            for n in 0..30 {
                let id = device.new_id();
                if n % 3 == number % 3 {
                    // From the socket to REST and back, in the middle of the stream.
                    device.hang_up();
                    let told = device.posts(conversation, &id, "说").await;
                    told.expect("nothing is in the way");
                } else {
                    let told = device.insists(conversation, &id, "说").await;
                    told.expect("it is accepted");
                }
            }
            device.reads_all().await;
        });
    }
    writing.join_all().await;
    let stored = visitor.reads_all().await;
    let said = stored[0]
        .iter()
        .filter(|message| message.sender() == Sender::Visitor);
    assert_eq!(said.count(), 4 * 30);
    history.assert_holds(&stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_ended_is_fenced_everywhere_and_the_owner_keeps_the_talk() {
    let service = Service::start(quick()).await;
    let mut first = Agent::first_admin(&service).await;
    let mut second = Agent::log_in(&service.base, "admin").await;
    let place = Place::new(&service.base);
    let history = Arc::new(History::new(seed()));
    let mut visitor = Client::visitor(&place, &history, Codec::Json).await;
    let conversation = visitor.conversation;
    assert_eq!(
        visitor.acts(conversation, "ACTION_REQUEST_HUMAN").await,
        200
    );
    // Two workspaces of one person are one owner.
    for agent in [&mut first, &mut second] {
        let head = agent
            .until(conversation, |head| head.phase() == Phase::Serving)
            .await;
        assert_eq!(head.agent_id, agent.id);
    }
    let stale = second.api.token().to_owned();
    let mut socket = Socket::hello(&service.base, Codec::Proto, &stale)
        .await
        .expect("a welcome");
    let (status, _) = second
        .api
        .post("/api/v1/logout", json!({}))
        .await
        .expect("an answer");
    assert_eq!(status, 204);
    assert_eq!(socket.close_code().await.expect("a code"), 1008);
    assert!(
        Socket::hello(&service.base, Codec::Proto, &stale)
            .await
            .is_err()
    );
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let body = json!({ "clientId": "late", "body": { "text": { "text": "太晚了" } } });
    let (status, told) = second.api.post(&path, body).await.expect("an answer");
    assert_eq!(status, 401, "{told}");
    let told = first.says(conversation, "我在").await;
    visitor.reads_until(conversation, told.seq).await;
    let late = visitor.stored(conversation).await;
    assert!(late.iter().all(|message| message.client_id != "late"));
    // A core that starts again knows it, too.
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    assert_eq!(
        second.api.get("/api/v1/me").await.expect("an answer").0,
        401
    );
}
