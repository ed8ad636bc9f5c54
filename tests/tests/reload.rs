//! Intents change while visitors talk: files that are saved in every way editors have.

use std::{fs, io::Write as _, os::unix::fs::symlink};

use kefu_proto::v1::Sender;
use kefu_tests::{
    Agent, IntentSet, Service, Visitor, edition, first_line, status, text_of, until, until_other,
};
use serde_json::Value;

struct Shop {
    set: IntentSet,
    service: Service,
    admin: Agent,
    visitor: Visitor,
}

impl Shop {
    async fn open(set: IntentSet) -> Self {
        let service = Service::start(set.options()).await;
        let admin = Agent::first_admin(&service).await;
        let visitor = Visitor::arrive(&service, "zh").await;
        until(&admin.api, "the first version is recorded", |status| {
            status["serving"]["number"] == "1"
        })
        .await;
        Self {
            set,
            service,
            admin,
            visitor,
        }
    }

    /// The edition that serves now.
    async fn edition(&mut self) -> String {
        self.visitor.says("报时").await;
        first_line(text_of(&self.visitor.hears_from(Sender::Bot).await))
    }

    async fn hash(&self) -> String {
        let status = status(&self.admin.api).await;
        status["serving"]["hash"]
            .as_str()
            .expect("a hash")
            .to_owned()
    }

    /// Another set serves and is recorded, and it is no half: saving may be seen in the middle,
    /// when the file is away or empty.
    async fn until_whole(&self, old: &str) {
        until(&self.admin.api, "another whole set serves", |status| {
            status["state"] == "STATE_SERVING"
                && status["serving"]["intents"] == 5
                && status["serving"]["hash"] != old
                && status["serving"]["number"].is_string()
        })
        .await;
    }

