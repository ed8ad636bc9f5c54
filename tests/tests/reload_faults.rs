//! FAULTS row 19: intents reloaded under load, and processes that die in the middle of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use kefu_proto::v1::Sender;
use kefu_tests::{
    Agent, Api, IntentSet, Options, Service, Visitor, edition, first_line, status, text_of, until,
    until_other,
};
use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};
use tokio::time::sleep;

fn patient(options: Options) -> Options {
    options
        .env("KEFU_EDGE__SENDS_PER_SECOND", 1_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 2_000_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 5_000)
        .env("KEFU_CHAT__TURN_DEADLINE_MS", 20_000)
        .env("KEFU_CHAT__BOT_AWAY_MS", 30_000)
        .env("KEFU_SUPERVISOR__DEATHS_MAX", 100)
        .env("KEFU_SUPERVISOR__BACKOFF_MAX_MS", 100)
}

fn counted(status: &Value, what: &str) -> u64 {
    let number = status[what].as_str().and_then(|text| text.parse().ok());
    number.unwrap_or(0)
}

/// Says the same two things in turn until told to stop. Returns the conversation and how often.
async fn chat(
    mut visitor: Visitor,
    stop: Arc<AtomicBool>,
    turns: Arc<AtomicUsize>,
) -> (u64, usize) {
    let mut said = 0;
    while !stop.load(Ordering::SeqCst) {
        visitor
            .says(if said % 2 == 0 { "报时" } else { "回声" })
            .await;
        said += 1;
        visitor.hears_from(Sender::Bot).await;
        turns.fetch_add(1, Ordering::SeqCst);
    }
    let more = visitor.hears_within(Duration::from_millis(300)).await;
    assert!(more.is_empty(), "one turn, one reply: {more:?}");
    (visitor.conversation, said)
}

/// Replies of the bot in a conversation: the set that made each, and what it said.
async fn replies(admin: &Api, conversation: u64) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let path =
            format!("/api/v1/conversations/{conversation}/messages?after_seq={after}&limit=100");
        let (code, page) = admin.get(&path).await.expect("an answer");
        assert_eq!(code, 200, "{page}");
        let messages = page["messages"].as_array().cloned().unwrap_or_default();
        let Some(last) = messages.last() else {
            return found;
        };
        after = last["seq"]
            .as_str()
            .and_then(|seq| seq.parse().ok())
            .expect("a seq");
        for message in messages.iter().filter(|m| m["sender"] == "SENDER_BOT") {
            let trace = message["trace"]["catalogue"].as_str().unwrap_or_default();
            let text = message["body"]["text"]["text"].as_str().unwrap_or_default();
            assert!(message["trace"]["tier"].is_string(), "{message}");
            found.push((trace.to_owned(), first_line(text)));
        }
    }
}

/// What each recorded version answers, by its hash.
async fn editions(admin: &Api) -> BTreeMap<String, String> {
    let (_, listed) = admin
        .get("/api/v1/intents/versions?limit=100")
        .await
        .expect("an answer");
    let mut answers = BTreeMap::new();
    for version in listed["versions"].as_array().expect("versions") {
        let (number, hash) = (&version["number"], &version["hash"]);
        let path = format!(
            "/api/v1/intents/versions/{}/file?path=edition.yaml",
            number.as_str().expect("a number")
        );
        let (_, file) = admin.get(&path).await.expect("an answer");
        let text = file["text"].as_str().expect("a text");
        let answer = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("answers: "));
        let hash = hash.as_str().expect("a hash").to_owned();
        answers.insert(hash, answer.expect("an answer").to_owned());
    }
    answers
}

const VISITORS: usize = 4;

