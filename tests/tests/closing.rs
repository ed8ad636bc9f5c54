//! The end of a talk over the real service: ratings, summaries, silence, and a process that dies in
//! between.

use std::time::Duration;

use kefu_proto::v1::{Message, Phase, Sender, notice};
use kefu_tests::{Agent, Options, Service, Visitor, notice_of, text_of};
use reqwest::Method;
use serde_json::{Value, json};

async fn served(service: &Service) -> (Visitor, Agent) {
    let admin = Agent::first_admin(service).await;
    let mut visitor = Visitor::arrive(service, "zh").await;
    visitor.says("你好").await;
    let (status, _) = admin.acts(visitor.conversation, "ACTION_CLAIM").await;
    assert_eq!(status, 200);
    visitor.until_phase(Phase::Serving).await;
    (visitor, admin)
}

fn closed_seq(visitor: &Visitor) -> Option<u64> {
    let closed = visitor
        .seen
        .iter()
        .rev()
        .find(|message| is_closing(message));
    closed.map(|message| message.seq)
}

fn is_closing(message: &Message) -> bool {
    notice_of(message) == Some(notice::Kind::Closed)
}

async fn post(visitor: &Visitor, seq: u64, score: u32) -> (u16, Value) {
    let path = format!("/api/v1/conversations/{}/rating", visitor.conversation);
    let body = json!({ "endedSeq": seq.to_string(), "score": score, "reasons": ["fast"] });
    visitor.api.post(&path, body).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_is_rated_and_summed_up_and_both_survive_a_crash() {
    let service = Service::start(Options::default().without_model()).await;
    let (mut visitor, admin) = served(&service).await;
    let (status, _) = admin.acts(visitor.conversation, "ACTION_END").await;
    assert_eq!(status, 200);
    visitor.until_phase(Phase::WrapUp).await;
    visitor.catches_up().await;
    let seq = closed_seq(&visitor).expect("the notice that closed it");
    let (_, choices) = visitor.api.get("/api/v1/closing").await.expect("an answer");
    assert_eq!(choices["ratings"], true, "{choices}");
    assert_eq!(choices["categories"], Value::Null, "for users: {choices}");
    let (status, rated) = post(&visitor, seq, 4).await;
    assert_eq!((status, &rated["score"]), (200, &json!(4)), "{rated}");
    assert_eq!(post(&visitor, seq, 4).await, (200, rated));
    let (status, problem) = post(&visitor, seq, 1).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let path = format!("/api/v1/conversations/{}/summary", visitor.conversation);
    let summary = json!({ "endedSeq": seq.to_string(), "category": "order", "note": "已解决" });
    let (status, written) = admin
        .api
        .call(Method::PUT, &path, Some(summary))
        .await
        .expect("an answer");
    assert_eq!(status, 200, "{written}");

    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let path = format!("/api/v1/conversations/{}/endings", visitor.conversation);
    let (_, seen) = admin.api.get(&path).await.expect("an answer");
    let ending = &seen["endings"][0];
    assert_eq!(ending["endedSeq"], seq.to_string(), "{seen}");
    assert_eq!(ending["rating"]["score"], 4);
    assert_eq!(ending["summary"]["note"], "已解决");
    let (_, own) = visitor.api.get(&path).await.expect("an answer");
    assert_eq!(own["endings"][0]["summary"], Value::Null, "{own}");
    let stranger = Visitor::arrive(&service, "zh").await;
    let (status, _) = stranger.api.get(&path).await.expect("an answer");
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_visitor_is_reminded_once_and_the_talk_ends_once_although_the_core_dies_between() {
    let reminder = "您还在吗，测试";
    let options = Options::default()
        .without_model()
        .env("KEFU_CLOSING__REMIND_AFTER_S", 1)
        .env("KEFU_CLOSING__CLOSE_AFTER_S", 3)
        .env(
            "KEFU_CLOSING__REMINDER",
            format!("{{zh=\"{reminder}\",en=\"still there?\"}}"),
        );
    let service = Service::start(options).await;
    let (mut visitor, mut admin) = served(&service).await;
    admin.says(visitor.conversation, "还有什么需要？").await;
    let said = visitor.hears_from(Sender::Agent).await;
    let reminded = loop {
        let message = visitor.hears_from(Sender::System).await;
        if text_of(&message) == reminder {
            break message;
        }
    };
    assert!(reminded.seq > said.seq);
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    visitor.reconnect(&service).await;
    visitor.until_phase(Phase::WrapUp).await;
    visitor.hears_within(Duration::from_secs(2)).await;
    let reminders = visitor
        .seen
        .iter()
        .filter(|m| text_of(m) == reminder)
        .count();
    let closings = visitor.seen.iter().filter(|message| is_closing(message));
    assert_eq!((reminders, closings.count()), (1, 1));
    assert!(closed_seq(&visitor) > Some(reminded.seq));
}
