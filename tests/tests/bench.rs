//! `kefu bench` against a real service, and against one whose line loses or doubles something.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use kefu_tests::{
    Agent, Meddler, Meddling, Options, PASSWORD, PATIENCE, Service, TlsFront, binary, certificate,
};
use serde_json::Value;
use tokio::process::Command;

async fn bench(server: &str, out: &Path, more: &[&str]) -> Output {
    let command = Command::new(binary())
        .args(["bench", "--server", server, "--out"])
        .arg(out)
        .args(["--warm-up", "1", "--duration", "3", "--seed", "7"])
        .args(more)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = tokio::time::timeout(2 * PATIENCE, command).await;
    ended.expect("it ends").expect("it starts")
}

fn report(out: &Path) -> Value {
    let json = std::fs::read(out.join("bench.json")).expect("bench.json");
    serde_json::from_slice(&json).expect("JSON")
}

fn words(output: &Output) -> String {
    let both = [output.stdout.as_slice(), b"\n", output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// A service, and the file of an agent in it.
async fn service_with_an_agent(dir: &Path) -> (Service, PathBuf) {
    let service = Service::start(Options::default().without_model()).await;
    let admin = Agent::first_admin(&service).await;
    drop(admin.hires("clerk", 100).await);
    let file = dir.join("agents");
    std::fs::write(&file, format!("# who\nclerk {PASSWORD}\n")).expect("written");
    // The admin's workspace goes, so that everybody comes to the clerk.
    let away = serde_json::json!({ "status": "AGENT_STATUS_AWAY" });
    let put = reqwest::Method::PUT;
    let told = admin.api.call(put, "/api/v1/me/status", Some(away)).await;
    assert_eq!(told.expect("an answer").0, 200);
    (service, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_people_is_measured_audited_and_shown() {
    let dir = tempfile::tempdir().expect("a directory");
    let (service, file) = service_with_an_agent(dir.path()).await;
    let file = file.display().to_string();
    let out = dir.path().join("out");
    let more = [
        "--agents-file",
        &file,
        "--visitors",
        "12",
        "--rates",
        "20,40",
        "--json-share",
        "0.5",
        "--sources",
        "3",
    ];
    let ended = bench(&service.base, &out, &more).await;
    let said = words(&ended);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("every promise held"), "{said}");
    let report = report(&out);
    assert_eq!(report["served"], 12, "{said}");
    assert_eq!(report["steps"].as_array().map(Vec::len), Some(2));
    for step in report["steps"].as_array().expect("steps") {
        let count = |what: &str| step[what]["count"].as_u64().expect("a count");
        assert!(count("acknowledged") > 20 && step["refused"] == 0, "{step}");
        // Everything is somebody's, and reaches the other.
        assert_eq!(count("delivered"), count("acknowledged"));
    }
    let audit = &report["audit"];
    assert_eq!(audit["said"], audit["acknowledged"]);
    assert!(
        audit["broken"]
            .as_object()
            .is_some_and(serde_json::Map::is_empty)
    );
    // Postbacks and notices are read back as well; two readers were given each.
    let number = |name: &str| audit[name].as_u64().expect("a number");
    assert!(number("stored") > number("said"));
    assert_eq!(number("delivered"), 2 * number("stored"));
    let page = std::fs::read_to_string(out.join("bench.html")).expect("bench.html");
    assert!(page.contains("<svg") && page.contains("Every promise held"));
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("url("));
    for text in [&page, &said, &report.to_string()] {
        assert!(!text.contains(PASSWORD), "no password anywhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_the_bot_times_its_answers() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = Service::start(Options::default().without_model()).await;
    let more = ["--bot", "--visitors", "8", "--rates", "10"];
    let ended = bench(&service.base, dir.path(), &more).await;
    assert!(ended.status.success(), "{}", words(&ended));
    let report = report(dir.path());
    let step = &report["steps"][0];
    assert_eq!(report["model"], "bot");
    assert!(step["answered"]["count"].as_u64() > Some(5), "{step}");
    assert_eq!(step["delivered"]["count"], 0, "nobody else is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_over_tls_and_with_compressed_frames() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = Service::start(Options::default().without_model()).await;
    let front = TlsFront::before_service(&service.base, "here").await;
    let server = front.base("https", "127.0.0.1");
    let authority = certificate("authority").display().to_string();
    let more = ["--bot", "--visitors", "4", "--compression", "--authorities"];
    let more = [&more[..], &[authority.as_str()]].concat();
    let ended = bench(&server, dir.path(), &more).await;
    assert!(ended.status.success(), "{}", words(&ended));
    let report = report(dir.path());
    assert_eq!(report["compression"], true);
    let acknowledged = &report["steps"][0]["acknowledged"];
    assert!(acknowledged["count"].as_u64() > Some(5), "{acknowledged}");
    // Whom nobody vouches for is not put under load, and the reason is said.
    let stranger = certificate("stranger").display().to_string();
    let more = ["--visitors", "4", "--authorities", &stranger];
    let ended = bench(&server, dir.path(), &more).await;
    let said = words(&ended);
    assert!(
        !ended.status.success() && said.contains("not believed here"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_what_each_rate_gave_and_where_it_bends() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = Service::start(Options::default().without_model()).await;
    // Nothing is acknowledged in no time: the search goes down until it ends.
    let more = ["--bot", "--visitors", "2", "--rates", "4", "--find-max"];
    let more = [&more[..], &["--p99-max-ms", "0"]].concat();
    let ended = bench(&service.base, dir.path(), &more).await;
    let said = words(&ended);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("no rate was borne, down to"), "{said}");
    let report = report(dir.path());
    let steps = report["steps"].as_array().expect("steps");
    assert!(steps.len() > 2, "{said}");
    for step in steps {
        assert_eq!(
            (&step["borne"], &step["unanswered"]),
            (&false.into(), &0.into())
        );
        let limit = step["limits"][0].as_str();
        assert!(matches!(limit, Some("slow" | "silent")), "{step}");
    }
    let knee = &report["knee"];
    assert_eq!(
        (&knee["borne"], &knee["uneven"]),
        (&0.0.into(), &false.into())
    );
    assert_eq!(knee["not_borne"], steps[steps.len() - 1]["rate"]);
    let page = std::fs::read_to_string(dir.path().join("bench.html")).expect("bench.html");
    for shown in [
        "The knee",
        "Failures, by rate",
        "no: p99 too long",
        "<circle",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_dropped_or_doubled_on_the_way_fails_the_audit() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = Service::start(Options::default().without_model()).await;
    for (meddling, promise) in [
        (Meddling::None, ""),
        (Meddling::Drops, "is missing on a line"),
        (Meddling::Doubles, "comes twice over a line"),
    ] {
        let road = Meddler::before_service(&service.base, meddling, 15).await;
        let out = dir.path().join(format!("{meddling:?}"));
        // Two visitors, so that something follows what is dropped.
        let more = ["--visitors", "2", "--rates", "20"];
        let ended = bench(&road.base(), &out, &more).await;
        let said = words(&ended);
        assert!(road.seen() > 30, "{said}");
        if meddling == Meddling::None {
            assert!(ended.status.success(), "{said}");
            continue;
        }
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains("BROKEN") && said.contains(promise), "{said}");
        let broken = report(&out)["audit"]["broken"].clone();
        assert_eq!(
            broken.as_object().map(serde_json::Map::len),
            Some(1),
            "{broken}"
        );
        let page = std::fs::read_to_string(out.join("bench.html")).expect("bench.html");
        assert!(page.contains("Promises were broken"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_said_before_anything_is_done() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("agents");
    std::fs::write(&file, "clerk\n").expect("written");
    let file = file.display().to_string();
    for (server, more, told) in [
        ("http://192.0.2.7:8811", vec![], "--i-may-load 192.0.2.7"),
        ("ws://127.0.0.1", vec![], "expected http://"),
        ("http://127.0.0.1:1", vec!["--agents-file", &file], "line 1"),
        ("http://127.0.0.1:1", vec!["--rates", "0"], "no rate"),
        (
            "http://127.0.0.1:1",
            vec!["--visitors", "100000", "--sources", "1"],
            "--sources",
        ),
    ] {
        let ended = bench(server, &dir.path().join("none"), &more).await;
        let said = words(&ended);
        assert!(!ended.status.success() && said.contains(told), "{said}");
    }
    assert!(!dir.path().join("none").exists());
    let ended = bench("http://127.0.0.1:1", dir.path(), &[]).await;
    let said = words(&ended);
    assert!(said.contains("http://127.0.0.1:1 is not ready"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_for_which_there_is_no_time_is_not_begun() {
    let dir = tempfile::tempdir().expect("a directory");
    let service = Service::start(Options::default().without_model()).await;
    let more = ["--bot", "--visitors", "2", "--limit", "1"];
    let ended = bench(&service.base, dir.path(), &more).await;
    let said = words(&ended);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("--limit left no time for a rate"), "{said}");
    // Where nobody looks on, there are lines instead of bars.
    assert!(said.contains("visitors arrive: 2 of 2 after"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_of_the_door_is_waited_for_and_named() {
    let dir = tempfile::tempdir().expect("a directory");
    // Twenty a minute from one address at once, the others one after three seconds each.
    let options = Options::default()
        .without_model()
        .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 20);
    let service = Service::start(options).await;
    let more = ["--visitors", "21", "--rates", "10", "--sources", "1"];
    let ended = bench(&service.base, dir.path(), &more).await;
    let said = words(&ended);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("edge.sessions_per_minute_per_ip"), "{said}");
    assert_eq!(report(dir.path())["visitors"], 21);
}
