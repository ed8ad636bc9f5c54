//! Admins publish, compare and bring back intents through REST; nobody else does.

use std::{fs, os::unix::fs::symlink};

use kefu_proto::v1::Sender;
use kefu_tests::{Agent, Api, IntentSet, Service, Visitor, edition, status, text_of, until};
use serde_json::{Value, json};

async fn open(set: &IntentSet) -> (Service, Agent) {
    let service = Service::start(set.options()).await;
    let admin = Agent::first_admin(&service).await;
    until(&admin.api, "the first version is recorded", |status| {
        status["serving"]["number"] == "1"
    })
    .await;
    (service, admin)
}

async fn publish(admin: &Api, files: Value, expected: &str) -> (u16, Value) {
    let body = json!({ "files": files, "note": "改了版本", "expectedVersion": expected });
    let done = admin.post("/api/v1/intents/publish", body).await;
    done.expect("an answer")
}

async fn get(admin: &Api, path: &str) -> Value {
    let (code, value) = admin.get(path).await.expect("an answer");
    assert_eq!(code, 200, "{path}: {value}");
    value
}

async fn answer(service: &Service) -> String {
    let mut visitor = Visitor::arrive(service, "zh").await;
    visitor.says("报时").await;
    text_of(&visitor.hears_from(Sender::Bot).await).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_serves_and_any_earlier_version_can_be_brought_back() {
    let set = IntentSet::new();
    let (service, admin) = open(&set).await;
    let admin = &admin.api;
    let new = "intents:\n  - id: invoice\n    title: 开发票\n    phrasings: [我要发票]\n    keywords: [{ any: [发票] }]\n    answers: 好的\n";
    let files = json!([
        { "path": "edition.yaml", "text": edition(1) },
        { "path": "more/invoice.yaml", "text": new },
        { "path": "shop.yaml" },
    ]);
    let (code, reply) = publish(admin, files, "1").await;
    assert_eq!(code, 200, "{reply}");
    assert_eq!(reply["version"]["number"], "2", "{reply}");
    assert_eq!(reply["version"]["byName"], "Admin");
    assert_eq!(reply["version"]["note"], "改了版本");
    assert_eq!(reply["version"]["added"], json!(["invoice"]));
    assert_eq!(reply["version"]["removed"], json!(["return.apply"]));
    assert_eq!(reply["version"]["changed"], json!(["echo", "edition"]));
    assert_eq!(answer(&service).await, "第1版");
    assert_eq!(
        fs::read_to_string(set.path("edition.yaml")).ok(),
        Some(edition(1)),
        "the working copy is the directory"
    );
    assert!(!set.path("shop.yaml").exists());

    let diff = get(admin, "/api/v1/intents/versions/2/diff?from=1").await;
    let files = diff["files"].as_array().expect("files");
    let statuses: Vec<_> = files
        .iter()
        .map(|file| (&file["path"], &file["status"]))
        .collect();
    let expected = [
        (&json!("edition.yaml"), &json!("changed")),
        (&json!("more/invoice.yaml"), &json!("added")),
        (&json!("shop.yaml"), &json!("removed")),
    ];
    assert_eq!(statuses, expected);
    let unified = files[0]["diff"].as_str().expect("a diff");
    assert!(
        unified.contains("-    answers: 第0版\n+    answers: 第1版"),
        "{unified}"
    );

    // The watch sees the same files and says nothing new.
    let before = get(admin, "/api/v1/intents/versions").await;
    assert_eq!(
        before["versions"].as_array().map(Vec::len),
        Some(2),
        "{before}"
    );

    let (code, reply) = admin
        .post(
            "/api/v1/intents/rollback",
            json!({ "number": "1", "note": "退回" }),
        )
        .await
        .expect("an answer");
    assert_eq!(code, 200, "{reply}");
    assert_eq!(reply["version"]["number"], "3");
    assert_eq!(reply["version"]["origin"], "CATALOGUE_ORIGIN_ROLLBACK");
    assert_eq!(reply["version"]["rolledBackTo"], "1");
    assert_eq!(answer(&service).await, "第0版");
    assert!(
        !set.path("more/invoice.yaml").exists(),
        "it did not exist then"
    );
    assert!(set.path("shop.yaml").exists(), "it existed then");
    let (one, three) = (
        get(admin, "/api/v1/intents/versions/1").await,
        get(admin, "/api/v1/intents/versions/3").await,
    );
    assert_eq!(one["hash"], three["hash"]);
    assert_eq!(one["files"], three["files"]);
    assert_eq!(one["files"][0]["text"], edition(0));
    let file = get(
        admin,
        "/api/v1/intents/versions/2/file?path=more/invoice.yaml",
    )
    .await;
    assert_eq!(file["text"], new);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_admins_is_told_and_nothing_is_overwritten() {
    let set = IntentSet::new();
    let (service, admin) = open(&set).await;
    let files = |number| json!([{ "path": "edition.yaml", "text": edition(number) }]);
    let (first, second) = tokio::join!(
        publish(&admin.api, files(1), "1"),
        publish(&admin.api, files(2), "1"),
    );
    let mut codes = [first.0, second.0];
    codes.sort_unstable();
    assert_eq!(codes, [200, 409], "{first:?} {second:?}");
    let winner = if first.0 == 200 { "第1版" } else { "第2版" };
    assert_eq!(answer(&service).await, winner);
    let (code, reply) = publish(&admin.api, files(3), "2").await;
    assert_eq!(
        (code, &reply["version"]["number"]),
        (200, &json!("3")),
        "{reply}"
    );
    let (code, same) = publish(&admin.api, files(3), "3").await;
    assert_eq!(code, 200, "{same}");
    assert_eq!(
        same["version"]["number"], "3",
        "nothing new is no version: {same}"
    );
    assert!(same["changed"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_publication_changes_nothing_and_says_everything_that_is_wrong() {
    let set = IntentSet::new();
    let (service, admin) = open(&set).await;
    let bad =
        "intents:\n  - id: echo\n    title: 又一个\n    answers: 好\n  - id: x\n    titel: 错\n";
    let files = json!([{ "path": "bad.yaml", "text": bad }]);
    let (code, problem) = publish(&admin.api, files.clone(), "1").await;
    assert_eq!(code, 422, "{problem}");
    let problems = problem["problems"].as_array().expect("problems");
    assert!(problems.len() >= 2, "all at once: {problem}");
    assert!(
        problems
            .iter()
            .all(|p| p["file"].as_str().is_some_and(|f| !f.starts_with('/'))),
        "{problem}"
    );
    assert!(
        problems.iter().any(|p| p["line"].as_u64() > Some(1)),
        "{problem}"
    );
    assert!(!set.path("bad.yaml").exists());
    assert_eq!(answer(&service).await, "第0版");
    let status = status(&admin.api).await;
    assert_eq!(
        status["state"], "STATE_SERVING",
        "the directory is as good as before"
    );

    let (code, checked) = admin
        .api
        .post("/api/v1/intents/check", json!({ "files": files }))
        .await
        .expect("an answer");
    assert_eq!(code, 200, "{checked}");
    assert!(checked["ok"].is_null(), "{checked}");
    let good = json!({ "files": [{ "path": "edition.yaml", "text": edition(9) }] });
    let (_, checked) = admin
        .api
        .post("/api/v1/intents/check", good)
        .await
        .expect("an answer");
    assert_eq!(checked["ok"], true, "{checked}");
    assert_eq!(checked["changed"], json!(["echo", "edition"]));
    assert_eq!(answer(&service).await, "第0版", "a check changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_outside_the_intents_directory() {
    let set = IntentSet::new();
    let outside = set.beside().join("outside");
    fs::create_dir_all(&outside).expect("a directory");
    let (_service, admin) = open(&set).await;
    symlink(&outside, set.path("link")).expect("a link");
    let before = fs::read_dir(set.beside()).expect("read").count();
    let paths = [
        "../evil.yaml",
        "/tmp/evil.yaml",
        "a/../../evil.yaml",
        "link/evil.yaml",
        "evil.sh",
        ".evil.yaml",
        "a\\..\\evil.yaml",
        "evil.yaml\u{0}.sh",
    ];
    for path in paths {
        let files = json!([{ "path": path, "text": edition(1) }]);
        let (code, problem) = publish(&admin.api, files, "1").await;
        assert_eq!(code, 422, "{path}: {problem}");
    }
    assert_eq!(fs::read_dir(&outside).expect("read").count(), 0);
    assert_eq!(fs::read_dir(set.beside()).expect("read").count(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_checks_who_comes() {
    let set = IntentSet::new();
    let (service, admin) = open(&set).await;
    let agent = admin.hires("wang", 5).await;
    let supervisor = json!({
        "login": "zhao", "name": "zhao", "password": "correct horse battery",
        "role": "ROLE_SUPERVISOR", "capacity": 5,
    });
    let (code, made) = admin
        .api
        .post("/api/v1/users", supervisor)
        .await
        .expect("an answer");
    assert_eq!(code, 201, "{made}");
    let supervisor = Agent::log_in(admin.api.base(), "zhao").await;
    let visitor = Visitor::arrive(&service, "zh").await;
    let nobody = service.api();

    let look = [
        "/api/v1/intents/status",
        "/api/v1/intents/versions",
        "/api/v1/intents/versions/1",
        "/api/v1/intents/versions/1/file?path=shop.yaml",
        "/api/v1/intents/versions/1/diff?from=0",
        "/api/v1/intents/evaluation",
    ];
    for path in look {
        for (who, expected) in [
            (&admin.api, 200),
            (&supervisor.api, 200),
            (&agent.api, 403),
            (&visitor.api, 403),
            (&nobody, 401),
        ] {
            let (code, answer) = who.get(path).await.expect("an answer");
            assert_eq!(code, expected, "{path}: {answer}");
        }
    }
    let file = json!([{ "path": "edition.yaml", "text": edition(1) }]);
    let change = [
        ("/api/v1/intents/check", json!({ "files": file })),
        (
            "/api/v1/intents/publish",
            json!({ "files": file, "expectedVersion": "1" }),
        ),
        ("/api/v1/intents/reload", Value::Null),
        ("/api/v1/intents/rollback", json!({ "number": "1" })),
        ("/api/v1/intents/evaluation", json!({ "folds": 2 })),
    ];
    for (path, body) in change {
        for (who, expected) in [
            (&supervisor.api, 403),
            (&agent.api, 403),
            (&visitor.api, 403),
            (&nobody, 401),
        ] {
            let (code, answer) = who.post(path, body.clone()).await.expect("an answer");
            assert_eq!(code, expected, "{path}: {answer}");
        }
    }
    let explain = json!({ "text": "我要退货" });
    for (who, expected) in [(&admin.api, 200), (&supervisor.api, 200), (&agent.api, 403)] {
        let done = who.post("/api/v1/intents/explain", explain.clone()).await;
        let (code, answer) = done.expect("an answer");
        assert_eq!(code, expected, "{answer}");
    }
    assert_eq!(status(&admin.api).await["serving"]["number"], "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_at_once_is_refused() {
    let set = IntentSet::new();
    let options = set.options().env("KEFU_INTENTS__PUBLISH_BYTES_MAX", 10_000);
    let service = Service::start(options).await;
    let admin = Agent::first_admin(&service).await;
    until(&admin.api, "recorded", |status| {
        status["serving"]["number"] == "1"
    })
    .await;
    let long = format!("# {}\n{}", "长".repeat(5_000), edition(1));
    let files = json!([{ "path": "edition.yaml", "text": long }]);
    let (code, problem) = publish(&admin.api, files, "1").await;
    assert_eq!(code, 413, "{problem}");
    let (code, problem) = publish(&admin.api, json!([]), "1").await;
    assert_eq!(code, 422, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_explained_and_the_set_evaluated_in_the_background() {
    let set = IntentSet::new();
    let (_service, admin) = open(&set).await;
    let admin = &admin.api;
    let explain = json!({ "text": "我想退货" });
    let (code, explained) = admin
        .post("/api/v1/intents/explain", explain)
        .await
        .expect("an answer");
    assert_eq!(code, 200, "{explained}");
    assert_eq!(
        explained["tier"].as_str().map(str::to_lowercase).as_deref(),
        Some("keyword"),
        "{explained}"
    );
    assert!(explained["thresholds"].is_object(), "{explained}");

    let (_, none) = admin
        .get("/api/v1/intents/evaluation")
        .await
        .expect("an answer");
    assert_eq!(none["state"], "STATE_NONE", "{none}");
    let (code, started) = admin
        .post("/api/v1/intents/evaluation", json!({ "folds": 2 }))
        .await
        .expect("an answer");
    assert_eq!(code, 202, "{started}");
    let patience = tokio::time::Instant::now() + kefu_tests::PATIENCE;
    let done = loop {
        let (_, now) = admin
            .get("/api/v1/intents/evaluation")
            .await
            .expect("an answer");
        if now["state"] != "STATE_RUNNING" {
            break now;
        }
        assert!(tokio::time::Instant::now() < patience, "{now}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(done["state"], "STATE_DONE", "{done}");
    assert_eq!(done["folds"], 2);
    let report = &done["report"];
    assert!(report["n"].as_u64() > Some(0), "{report}");
    assert!(
        report["confusions"].is_array() && report["curve"].is_array(),
        "{report}"
    );
    let (code, problem) = admin
        .post("/api/v1/intents/evaluation", json!({ "folds": 1 }))
        .await
        .expect("an answer");
    assert_eq!(code, 422, "{problem}");
}
