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
    let (first, second) = (
        admin.hires("first", 9).await,
        admin.hires("second", 9).await,
    );
    for agent in [&admin, &first, &second] {
        let put = reqwest::Method::PUT;
        let call = agent.api.call(put, "/api/v1/me/status", away());
        call.await.expect("an answer");
    }
    for _ in 0..10 {
        let mut visitor = Visitor::arrive(&service, "zh").await;
        visitor.says("转人工").await;
        visitor.until_phase(Phase::Queued).await;
        let (one, two) = tokio::join!(
            first.acts(visitor.conversation, "ACTION_CLAIM"),
            second.acts(visitor.conversation, "ACTION_CLAIM"),
        );
        let mut statuses = [one.0, two.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
        let head = visitor.until_phase(Phase::Serving).await;
        let (winner, loser) = match one.0 {
            200 => (&first, &second),
            _ => (&second, &first),
        };
        assert_eq!(head.agent_id, winner.id);
        let (status, _) = loser.acts(visitor.conversation, "ACTION_END").await;
        assert!(
            [403, 409].contains(&status),
            "only the owner ends it: {status}"
        );
        for action in ["ACTION_END", "ACTION_FINISH"] {
            assert_eq!(winner.acts(visitor.conversation, action).await.0, 200);
        }
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
