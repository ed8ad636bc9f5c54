//! Sensitive words over the real service: files, reloads, refusals, alerts.

use std::{fs, path::Path, process::Command, time::Duration};

use kefu_proto::v1::{Sender, WordAlert, body::Kind, client_frame, server_frame};
use kefu_tests::{
    Agent, Codec, Options, PATIENCE, Service, Socket, Visitor, binary, history, text,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

async fn service(words: &Path) -> Service {
    let options = Options::default()
        .without_model()
        .env("KEFU_WORDS__DIR", words.display())
        .env("KEFU_WORDS__POLL_MS", 50);
    Service::start(options).await
}

fn write(words: &Path, file: &str, list: &str) {
    // As editors save: beside it, then in its place.
    let beside = words.join("beside");
    fs::write(&beside, list).expect("written");
    fs::rename(beside, words.join(file)).expect("renamed");
}

async fn says(visitor: &mut Visitor, client_id: &str, words: &str) -> Result<u64, String> {
    let accepted = visitor.sends(client_id, text(words)).await;
    accepted.map(|accepted| accepted.seq)
}

/// Says it under new ids until the answer is the one that is expected.
async fn until(visitor: &mut Visitor, words: &str, wanted: impl Fn(&Result<u64, String>) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    for n in 0.. {
        let answer = says(
            visitor,
            &format!("try-{words}-{n}").replace(|c: char| !c.is_ascii(), "x"),
            words,
        )
        .await;
        if wanted(&answer) {
            return;
        }
        assert!(Instant::now() < deadline, "{words}: {answer:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn last_text(visitor: &mut Visitor) -> String {
    visitor.catches_up().await;
    let said = visitor
        .seen
        .iter()
        .rev()
        .find(|m| m.sender() == Sender::Visitor);
    match said.and_then(|m| m.body.as_ref()?.kind.as_ref()) {
        Some(Kind::Text(text)) => text.text.clone(),
        other => panic!("no text: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_hold_a_moment_after_they_are_saved_and_bad_ones_change_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let words = dir.path();
    let service = service(words).await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    says(&mut visitor, "a", "代开发票")
        .await
        .expect("there is no list yet");

    write(words, "visitors.yaml", "block: [代开发票]\nmask: [傻瓜]\n");
    let blocked =
        |answer: &Result<u64, String>| answer.as_ref().is_err_and(|code| code == "blocked");
    until(&mut visitor, "代开發票", blocked).await;
    let first = says(&mut visitor, "m", "你这个傻瓜").await.expect("masked");
    assert_eq!(
        says(&mut visitor, "m", "你这个傻瓜").await,
        Ok(first),
        "a retry is the same"
    );
    let refused = says(&mut visitor, "refused", "代开发票").await;
    assert_eq!(refused, Err("blocked".to_owned()));
    let stored = history(&visitor.api, visitor.conversation).await;
    assert!(
        stored
            .iter()
            .all(|message| message["clientId"] != "refused")
    );

    // Half a list: what held goes on, and the log says where it is wrong, not what anybody said.
    write(words, "visitors.yaml", "block: [代开发票]\nmasks: [x]\n");
    service
        .until_logged("visitors.yaml:2:1: error: unknown key `masks`")
        .await;
    assert_eq!(
        says(&mut visitor, "b", "代开发票").await,
        Err("blocked".to_owned())
    );
    assert!(!service.log().contains("你这个傻瓜"));

    // A restart over the bad file takes the lists that were good last.
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    visitor.reconnect(&service).await;
    assert_eq!(
        says(&mut visitor, "c", "代开发票").await,
        Err("blocked".to_owned())
    );

    fs::remove_file(words.join("visitors.yaml")).expect("removed");
    until(&mut visitor, "代开发票", Result::is_ok).await;
    assert_eq!(
        says(&mut visitor, "m", "你这个傻瓜").await,
        Ok(first),
        "and still the same"
    );
    let metrics = service.api().text("/metrics").await.expect("metrics");
    let counted = metrics.lines().any(|line| {
        let labels = ["kefu_chat_words_total", "\"visitors\"", "\"block\""];
        labels.iter().all(|label| line.contains(label))
    });
    assert!(counted, "{metrics}");
    assert!(!metrics.contains("发票"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_hears_of_words_with_an_alert_and_the_sender_sees_what_was_stored() {
    let dir = tempfile::tempdir().expect("a directory");
    write(dir.path(), "visitors.yaml", "mask: [傻瓜]\nalert: [曝光]\n");
    write(dir.path(), "agents.yaml", "block: [加我微信]\n");
    let service = service(dir.path()).await;
    let mut admin = Agent::first_admin(&service).await;
    let mut oversees = Socket::hello(&service.base, Codec::Proto, admin.api.token())
        .await
        .expect("a welcome");
    let open = client_frame::Body::Workspace(kefu_proto::v1::OpenWorkspace {});
    oversees.send(open).await.expect("connected");
    while !matches!(
        oversees.next().await.expect("a snapshot").body,
        Some(server_frame::Body::Workspace(_))
    ) {}

    let mut visitor = Visitor::arrive(&service, "zh").await;
    let seq = says(&mut visitor, "a", "傻瓜，我要曝光")
        .await
        .expect("stored");
    let alert: WordAlert = loop {
        if let Some(server_frame::Body::WordAlert(alert)) =
            oversees.next().await.expect("an alert").body
        {
            break alert;
        }
    };
    assert_eq!(
        (alert.conversation_id, alert.list(), alert.seq),
        (visitor.conversation, Sender::Visitor, seq)
    );
    visitor.hears_from(Sender::Bot).await;
    assert_eq!(last_text(&mut visitor).await, "**，我要曝光");
    assert!(!service.log().contains("曝光"));

    let (status, _) = admin.acts(visitor.conversation, "ACTION_CLAIM").await;
    assert_eq!(status, 200);
    let path = format!("/api/v1/conversations/{}/messages", visitor.conversation);
    let sent = json!({
        "clientId": "w", "body": { "text": { "text": "加 我 微信 吧" } },
    });
    let (status, problem) = admin.api.post(&path, sent).await.expect("an answer");
    assert_eq!(
        (status, &problem["code"]),
        (422, &"blocked".into()),
        "{problem}"
    );
    admin.says(visitor.conversation, "傻瓜不在我的名单里").await;

    // It is there for whoever comes later, and for the core that comes later.
    let dead = service.kill_role("chat");
    service.until_restarted("chat", dead).await;
    service.until_ready().await;
    let unseen = async || {
        let path = "/api/v1/word-alerts?seen=false";
        let (status, listed) = admin.api.get(path).await.expect("an answer");
        assert_eq!(status, 200, "{listed}");
        listed["alerts"].as_array().cloned().unwrap_or_default()
    };
    let kept = unseen().await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    let hit = json!([{ "rule": "曝光", "spans": [{ "start": 5, "end": 7 }] }]);
    assert_eq!(kept[0]["hits"], hit);
    assert_eq!(kept[0]["seq"], json!(seq.to_string()));
    let ids = json!({ "ids": [kept[0]["id"]] });
    let path = "/api/v1/word-alerts/seen";
    let (status, seen) = admin.api.post(path, ids.clone()).await.expect("an answer");
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["agentId"], json!(admin.id.to_string()));
    assert_eq!(unseen().await.len(), 0);
    let (status, refused) = visitor.api.post(path, ids).await.expect("an answer");
    assert_eq!(status, 403, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_over_a_bad_list_says_where_it_is_wrong() {
    let dir = tempfile::tempdir().expect("a directory");
    write(dir.path(), "agents.yaml", "block:\n  - ？\n");
    let options = Options::default()
        .without_model()
        .env("KEFU_WORDS__DIR", dir.path().display());
    let Err(ended) = Service::try_start(options).await else {
        panic!("it serves without the list that it was given")
    };
    assert!(
        ended.log.contains("agents.yaml:2:5: error:"),
        "{}",
        ended.log
    );
}

#[test]
fn an_admin_checks_lists_before_they_are_served() {
    let dir = tempfile::tempdir().expect("a directory");
    let check = || {
        let mut command = Command::new(binary());
        let output = command.args(["words", "check"]).arg(dir.path()).output();
        let output = output.expect("it runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    fs::write(
        dir.path().join("visitors.yaml"),
        "block: [赌博]\nmask: [賭博, 呸]\n",
    )
    .expect("written");
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("visitors.yaml:2:8: error: `賭博` is here twice"),
        "{said}"
    );
    assert!(said.contains("visitors.yaml:2:12: warning:"), "{said}");
    assert!(said.ends_with("1 errors, 1 warnings\n"), "{said}");
    fs::write(dir.path().join("visitors.yaml"), "block: [赌博]\n").expect("written");
    assert_eq!(check().0, Some(0));
}
