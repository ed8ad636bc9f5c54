//! Actions, run against a business that answers, refuses, hangs, dies and comes back.

mod common;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{NOW_MS, Talk, build, typed};
use kefu_bot::{
    ActionError, ActionRequest, ActionSettings, Actions, Bot, BotSettings, Connector, Pending,
    Progress,
};
use kefu_dialog::{ActionOutcome, Failure};
use kefu_types::{Lang, ManualClock};

/// What the business does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Answers,
    AnswersHalf,
    FindsNothing,
    Refuses,
    Hangs,
    Fails,
    Panics,
}

/// A business that remembers what it was asked, and does each thing once.
struct Shop {
    mood: Mutex<Mood>,
    asked: Mutex<Vec<ActionRequest>>,
    done: Mutex<BTreeMap<String, u32>>,
    together: Mutex<(usize, usize)>,
}

impl Shop {
    fn new(mood: Mood) -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(mood),
            asked: Mutex::default(),
            done: Mutex::default(),
            together: Mutex::default(),
        })
    }

    fn becomes(&self, mood: Mood) {
        *self.mood.lock().expect("no panic holds it") = mood;
    }

    fn asked(&self) -> Vec<ActionRequest> {
        self.asked.lock().expect("no panic holds it").clone()
    }

    /// The most calls at once so far.
    fn together(&self) -> usize {
        self.together.lock().expect("no panic holds it").1
    }
}

#[tonic::async_trait]
impl Connector for Shop {
    async fn call(&self, request: &ActionRequest) -> Result<BTreeMap<String, String>, ActionError> {
        self.asked
            .lock()
            .expect("no panic holds it")
            .push(request.clone());
        let mood = *self.mood.lock().expect("no panic holds it");
        {
            let mut together = self.together.lock().expect("no panic holds it");
            together.0 += 1;
            together.1 = together.1.max(together.0);
        }
        tokio::task::yield_now().await;
        self.together.lock().expect("no panic holds it").0 -= 1;
        let of = |pairs: &[(&str, &str)]| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            Ok(pairs.iter().map(owned).collect())
        };
        match mood {
            Mood::Answers => {
                let mut done = self.done.lock().expect("no panic holds it");
                *done.entry(request.key.clone()).or_default() += 1;
                of(&[
                    ("status", "已取消\u{7}"),
                    ("refund", "99.50"),
                    ("left", "3"),
                    ("secret", "x"),
                ])
            }
            Mood::AnswersHalf => of(&[("status", "已取消")]),
            Mood::FindsNothing => Err(ActionError::NotFound),
            Mood::Refuses => Err(ActionError::Refused),
            Mood::Hangs => std::future::pending().await,
            Mood::Fails => Err(ActionError::Unavailable("connection refused".to_owned())),
            Mood::Panics => panic!("the connector has a bug"),
        }
    }
}

fn bounds() -> ActionSettings {
    ActionSettings {
        timeout: Duration::from_millis(100),
        failures_max: 3,
        ..ActionSettings::default()
    }
}

struct Counter {
    talk: Talk,
    shop: Arc<Shop>,
    clock: Arc<ManualClock>,
}

impl Counter {
    fn new(mood: Mood) -> Self {
        let clock = Arc::new(ManualClock::new(NOW_MS));
        let shop = Shop::new(mood);
        let engine = build(include_str!("common/forms.yaml"));
        let bot = Bot::new(engine, BotSettings::default(), clock.clone())
            .with_connector(shop.clone(), bounds());
        let talk = Talk { bot, ..Talk::new() };
        Self { talk, shop, clock }
    }

    /// One whole turn, its action included.
    async fn says(&mut self, text: &str) -> String {
        let turn = self.talk.begin(vec![typed(text)]);
        let commit = match self.talk.bot.begin(&turn).expect("it is read") {
            Progress::Done(commit) => *commit,
            Progress::Act(pending) => self.act(pending).await,
        };
        self.talk.end(commit).text
    }

    async fn act(&self, pending: Box<Pending>) -> kefu_proto::v1::CommitTurn {
        let within = Duration::from_secs(5);
        let (request, own) = (pending.request().clone(), pending.timeout());
        let outcome = self.talk.bot.actions().run(request, own, within).await;
        self.talk
            .bot
            .finish(*pending, outcome)
            .expect("it is worded")
    }
}

const WHOLE: &str = "取消订单 JD20261111，昨天买的，拍错了";

#[tokio::test]
async fn what_the_business_says_stands_in_the_answer() {
    let mut counter = Counter::new(Mood::Answers);
    counter.says(WHOLE).await;
    assert!(counter.shop.asked().is_empty(), "nothing before the yes");
    let answer = counter.says("对的").await;
    assert_eq!(
        answer,
        "订单 JD20261111 已取消，退款 99.50 元，原因：买错了。"
    );
    let asked = counter.shop.asked();
    let [request] = asked.as_slice() else {
        panic!("one call: {asked:?}");
    };
    assert_eq!(
        (request.action.as_str(), request.tenant_id),
        ("order.cancel", 1)
    );
    assert_eq!(request.conversation_id, 7);
    assert_eq!(request.arguments["bought_on"], "2026-11-11");
    assert_eq!(request.arguments["order_number"], "JD20261111");
    assert_eq!(request.language, Lang::Zh);
}

