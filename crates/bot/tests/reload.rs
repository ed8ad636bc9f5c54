//! Reloading inside one process: the calendar, a build that fails, the whole fit that a patched set
//! owes, and threads that give way.

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
use kefu_nlu::{BuildError, EmbedError, Engine, NoVectorCache, Progress, Settings};
use kefu_proto::transport::{Address, channel};
use kefu_types::{ManualClock, SeededEntropy};
use tokio_util::sync::CancellationToken;

/// 2026-11-12 23:59:50 in Shanghai.
const BEFORE_MIDNIGHT_MS: i64 = 1_794_499_190_000;

#[derive(Default)]
struct Plain {
    fails: AtomicBool,
    panics: AtomicBool,
    /// A whole fit of what was patched goes on until somebody wants it ended.
    lingers: AtomicBool,
    tried: AtomicUsize,
    patched: AtomicUsize,
    refits: AtomicUsize,
}

impl Builder for Plain {
    fn build(
        &self,
        catalogue: Arc<Catalogue>,
        previous: Option<&Engine>,
        progress: Progress<'_>,
    ) -> Result<Engine, BuildError> {
        self.tried.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics.load(Ordering::SeqCst), "the builder has a bug");
        if self.fails.load(Ordering::SeqCst) {
            return Err(EmbedError::Failed("no memory".to_owned()).into());
        }
        let (cache, settings) = (&NoVectorCache, Settings::default());
        let Some(previous) = previous else {
            return Engine::build(catalogue, None, cache, &settings, progress);
        };
        if previous.is_patched() && previous.catalogue().version == catalogue.version {
            self.refits.fetch_add(1, Ordering::SeqCst);
            while self.lingers.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
                progress(0, 1);
            }
        }
        let engine = Engine::rebuild(previous, catalogue, None, cache, &settings, progress)?;
        self.patched
            .fetch_add(engine.is_patched().into(), Ordering::SeqCst);
        Ok(engine)
    }

    fn evaluate(&self, _: &Catalogue, _: usize, _: Progress<'_>) -> Result<String, BuildError> {
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
    let engine = builder
        .build(first.catalogue.clone(), None, &|_, _| {})
        .expect("built");
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
        refit_after: Duration::from_millis(20),
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
    let waited = tokio::time::timeout(Duration::from_secs(60), there).await;
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

/// Thirty intents of twelve phrasings each, enough for a small change to be patched; and this one.
fn many(one_more: &str) -> String {
    let mut yaml = "intents:\n".to_owned();
    for (at, what) in ('一'..='龥').step_by(97).take(30).enumerate() {
        yaml += &format!("  - id: many.m{at}\n    title: 关于{what}\n    answers: 好\n");
        yaml += "    phrasings:\n";
        let phrasings = ('a'..='l').map(|how| format!("{what}{how}怎么办{what}"));
        phrasings.for_each(|text| yaml += &format!("      - {text}\n"));
        if at == 0 {
            yaml += &format!("      - {one_more}\n");
        }
    }
    yaml
}

fn knows(bot: &Bot, text: &str) -> bool {
    let engine = bot.engine();
    let mut phrasings = engine
        .catalogue()
        .intents
        .iter()
        .flat_map(|it| &it.phrasings);
    phrasings.any(|phrasing| phrasing.text == text)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_patched_is_fitted_whole_when_nothing_changes_any_more() {
    let world = world(&many("第一句话"));
    assert!(!world.bot.engine().is_patched());
    save(&world, &many("第二句话"));
    until("the patched set, and then the whole one", || {
        world.builder.patched.load(Ordering::SeqCst) == 1
            && knows(&world.bot, "第二句话")
            && !world.bot.engine().is_patched()
    })
    .await;
    let whole = world.bot.engine();
    let intents = world.dir.path().join("intents");
    let on_disk = reload::first(&intents, date(2026, 11, 12)).expect("a good set");
    assert_eq!(whole.catalogue().version, on_disk.catalogue.version);
    let fresh = world.builder.build(on_disk.catalogue, None, &|_, _| {});
    let fresh = fresh.expect("built");
    for text in ["第二句话", "一a怎么办", "没有这件事"] {
        assert_eq!(
            format!("{:?}", whole.understand(text, None)),
            format!("{:?}", fresh.understand(text, None)),
            "{text}"
        );
    }
    assert_eq!(world.builder.refits.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_change_does_not_wait_for_a_whole_fit() {
    let world = world(&many("第一句话"));
    world.builder.lingers.store(true, Ordering::SeqCst);
    save(&world, &many("第二句话"));
    until("the whole fit began", || {
        world.builder.refits.load(Ordering::SeqCst) == 1
    })
    .await;
    assert!(world.bot.engine().is_patched() && knows(&world.bot, "第二句话"));
    save(&world, &many("第三句话"));
    until("the newer set serves", || knows(&world.bot, "第三句话")).await;
    world.builder.lingers.store(false, Ordering::SeqCst);
    until("it is fitted whole in the end", || {
        knows(&world.bot, "第三句话") && !world.bot.engine().is_patched()
    })
    .await;
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
