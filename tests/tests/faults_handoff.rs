//! FAULTS row 22: hand-off while something crashes; two agents claim one conversation.

use std::time::Duration;

use kefu_proto::v1::{Phase, Sender};
use kefu_tests::{Agent, Options, Service, Visitor, text_of};
use serde_json::json;

fn away() -> Option<serde_json::Value> {
    Some(json!({ "status": "AGENT_STATUS_AWAY" }))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_agents_who_claim_at_once_exactly_one_owns_it() {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    let put = reqwest::Method::PUT;
    admin
        .api
        .call(put.clone(), "/api/v1/me/status", away())
        .await
        .expect("an answer");
    let other = admin.hires("second", 9).await;
    other
        .api
        .call(put, "/api/v1/me/status", away())
        .await
        .expect("an answer");
    for _ in 0..10 {
        let mut visitor = Visitor::arrive(&service, "zh").await;
        visitor.says("转人工").await;
        visitor.until_phase(Phase::Queued).await;
        let (one, two) = tokio::join!(
            admin.acts(visitor.conversation, "ACTION_CLAIM"),
            other.acts(visitor.conversation, "ACTION_CLAIM"),
        );
        let mut statuses = [one.0, two.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
        let head = visitor.until_phase(Phase::Serving).await;
        let winner = if one.0 == 200 { admin.id } else { other.id };
        assert_eq!(head.agent_id, winner);
        let loser = if one.0 == 200 { &other } else { &admin };
        let path = format!("/api/v1/conversations/{}/actions", visitor.conversation);
        let (status, _) = loser
            .api
            .post(&path, json!({ "action": "ACTION_END" }))
            .await
            .expect("an answer");
        assert!(
            [403, 409].contains(&status),
            "only the owner ends it: {status}"
        );
        let finish = if one.0 == 200 { &admin } else { &other };
        assert_eq!(finish.acts(visitor.conversation, "ACTION_END").await.0, 200);
        assert_eq!(
            finish.acts(visitor.conversation, "ACTION_FINISH").await.0,
            200
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_dies_during_the_hand_off_and_one_human_owns_it() {
    for role in ["chat", "bot", "edge"] {
        let service = Service::start(Options::default().without_model()).await;
        let admin = Agent::first_admin(&service).await;
        let mut visitor = Visitor::arrive(&service, "zh").await;
        visitor.says("转人工").await;
        let dead = service.kill_role(role);
        service.until_restarted(role, dead).await;
        service.until_ready().await;
        drop(admin);
        let mut agent = Agent::log_in(&service.base, "admin").await;
        visitor.reconnect(&service).await;
        let owned = agent
            .until(visitor.conversation, |head| head.phase() == Phase::Serving)
            .await;
        assert_eq!(owned.agent_id, agent.id, "{role}");
        agent.says(visitor.conversation, "我在").await;
        assert_eq!(
            text_of(&visitor.hears_from(Sender::Agent).await),
            "我在",
            "{role}"
        );
        let bot = visitor.hears_within(Duration::from_millis(500)).await;
        let after = bot.iter().any(|message| message.sender() == Sender::Bot);
        assert!(!after, "{role}: the bot spoke after the hand-off");
    }
}