#[tokio::test]
async fn a_bot_that_died_repeats_it_under_the_same_key() {
    let mut counter = Counter::new(Mood::Answers);
    counter.says(WHOLE).await;
    let turn = counter.talk.begin(vec![typed("对的")]);
    let mut commits = Vec::new();
    for _ in 0..2 {
        // The first commit is never sent, as its bot was killed; the turn is handed out again.
        let Progress::Act(pending) = counter.talk.bot.begin(&turn).expect("it is read") else {
            panic!("an action");
        };
        commits.push(counter.act(pending).await);
    }
    assert_eq!(commits[0].new_state, commits[1].new_state);
    let keys: Vec<_> = counter
        .shop
        .asked()
        .into_iter()
        .map(|request| request.key)
        .collect();
    assert_eq!(keys[0], keys[1]);
    // One more word before the commit: a newer turn, the same thing.
    let turn = counter.talk.begin(vec![typed("对的"), typed("好的")]);
    if let Progress::Act(pending) = counter.talk.bot.begin(&turn).expect("it is read") {
        assert_eq!(pending.request().key, keys[0]);
    }
    // Later on it is another thing.
    counter.talk.end(commits.remove(1));
    counter.says(WHOLE).await;
    counter.says("对的").await;
    let last = counter.shop.asked().pop().expect("asked");
    assert_ne!(last.key, keys[0]);
}

#[tokio::test]
async fn nothing_found_asks_for_the_number_again() {
    let mut counter = Counter::new(Mood::FindsNothing);
    counter.says(WHOLE).await;
    let reply = counter.says("对的").await;
    assert_eq!(reply, "没有查到订单 JD20261111。\n\n请发一下订单号。");
    counter.shop.becomes(Mood::Answers);
    let checked = counter.says("JD20262222").await;
    assert!(checked.contains("JD20262222"), "{checked}");
    let answer = counter.says("对的").await;
    assert!(answer.starts_with("订单 JD20262222 已取消"), "{answer}");
}

#[tokio::test]
async fn every_failure_has_its_words() {
    for (mood, begin) in [
        (Mood::Refuses, "抱歉，这个操作目前办不了"),
        (Mood::Hangs, "抱歉，系统这会儿有点慢"),
        (Mood::Fails, "抱歉，系统暂时连接不上"),
        (Mood::Panics, "抱歉，系统暂时连接不上"),
        (Mood::AnswersHalf, "抱歉，系统暂时连接不上"),
    ] {
        let mut counter = Counter::new(mood);
        counter.says(WHOLE).await;
        let reply = counter.says("对的").await;
        assert!(reply.starts_with(begin), "{mood:?}: {reply}");
        counter.shop.becomes(Mood::Answers);
        assert_eq!(counter.says("查一下库存").await, "还剩 3 件。", "{mood:?}");
    }
}

#[tokio::test]
async fn an_action_that_keeps_failing_rests_and_comes_back() {
    let mut counter = Counter::new(Mood::Fails);
    for _ in 0..3 {
        counter.says("查一下库存").await;
    }
    let reply = counter.says("查一下库存").await;
    assert!(reply.starts_with("抱歉，系统暂时连接不上"), "{reply}");
    assert_eq!(
        counter.shop.asked().len(),
        3,
        "the fourth was not even asked"
    );
    counter.shop.becomes(Mood::Answers);
    counter.clock.advance(bounds().rest);
    assert!(counter.says("查一下库存").await.starts_with("还剩 3 件。"));
    assert!(counter.says("查一下库存").await.starts_with("还剩 3 件。"));
}

fn request(at: u64) -> ActionRequest {
    ActionRequest {
        tenant_id: 1,
        conversation_id: at,
        action: "stock.check".to_owned(),
        arguments: BTreeMap::new(),
        key: at.to_string(),
        language: Lang::Zh,
    }
}

#[tokio::test]
async fn calls_at_once_are_bounded_and_one_that_hangs_gives_its_place_back() {
    let clock = Arc::new(ManualClock::new(NOW_MS));
    let shop = Shop::new(Mood::Answers);
    let bounds = ActionSettings {
        at_once_max: 2,
        failures_max: 100,
        ..bounds()
    };
    let actions = Arc::new(Actions::new(shop.clone(), bounds, clock));
    let within = Duration::from_secs(5);
    let calls = (0..20).map(|at| {
        let actions = actions.clone();
        tokio::spawn(async move { actions.run(request(at), None, within).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let outcome = call.await.expect("no panic");
        assert!(matches!(outcome, ActionOutcome::Done { .. }), "{outcome:?}");
    }
    assert!(shop.together() <= 2, "{} at once", shop.together());
    shop.becomes(Mood::Hangs);
    for at in 0..4 {
        let outcome = actions.run(request(at), None, within).await;
        let why = Failure::Timeout;
        assert_eq!(outcome, ActionOutcome::Failed { why });
    }
    shop.becomes(Mood::Answers);
    let outcome = actions.run(request(9), None, within).await;
    assert!(
        matches!(outcome, ActionOutcome::Done { .. }),
        "places came back"
    );
}
