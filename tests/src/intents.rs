//! A small set of intents in a directory of its own, and what an admin sees of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::{Api, Options, PATIENCE};

/// A directory of intents. What it answers to "报时" is the edition that was saved last.
pub struct IntentSet {
    root: tempfile::TempDir,
}

impl IntentSet {
    /// A set of three files at edition 0.
    #[must_use]
    pub fn new() -> Self {
        let set = Self {
            root: tempfile::tempdir().expect("a directory"),
        };
        fs::create_dir_all(set.dir()).expect("a directory");
        fs::write(set.path("edition.yaml"), edition(0)).expect("written");
        fs::write(set.path("shop.yaml"), SHOP).expect("written");
        fs::write(set.path("people.yaml"), PEOPLE).expect("written");
        set
    }

    /// The directory that the bot watches.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.root.path().join("intents")
    }

    /// Beside it, on the same file system.
    #[must_use]
    pub fn beside(&self) -> &Path {
        self.root.path()
    }

    /// A file of the set.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// Saves a file as most editors do: a new one takes the old one's name.
    pub fn save(&self, name: &str, text: &str) {
        let beside = self.path(&format!(".{name}.swp"));
        fs::write(&beside, text).expect("written");
        fs::rename(beside, self.path(name)).expect("renamed");
    }

    /// Options of a service over this set, without a model, that looks quickly.
    #[must_use]
    pub fn options(&self) -> Options {
        Options::default()
            .without_model()
            .env("KEFU_BOT__INTENTS_DIR", self.dir().display())
            .env("KEFU_INTENTS__SETTLE_MS", 20)
    }
}

impl Default for IntentSet {
    fn default() -> Self {
        Self::new()
    }
}

/// The file that answers with its edition, from two intents.
#[must_use]
pub fn edition(number: usize) -> String {
    format!(
        "intents:
  - id: edition
    title: 现在是第几版
    phrasings: [第几版了]
    keywords: [{{ any: [报时], match: exact }}]
    answers: 第{number}版
  - id: echo
    title: 再说一遍
    phrasings: [再说一遍]
    keywords: [{{ any: [回声], match: exact }}]
    answers: 第{number}版
"
    )
}

const SHOP: &str = "intents:
  - id: return.apply
    title: 我要退货
    phrasings: [我要退货, 东西不想要了, 怎么退]
    keywords: [{ any: [退货] }]
    answers: 请在订单页申请退货
";

const PEOPLE: &str = "intents:
  - id: human
    title: 转人工
    role: human
    phrasings: [转人工, 找个真人]
    keywords: [{ any: [转人工] }]
    answers: 好的
  - id: greet
    title: 你好
    phrasings: [你好, 在吗]
    keywords: [{ any: [你好], match: exact }]
    answers: 您好
";

/// What was answered; to a question that is asked twice the bot adds how to go on.
#[must_use]
pub fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What the admin's page shows.
///
/// # Panics
/// When the service does not answer with it.
pub async fn status(admin: &Api) -> Value {
    let (code, status) = admin
        .get("/api/v1/intents/status")
        .await
        .expect("an answer");
    assert_eq!(code, 200, "{status}");
    status
}

/// Waits until the status is as wanted.
///
/// # Panics
/// When it never is.
pub async fn until(admin: &Api, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    let seen = timeout(PATIENCE, async {
        loop {
            // While a role starts again there is no answer, or a 503.
            if let Ok((200, status)) = admin.get("/api/v1/intents/status").await {
                if wanted(&status) {
                    return status;
                }
                last = status;
            }
            sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    match seen.await {
        Ok(status) => status,
        Err(_) => panic!("{what}: the status stays {last}"),
    }
}

/// Waits until the set in use is recorded and not `hash`.
///
/// # Panics
/// When none comes.
pub async fn until_other(admin: &Api, hash: &str) -> Value {
    until(admin, "another set serves", |status| {
        status["state"] == "STATE_SERVING"
            && status["serving"]["hash"] != hash
            && status["serving"]["number"].is_string()
    })
    .await
}
