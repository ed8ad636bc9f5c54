//! An evaluation that nobody wants any more: its work ends, and not only its report.

use std::{fmt::Write as _, fs, time::Duration};

use kefu_tests::{Agent, Api, IntentSet, PATIENCE, Service};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/intents/evaluation";

/// Large enough that twenty parts of it take many looks.
fn large() -> String {
    let mut text = String::from("intents:\n");
    for intent in 0..300 {
        let _ = write!(
            text,
            "  - id: large.{intent}\n    title: 第{intent}件事\n    answers: 好\n    phrasings:\n"
        );
        for number in 0..10 {
            let _ = writeln!(text, "      - 我想问第{intent}件事的第{number}种说法怎么办");
        }
    }
    text
}

async fn start(admin: &Api) -> (u16, Value) {
    let started = admin.post(PATH, json!({ "folds": 20 })).await;
    started.expect("an answer")
}

async fn cancel(who: &Api) -> (u16, Value) {
    let cancelled = who.call(Method::DELETE, PATH, None).await;
    cancelled.expect("an answer")
}

/// The status once it is no longer running.
async fn ended(admin: &Api) -> Value {
    let ended = async {
        loop {
            let (_, now) = admin.get(PATH).await.expect("an answer");
            if now["state"] != "STATE_RUNNING" {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    ended.expect("the work ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_stops_an_evaluation_and_its_work_really_ends() {
    let set = IntentSet::new();
    fs::write(set.path("large.yaml"), large()).expect("written");
    let service = Service::start(set.options()).await;
    let admin = Agent::first_admin(&service).await;
    let agent = admin.hires("wang", 1).await;
    let admin = &admin.api;
    let (code, nothing) = cancel(admin).await;
    assert_eq!(
        (code, nothing["state"].as_str()),
        (200, Some("STATE_NONE")),
        "nothing runs: {nothing}"
    );

    let (code, started) = start(admin).await;
    assert_eq!(code, 202, "{started}");
    assert_eq!(cancel(&agent.api).await.0, 403, "not for agents");
    let (code, told) = cancel(admin).await;
    assert_eq!(code, 200, "{told}");
    let now = ended(admin).await;
    assert_eq!(now["state"], "STATE_CANCELLED", "{now}");
    assert_eq!(now["cancelledBy"], "Admin", "{now}");
    assert!(
        now["report"].is_null() && now["cancelling"].is_null(),
        "{now}"
    );
    assert!(now["progress"].as_f64().unwrap_or(0.0) < 1.0, "{now}");

    // One at a time computes: the next may only begin because the last one's thread is free.
    let (code, again) = start(admin).await;
    assert_eq!(code, 202, "{again}");
    assert_eq!(cancel(admin).await.0, 200);
    assert_eq!(ended(admin).await["state"], "STATE_CANCELLED");
}