    async fn until_refused(&self) -> Value {
        until(&self.admin.api, "the set is refused", |status| {
            status["state"] == "STATE_REFUSED"
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_file_serves_however_it_was_saved() {
    let mut shop = Shop::open(IntentSet::new()).await;
    assert_eq!(shop.edition().await, "第0版");

    let old = shop.hash().await;
    shop.set.save("edition.yaml", &edition(1));
    until_other(&shop.admin.api, &old).await;
    assert_eq!(shop.edition().await, "第1版", "renamed into place");

    let old = shop.hash().await;
    fs::write(shop.set.path("edition.yaml"), edition(2)).expect("written");
    shop.until_whole(&old).await;
    assert_eq!(shop.edition().await, "第2版", "cut and written again");

    // The old one is moved away first, as some editors do for a backup.
    let old = shop.hash().await;
    let file = shop.set.path("edition.yaml");
    fs::rename(&file, shop.set.path("edition.yaml~")).expect("renamed");
    fs::write(&file, edition(3)).expect("written");
    shop.until_whole(&old).await;
    assert_eq!(shop.edition().await, "第3版", "with a backup");

    let old = shop.hash().await;
    let moved = shop.set.beside().join("old");
    let replacement = shop.set.beside().join("new");
    copy(&shop.set, &replacement, &edition(4));
    fs::rename(shop.set.dir(), moved).expect("renamed");
    fs::rename(replacement, shop.set.dir()).expect("renamed");
    until_other(&shop.admin.api, &old).await;
    assert_eq!(
        shop.edition().await,
        "第4版",
        "the whole directory replaced"
    );

    // And the new directory is the one that is watched.
    let old = shop.hash().await;
    shop.set.save("edition.yaml", &edition(5));
    until_other(&shop.admin.api, &old).await;
    assert_eq!(shop.edition().await, "第5版");
    let status = status(&shop.admin.api).await;
    assert_eq!(status["watch"], "events");
    assert_eq!(status["serving"]["origin"], "CATALOGUE_ORIGIN_FILE");
}

fn copy(set: &IntentSet, to: &std::path::Path, text: &str) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(set.dir()).expect("a directory").flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
    fs::write(to.join("edition.yaml"), text).expect("written");
}

/// As Kubernetes mounts them: files are links through a link that is replaced.
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_links_is_followed() {
    let set = IntentSet::new();
    for number in 0..2 {
        copy(&set, &set.path(&format!("..{number}")), &edition(number));
    }
    symlink("..0", set.path("..data")).expect("a link");
    for name in ["edition.yaml", "shop.yaml", "people.yaml"] {
        fs::remove_file(set.path(name)).expect("removed");
        symlink(format!("..data/{name}"), set.path(name)).expect("a link");
    }
    let mut shop = Shop::open(set).await;
    assert_eq!(shop.edition().await, "第0版");
    let old = shop.hash().await;
    symlink("..1", shop.set.path("..new")).expect("a link");
    fs::rename(shop.set.path("..new"), shop.set.path("..data")).expect("renamed");
    until_other(&shop.admin.api, &old).await;
    assert_eq!(shop.edition().await, "第1版");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_reported_the_directory_is_compared() {
    let set = IntentSet::new();
    let options = set
        .options()
        .env("KEFU_INTENTS__EVENTS", false)
        .env("KEFU_INTENTS__POLL_BLIND_MS", 50);
    let service = Service::start(options).await;
    let admin = Agent::first_admin(&service).await;
    let before = until_other(&admin.api, "").await;
    assert_eq!(before["watch"], "poll");
    set.save("edition.yaml", &edition(1));
    let hash = before["serving"]["hash"].as_str().expect("a hash");
    until_other(&admin.api, hash).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_changes_nothing_until_it_is_whole() {
    let mut shop = Shop::open(IntentSet::new()).await;
    let old = shop.hash().await;
    let text = edition(1);
    let (head, tail) = text.split_at(text.len() / 2);
    // Closed in the middle, as a copy over a bad line is.
    fs::write(shop.set.path("edition.yaml"), head).expect("written");
    let refused = shop.until_refused().await;
    assert_eq!(
        refused["serving"]["hash"],
        old.as_str(),
        "the old set serves"
    );
    assert_eq!(shop.edition().await, "第0版");
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(shop.set.path("edition.yaml"))
        .expect("it is there");
    file.write_all(tail.as_bytes()).expect("written");
    drop(file);
    until_other(&shop.admin.api, &old).await;
    assert_eq!(shop.edition().await, "第1版");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_set_is_refused_with_its_places_and_the_next_good_one_serves() {
    let mut shop = Shop::open(IntentSet::new()).await;
    let old = shop.hash().await;
    let broken = "intents:\n  - id: return.apply\n    titel: 我要退货\n  - id: two\n    title: 二\n    answers: [\n";
    shop.set.save("shop.yaml", broken);
    let status = shop.until_refused().await;
    let problem = &status["problems"][0];
    assert_eq!(problem["file"], "shop.yaml", "{status}");
    assert!(
        problem["line"].as_u64().is_some_and(|line| line >= 1),
        "{status}"
    );
    assert_eq!(problem["severity"], "error");
    assert!(status["refusedAtMs"].is_string());
    assert_eq!(shop.edition().await, "第0版");
    shop.service.until_logged("the old set serves on").await;
    let (code, problem) = shop
        .admin
        .api
        .post("/api/v1/intents/reload", Value::Null)
        .await
        .expect("an answer");
    assert_eq!(code, 422, "{problem}");
    assert_eq!(problem["problems"][0]["file"], "shop.yaml");
    let (_, metrics) = metrics(&shop).await;
    let refusals = metrics
        .lines()
        .find(|line| line.starts_with("kefu_bot_reloads_total") && line.contains("\"refused\""));
    assert!(refusals.is_some(), "{metrics}");

    // In this order no good set lies between: the bad file stands until the last moment.
    shop.set.save("edition.yaml", &edition(1));
    fs::remove_file(shop.set.path("shop.yaml")).expect("removed");
    let now = until_other(&shop.admin.api, &old).await;
    assert_eq!(now["serving"]["removed"][0], "return.apply", "{now}");
    assert!(
        now["problems"]
            .as_array()
            .is_none_or(|all| all.iter().all(|p| p["severity"] != "error"))
    );
    assert_eq!(shop.edition().await, "第1版");
}

async fn metrics(shop: &Shop) -> (u16, String) {
    let url = format!("{}/metrics", shop.service.base);
    let response = reqwest::get(url).await.expect("an answer");
    (
        response.status().as_u16(),
        response.text().await.expect("text"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_directory_serves_nothing_and_so_the_old_set_stays() {
    let mut shop = Shop::open(IntentSet::new()).await;
    // All at once: one by one, the rest would be a good set for a moment.
    let empty = shop.set.beside().join("empty");
    fs::create_dir(&empty).expect("a directory");
    fs::rename(shop.set.dir(), shop.set.beside().join("old")).expect("renamed");
    fs::rename(empty, shop.set.dir()).expect("renamed");
    shop.until_refused().await;
    let gone = until(&shop.admin.api, "nothing is left", |status| {
        let message = status["problems"][0]["message"].as_str();
        message.is_some_and(|text| text.contains("no .yaml file"))
    })
    .await;
    assert_eq!(gone["serving"]["number"], "1");
    assert_eq!(shop.edition().await, "第0版");
}

/// Restarting is not changing: the same directory records nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_starts_again_over_the_same_files_records_nothing() {
    let shop = Shop::open(IntentSet::new()).await;
    let dead = shop.service.kill_role("bot");
    shop.service.until_restarted("bot", dead).await;
    shop.service.until_ready().await;
    let again = until_other(&shop.admin.api, "").await;
    assert_eq!(again["serving"]["number"], "1", "{again}");
    let (_, listed) = shop
        .admin
        .api
        .get("/api/v1/intents/versions")
        .await
        .expect("an answer");
    assert_eq!(
        listed["versions"].as_array().map(Vec::len),
        Some(1),
        "{listed}"
    );
}