/// Waits until somebody has begun a turn and had its answer since.
async fn met(turns: &AtomicUsize) {
    let before = turns.load(Ordering::SeqCst);
    let met = async {
        while turns.load(Ordering::SeqCst) <= before + VISITORS {
            sleep(Duration::from_millis(2)).await;
        }
    };
    let met = tokio::time::timeout(kefu_tests::PATIENCE, met).await;
    assert!(met.is_ok(), "nobody is answered any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_reloads_a_third_of_them_broken_lose_no_turn_and_mix_no_sets() {
    let set = IntentSet::new();
    let service = Service::start(patient(set.options())).await;
    let admin = Agent::first_admin(&service).await;
    let admin = &admin.api;
    until_other(admin, "").await;
    let stop = Arc::new(AtomicBool::new(false));
    let turns = Arc::new(AtomicUsize::new(0));
    let mut talks = Vec::new();
    for _ in 0..VISITORS {
        let visitor = Visitor::arrive(&service, "zh").await;
        talks.push(tokio::spawn(chat(visitor, stop.clone(), turns.clone())));
    }
    let (mut good, mut bad) = (0, 0);
    for number in 1..=100_usize {
        match number % 9 {
            // Syntax, a lost half, and nothing at all.
            3 => set.save("edition.yaml", "intents:\n  - id: [\n"),
            6 => set.save("edition.yaml", &edition(number)[..60]),
            0 => set.save(
                "shop.yaml",
                "intents:\n  - id: edition\n    title: 二\n    answers: 好\n",
            ),
            _ => set.save("edition.yaml", &edition(number)),
        }
        if number % 9 == 1 && number > 1 {
            // The one that was doubled is mended first, or nothing would be good again.
            fs::remove_file(set.path("shop.yaml")).expect("removed");
        }
        if number % 3 == 0 {
            bad += 1;
            until(admin, "a broken set is refused", |now| {
                counted(now, "refusals") > 0 && now["state"] == "STATE_REFUSED"
            })
            .await;
        } else {
            good += 1;
            until(admin, "a good set serves", |now| {
                now["state"] == "STATE_SERVING" && counted(now, "reloads") >= good
            })
            .await;
            met(&turns).await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    let end = status(admin).await;
    assert!(counted(&end, "refusals") >= bad, "{end}");
    until(admin, "everything is recorded", |now| {
        now["serving"]["number"].is_string() && now["recordPending"].is_null()
    })
    .await;
    let valid = editions(admin).await;
    let mut seen = BTreeSet::new();
    for talk in talks {
        let (conversation, said) = talk.await.expect("nobody waits for ever");
        let heard = replies(admin, conversation).await;
        assert_eq!(heard.len(), said, "every turn has exactly one reply");
        for (hash, text) in heard {
            let expected = valid.get(&hash);
            assert_eq!(
                expected,
                Some(&text),
                "a reply of a set that never was valid"
            );
            seen.insert(hash);
        }
    }
    assert!(seen.len() > 10, "visitors met only {} sets", seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_killed_during_reloads_comes_back_with_the_newest_set() {
    let set = IntentSet::new();
    let service = Service::start(patient(set.options())).await;
    let admin = Agent::first_admin(&service).await;
    let admin = &admin.api;
    until_other(admin, "").await;
    let mut visitor = Visitor::arrive(&service, "zh").await;
    for number in 1..=6_u64 {
        set.save(
            "edition.yaml",
            &edition(usize::try_from(number).expect("small")),
        );
        // Before it is noticed, while it settles, while it is built, while it is recorded.
        sleep(Duration::from_millis(number * 8)).await;
        let dead = service.kill_role("bot");
        visitor.says("报时").await;
        let heard = visitor.hears_from(Sender::Bot).await;
        service.until_restarted("bot", dead).await;
        assert_eq!(first_line(text_of(&heard)), format!("第{number}版"));
    }
    let now = until_other(admin, "").await;
    let valid = editions(admin).await;
    let hash = now["serving"]["hash"].as_str().expect("a hash");
    assert_eq!(valid.get(hash).map(String::as_str), Some("第6版"));
    for (hash, text) in replies(admin, visitor.conversation).await {
        assert_eq!(valid.get(&hash), Some(&text));
    }
}

/// A publication of many files that a kill cuts short is finished by the next bot, whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_killed_while_it_publishes_leaves_one_edition_and_not_two_halves() {
    let set = IntentSet::new();
    for name in ["a", "b", "c"] {
        fs::write(set.path(&format!("{name}.yaml")), part(name, 0)).expect("written");
    }
    let service = Service::start(patient(set.options())).await;
    let admin = Agent::first_admin(&service).await;
    let admin = &admin.api;
    let mut now = until_other(admin, "").await;
    for round in 1..=8_u64 {
        let files: Vec<Value> = ["a", "b", "c"]
            .iter()
            .map(|name| json!({ "path": format!("{name}.yaml"), "text": part(name, round) }))
            .collect();
        let expected = now["serving"]["number"].clone();
        let body = json!({ "files": files, "expectedVersion": expected });
        let asking = admin.clone();
        let publishing =
            tokio::spawn(async move { asking.post("/api/v1/intents/publish", body).await });
        sleep(Duration::from_millis(round * 4)).await;
        let dead = service.kill_role("bot");
        let _ = publishing.await.expect("no panic");
        service.until_restarted("bot", dead).await;
        service.until_ready().await;
        now = until_other(admin, "").await;
        let texts: BTreeSet<String> = ["a", "b", "c"]
            .iter()
            .map(|name| {
                let text = fs::read_to_string(set.path(&format!("{name}.yaml")));
                let text = text.expect("it is whole");
                text.lines().last().unwrap_or_default().to_owned()
            })
            .collect();
        assert_eq!(texts.len(), 1, "round {round}: {texts:?}");
    }
}

fn part(name: &str, round: u64) -> String {
    format!(
        "intents:\n  - id: part.{name}\n    title: 部分{name}\n    phrasings: [部分{name}]\n    answers: 第{round}轮\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_came_while_chat_was_away_is_recorded_when_it_is_back() {
    let set = IntentSet::new();
    let service = Service::start(patient(set.options())).await;
    let admin = Agent::first_admin(&service).await;
    let admin = &admin.api;
    let before = until_other(admin, "").await;
    // Stopped, it answers nothing: what is swapped now cannot be recorded.
    let chat = service.pid_of("chat").expect("chat lives");
    kill(chat, Signal::SIGSTOP).expect("it can be stopped");
    set.save("edition.yaml", &edition(1));
    until_log(&service, "intents serve", 2).await;
    kill(chat, Signal::SIGKILL).expect("it can be killed");
    service.until_restarted("chat", chat).await;
    service.until_ready().await;
    let hash = before["serving"]["hash"].as_str().expect("a hash");
    let after = until_other(admin, hash).await;
    assert_eq!(after["serving"]["number"], "2");
    assert_eq!(after["serving"]["origin"], "CATALOGUE_ORIGIN_FILE");
    let valid = editions(admin).await;
    assert_eq!(valid.len(), 2, "{valid:?}");
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("报时").await;
    let heard = visitor.hears_from(Sender::Bot).await;
    assert_eq!(first_line(text_of(&heard)), "第1版");
}

/// Waits until the log has these words so often.
async fn until_log(service: &Service, words: &str, times: usize) {
    let there = async {
        while service.log().matches(words).count() < times {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(kefu_tests::PATIENCE, there).await;
    assert!(waited.is_ok(), "never logged {words:?}:\n{}", service.log());
}

/// Files that are broken when the bot starts again: what served last serves on, from the history.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_starts_over_broken_files_serves_the_newest_good_version() {
    let set = IntentSet::new();
    let service = Service::start(patient(set.options())).await;
    let admin = Agent::first_admin(&service).await;
    let admin = &admin.api;
    let old = until_other(admin, "").await;
    set.save("edition.yaml", &edition(1));
    let hash = old["serving"]["hash"].as_str().expect("a hash");
    let one = until_other(admin, hash).await;
    set.save("edition.yaml", "intents: [");
    until(admin, "refused", |now| now["state"] == "STATE_REFUSED").await;
    let dead = service.kill_role("bot");
    let mut visitor = Visitor::arrive(&service, "zh").await;
    visitor.says("报时").await;
    let heard = visitor.hears_from(Sender::Bot).await;
    assert_eq!(first_line(text_of(&heard)), "第1版");
    service.until_restarted("bot", dead).await;
    let now = until(admin, "refused again", |now| {
        now["state"] == "STATE_REFUSED" && now["serving"]["number"].is_string()
    })
    .await;
    assert_eq!(now["serving"]["hash"], one["serving"]["hash"]);
    assert_eq!(
        now["serving"]["number"], "2",
        "nothing new to record: {now}"
    );
    set.save("edition.yaml", &edition(2));
    until_other(admin, one["serving"]["hash"].as_str().expect("a hash")).await;
    visitor.says("报时").await;
    let heard = visitor.hears_from(Sender::Bot).await;
    assert_eq!(first_line(text_of(&heard)), "第2版");
}
