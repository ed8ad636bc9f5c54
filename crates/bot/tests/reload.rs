//! Reloading inside one process: the calendar, a build that fails, and threads that give way.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::civil::date;
use kefu_bot::{
    Bot, BotSettings, Status,
    reload::{self, Background, Builder, Parts, ReloadSettings, Reloader},
};
use kefu_intents::Catalogue;
use kefu_nlu::{BuildError, EmbedError, Engine, NoVectorCache, Settings};
use kefu_proto::transport::{Address, channel};
use kefu_types::{ManualClock, SeededEntropy};
use tokio_util::sync::CancellationToken;

/// 2026-11-12 23:59:50 in Shanghai.
const BEFORE_MIDNIGHT_MS: i64 = 1_794_499_190_000;

#[derive(Default)]
struct Plain {
    fails: AtomicBool,
    panics: AtomicBool,
    tried: AtomicUsize,
}

impl Builder for Plain {
    fn build(&self, catalogue: Arc<Catalogue>, _: Option<&Engine>) -> Result<Engine, BuildError> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics.load(Ordering::SeqCst), "the builder has a bug");
        if self.fails.load(Ordering::SeqCst) {
            return Err(EmbedError::Failed("no memory".to_owned()).into());
        }
        Engine::build(
            catalogue,
            None,
            &NoVectorCache,
            &Settings::default(),
            &|_, _| {},
        )
    }

    fn evaluate(
        &self,
        _: &Catalogue,
        _: usize,
        _: &dyn Fn(usize, usize),
    ) -> Result<String, BuildError> {
        Ok("{}".to_owned())
    }
}

struct World {
    bot: Arc<Bot>,
    clock: Arc<ManualClock>,
    builder: Arc<Plain>,
    dir: tempfile::TempDir,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn world(yaml: &str) -> World {
    let dir = tempfile::tempdir().expect("a directory");
    let intents = dir.path().join("intents");
    fs::create_dir_all(&intents).expect("a directory");
    fs::write(intents.join("a.yaml"), yaml).expect("written");
    let clock = Arc::new(ManualClock::new(BEFORE_MIDNIGHT_MS));
    let builder = Arc::new(Plain::default());
    let first = reload::first(&intents, date(2026, 11, 12)).expect("a good set");
    let engine = builder.build(first.catalogue.clone(), None).expect("built");
    let settings = BotSettings::default();
    let bot = Arc::new(Bot::new(Arc::new(engine), settings, clock.clone()));
    let stop = CancellationToken::new();
    let parts = Parts {
        bot: bot.clone(),
        builder: builder.clone(),
        background: Background::new("build", 1).expect("threads"),
        evaluating: Background::new("evaluate", 1).expect("threads"),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(1)),
        // Nobody listens there: what serves does not depend on being recorded.
        core: channel(&Address::Unix(dir.path().join("no.sock"))).expect("an address"),
        status: Arc::new(Status::default()),
    };
    let reloading = ReloadSettings {
        dir: intents,
        work_dir: dir.path().join("work"),
        settle: Duration::from_millis(5),
        poll: Duration::from_millis(20),
        poll_blind: Duration::from_millis(20),
        ..ReloadSettings::default()
    };
    let _ = Reloader::start(parts, first, reloading, &stop);
    World {
        bot,
        clock,
        builder,
        dir,
        stop,
    }
}

fn save(world: &World, yaml: &str) {
    let place = world.dir.path().join("intents/a.yaml");
    let beside = world.dir.path().join("new");
    fs::write(&beside, yaml).expect("written");
    fs::rename(beside, place).expect("renamed");
}

async fn until(what: &str, wanted: impl Fn() -> bool) {
    let there = async {
        while !wanted() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), there).await;
    assert!(waited.is_ok(), "never: {what}");
}

fn ids(bot: &Bot) -> Vec<String> {
    let engine = bot.engine();
    let intents = engine.catalogue().intents.iter();
    intents.map(|intent| intent.id.clone()).collect()
}

const SALE: &str = "intents:
  - id: sale.eleven
    title: 双十一活动
    phrasings: [双十一打折吗]
    valid_to: 2026-11-12
    answers: 打折
  - id: sale.after
    title: 返场活动
    phrasings: [还有活动吗]
    valid_from: 2026-11-13
    answers: 有返场
  - id: greet
    title: 你好
    phrasings: [你好]
    answers: 您好
";

#[tokio::test(flavor = "multi_thread")]
async fn at_the_tenants_midnight_what_is_valid_changes_by_itself() {
    let world = world(SALE);
    assert_eq!(ids(&world.bot), ["greet", "sale.eleven"]);
    let before = world.bot.engine();
    world.clock.advance(Duration::from_secs(11));
    until("the next day's set", || {
        ids(&world.bot) == ["greet", "sale.after"]
    })
    .await;
    // A turn that began before goes on with what it began with.
    assert_eq!(before.catalogue().intents.len(), 2);
    assert!(before.catalogue().get("sale.eleven").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_cannot_be_built_leaves_the_old_one_and_is_tried_again() {
    let world = world(SALE);
    let failures = [
        (&world.builder.fails, "欢迎"),
        (&world.builder.panics, "回来了"),
    ];
    for (flag, words) in failures {
        let old = world.bot.engine().catalogue().version.clone();
        let tried = world.builder.tried.load(Ordering::SeqCst);
        flag.store(true, Ordering::SeqCst);
        save(&world, &SALE.replace("您好", words));
        until("it was tried", || {
            world.builder.tried.load(Ordering::SeqCst) > tried + 1
        })
        .await;
        assert_eq!(world.bot.engine().catalogue().version, old);
        flag.store(false, Ordering::SeqCst);
        until("it serves without another save", || {
            let engine = world.bot.engine();
            let greet = engine.catalogue().get("greet").cloned();
            format!("{greet:?}").contains(words)
        })
        .await;
    }
}

#[cfg(target_os = "linux")]
#[test]
fn background_threads_have_the_lowest_priority() {
    let background = Background::new("build", 2).expect("threads");
    let nice = background.run(|| {
        let stat = fs::read_to_string(Path::new("/proc/thread-self/stat")).expect("read");
        let after_name = stat.rsplit(')').next().expect("a name").to_owned();
        // proc(5): nice is field 19, and the state, field 3, is the first after the name.
        after_name.split_whitespace().nth(16).map(str::to_owned)
    });
    assert_eq!(nice.as_deref(), Some("19"));
    let own = fs::read_to_string("/proc/thread-self/stat").expect("read");
    let own = own.rsplit(')').next().expect("a name").to_owned();
    assert_ne!(
        own.split_whitespace().nth(16),
        Some("19"),
        "others keep theirs"
    );
}
