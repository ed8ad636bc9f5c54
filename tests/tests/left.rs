//! A message left over the real service: out of hours, through a crash, answered, read on return.

use kefu_proto::v1::{Phase, Sender, client_frame, server_frame};
use kefu_tests::{Agent, Codec, Options, Service, Socket, Visitor, text_of};
use serde_json::{Value, json};

/// The calendar "never" has no shift at all.
fn never() -> String {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let week: Vec<String> = days.iter().map(|day| format!("{day}=[]")).collect();
    format!("[{{key=\"never\",week={{{}}}}}]", week.join(","))
}

fn form(client_id: &str, text: &str) -> Value {
    json!({ "clientId": client_id, "text": text, "name": "李雷", "email": "li@example.com" })
}

async fn post(visitor: &Visitor, form: Value) -> (u16, Value) {
    let posted = visitor.api.post("/api/v1/left-messages", form).await;
    posted.expect("an answer")
}

async fn act(agent: &Agent, left: &Value, action: &str) -> (u16, Value) {
    let id = left["id"].as_str().expect("an id");
    let body = json!({ "version": left["version"], "action": action, "reason": "无法联系" });
    let path = format!("/api/v1/left-messages/{id}/actions");
    agent.api.post(&path, body).await.expect("an answer")
}

async fn listed(agent: &Agent, state: &str) -> Vec<Value> {
    let path = format!("/api/v1/left-messages?state={state}");
    let (status, page) = agent.api.get(&path).await.expect("an answer");
    assert_eq!(status, 200, "{page}");
    page["messages"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_left_out_of_hours_is_answered_once_although_the_core_dies_between() {
    let options = Options::default()
        .without_model()
        .env("KEFU_HOURS__CALENDARS", never());
    let service = Service::start(options).await;
    let admin = Agent::first_admin(&service).await;
    let away = json!({ "status": "AGENT_STATUS_AWAY" });
    let put = reqwest::Method::PUT;
    let (status, _) = admin
        .api
        .call(put.clone(), "/api/v1/me/status", Some(away))
        .await
        .expect("an answer");
    assert_eq!(status, 200);
    let (_, groups) = admin.api.get("/api/v1/groups").await.expect("an answer");
    assert_eq!(groups["calendars"], json!(["never"]), "{groups}");
    let mut group = groups["groups"][0].clone();
    group["calendar"] = json!("never");
    let (status, group) = admin
        .api
        .call(put, "/api/v1/groups/0", Some(group))
        .await
        .expect("an answer");
    assert_eq!((status, &group["calendar"]), (200, &json!("never")));

    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("转人工").await;
    let head = visitor.until_phase(Phase::Queued).await;
    assert!(head.out_of_hours && head.may_leave, "{head:?}");
    let (status, left) = post(&visitor, form("left-1", "周末能送货吗")).await;
    assert_eq!(
        (status, &left["text"]),
        (201, &json!("周末能送货吗")),
        "{left}"
    );
    visitor.until_phase(Phase::Bot).await;
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let again = post(&visitor, form("left-1", "周末能送货吗")).await;
    assert_eq!(again, (201, left.clone()));
    let (status, problem) = post(&visitor, form("left-1", "别的")).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let (status, problem) = post(&visitor, json!({ "clientId": "x", "text": "" })).await;
    assert_eq!((status, &problem["code"]), (422, &json!("invalid")));

    let (first, second) = (
        admin.hires("first", 9).await,
        admin.hires("second", 9).await,
    );
    let open = listed(&first, "open").await;
    assert_eq!(
        (open.len(), &open[0]["email"]),
        (1, &json!("li@example.com"))
    );
    let (one, two) = tokio::join!(
        act(&first, &left, "ACTION_CLAIM"),
        act(&second, &left, "ACTION_CLAIM"),
    );
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
    let (winner, loser, mine) = match one.0 {
        200 => (&first, &second, one.1),
        _ => (&second, &first, two.1),
    };
    let (status, _) = act(loser, &mine, "ACTION_CLOSE").await;
    assert_eq!(status, 409);
    let path = format!(
        "/api/v1/left-messages/{}/answer",
        left["id"].as_str().expect("an id")
    );
    let answer = json!({ "version": mine["version"], "clientId": "a-1", "text": "可以，周六送" });
    let (status, done) = winner
        .api
        .post(&path, answer.clone())
        .await
        .expect("an answer");
    assert_eq!(
        (status, &done["state"]),
        (200, &json!("LEFT_STATE_ANSWERED")),
        "{done}"
    );
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let retry = winner.api.post(&path, answer).await.expect("an answer");
    assert_eq!(retry, (200, done));
    assert_eq!(listed(&admin, "answered").await.len(), 1);

    // What is read on return: the answer, once, and the bot did not speak on top of it.
    visitor.reconnect(&service).await;
    visitor.hears_from(Sender::Agent).await;
    let answers: Vec<_> = visitor
        .seen
        .iter()
        .filter(|message| message.sender() == Sender::Agent)
        .collect();
    assert_eq!(
        answers.iter().map(|said| text_of(said)).collect::<Vec<_>>(),
        ["可以，周六送"]
    );
    let left_seq: u64 = left["seq"]
        .as_str()
        .and_then(|seq| seq.parse().ok())
        .expect("a sequence");
    let mut after = visitor.seen.iter().filter(|message| message.seq > left_seq);
    assert!(after.all(|message| message.sender() != Sender::Bot));
    visitor.says("谢谢").await;
    visitor.hears_from(Sender::Bot).await;
    let (status, _) = visitor
        .api
        .get("/api/v1/left-messages")
        .await
        .expect("an answer");
    assert_eq!(status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_hears_of_it_and_a_visitor_does_not() {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    let mut desk = Socket::hello(&service.base, Codec::Proto, admin.api.token())
        .await
        .expect("a welcome");
    let open = client_frame::Body::Workspace(kefu_proto::v1::OpenWorkspace {});
    desk.send(open).await.expect("connected");
    while !matches!(
        desk.next().await.expect("a snapshot").body,
        Some(server_frame::Body::Workspace(_))
    ) {}
    let visitor = Visitor::arrive(&service, "en").await;
    let (status, left) = post(&visitor, form("left-1", "Call me")).await;
    assert_eq!(status, 201, "{left}");
    let heard = loop {
        if let Some(server_frame::Body::Left(heard)) = desk.next().await.expect("a frame").body {
            break heard;
        }
    };
    assert_eq!(json!(heard.id.to_string()), left["id"]);
    assert_eq!(
        (heard.text.as_str(), heard.name.as_str()),
        ("Call me", "李雷")
    );
}
