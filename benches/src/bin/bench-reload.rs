//! Hot reload: from the save of one changed phrasing among thousands to the first moment it
//! serves, and what a hundred reloads, a third of them broken, do to the replies of visitors who
//! talk meanwhile. Release binary, real model, phrasings made here from templates.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use clap::Parser;
use hdrhistogram::Histogram;
use kefu_proto::v1::Sender;
use kefu_tests::{Agent, Api, Codec, Options, Service, Visitor, until_other};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

/// What to measure with.
#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON.
    #[arg(long)]
    out: PathBuf,
    /// Intents; each has as many phrasings as `per_intent` says, and a file of its own.
    #[arg(long, default_value_t = 200)]
    intents: usize,
    /// Phrasings of an intent.
    #[arg(long, default_value_t = 50)]
    per_intent: usize,
    /// Changes that are timed from save to served.
    #[arg(long, default_value_t = 20)]
    changes: usize,
    /// Reloads under load.
    #[arg(long, default_value_t = 100)]
    reloads: usize,
    /// Visitors who talk meanwhile, each with a pause of 100 ms between a reply and the next message.
    #[arg(long, default_value_t = 4)]
    visitors: usize,
    /// Without the model: shows only that this program works.
    #[arg(long)]
    without_model: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let root = tempfile::tempdir()?;
    let dir = root.path().join("intents");
    write_set(&dir, &args)?;
    let mut options = Options::default()
        .env("KEFU_BOT__INTENTS_DIR", dir.display())
        .env("KEFU_BOT__CACHE_DIR", root.path().join("cache").display())
        .env("KEFU_SUPERVISOR__READY_S", 3_600)
        .env("KEFU_EDGE__SENDS_PER_SECOND", 10_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 2_000_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 50_000)
        .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 1_000_000);
    if args.without_model {
        options = options.without_model();
    }
    embed_first(&dir, &args, root.path())?;
    let service = Service::start(options).await;
    let admin = Agent::first_admin(&service).await;
    let admin = &admin.api;
    let away = json!({ "status": "AGENT_STATUS_AWAY" });
    admin
        .call(reqwest::Method::PUT, "/api/v1/me/status", Some(away))
        .await?;
    until_other(admin, "").await;
    let served = changes(admin, &dir, &args).await?;
    let calm_for = Duration::from_secs_f64(args.reloads as f64 * 0.3);
    let calm = talk(&service, args.visitors, async {
        sleep(calm_for).await;
        Ok(())
    })
    .await?;
    let stormy = talk(&service, args.visitors, storm(admin, &dir, &args)).await?;
    let ratio =
        |q: f64| stormy.value_at_quantile(q) as f64 / calm.value_at_quantile(q).max(1) as f64;
    let figures = json!({
        "phrasings": args.intents * args.per_intent,
        "model": !args.without_model,
        "save_to_served_ms": row(&served),
        "reloads": args.reloads,
        "reply_ms_calm": row(&calm),
        "reply_ms_during_reloads": row(&stormy),
        "ratio_p50": ratio(0.5),
        "ratio_p99": ratio(0.99),
    });
    fs::write(&args.out, format!("{figures:#}\n"))?;
    println!("{figures:#}");
    Ok(())
}

fn row(times: &Histogram<u64>) -> Value {
    let ms = |q: f64| times.value_at_quantile(q) as f64 / 1_000.0;
    json!({ "n": times.len(), "p50": ms(0.5), "p99": ms(0.99), "max": ms(1.0) })
}

/// Embeds the set into the cache before the service starts, so that a start does not wait for it.
fn embed_first(dir: &Path, args: &Args, root: &Path) -> anyhow::Result<()> {
    if args.without_model {
        return Ok(());
    }
    let binary = std::env::current_exe()?.with_file_name("kefu");
    let done = std::process::Command::new(binary)
        .args(["intents", "explain", "你好"])
        .arg("--dir")
        .arg(dir)
        .env("KEFU_BOT__CACHE_DIR", root.join("cache"))
        .current_dir(kefu_tests::workspace_root())
        .output();
    // Only a warm-up: without it the first start takes longer, and nothing else changes.
    if let Ok(done) = done
        && !done.status.success()
    {
        eprintln!("{}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

const OPENINGS: [&str; 10] = [
    "请问",
    "我想问一下",
    "麻烦问下",
    "你好",
    "那个",
    "想咨询",
    "亲",
    "帮我看看",
    "急",
    "再问一次",
];
const VERBS: [&str; 10] = [
    "怎么查",
    "能不能改",
    "如何取消",
    "在哪里看",
    "可以补",
    "为什么没有",
    "什么时候到",
    "要不要付",
    "怎么退",
    "找不到",
];
const THINGS: [&str; 20] = [
    "订单",
    "发票",
    "优惠券",
    "快递",
    "地址",
    "会员",
    "积分",
    "退款",
    "保修",
    "尺码",
    "赠品",
    "定金",
    "尾款",
    "自提点",
    "安装",
    "配件",
    "账号",
    "密码",
    "评价",
    "礼品卡",
];
const KINDS: [&str; 10] = [
    "昨天的",
    "上个月的",
    "送人的",
    "公司的",
    "第二件的",
    "海外的",
    "预售的",
    "换货的",
    "老家的",
    "双份的",
];

/// Phrasing `n` of intent `of`: the thing and the kind say which intent it is.
fn phrasing(of: usize, n: usize) -> String {
    let thing = THINGS[of % THINGS.len()];
    let kind = KINDS[of / THINGS.len() % KINDS.len()];
    let opening = OPENINGS[n % OPENINGS.len()];
    let verb = VERBS[n / OPENINGS.len() % VERBS.len()];
    let more = n / (OPENINGS.len() * VERBS.len());
    let tail = if more == 0 {
        String::new()
    } else {
        format!("，第{more}次")
    };
    format!("{opening}{kind}{thing}{verb}{tail}")
}

fn file(of: usize, per_intent: usize, changed: Option<u64>) -> String {
    let mut text = format!(
        "intents:\n  - id: i{of}\n    title: 第{of}类问题\n    answers: 第{of}类的回答\n    phrasings:\n"
    );
    for n in 0..per_intent {
        let line = match changed {
            Some(edition) if n == 0 => format!("{}（改{edition}）", phrasing(of, n)),
            _ => phrasing(of, n),
        };
        text.push_str(&format!("      - {line}\n"));
    }
    text
}

fn write_set(dir: &Path, args: &Args) -> anyhow::Result<()> {
    ensure!(
        args.intents <= THINGS.len() * KINDS.len(),
        "at most 200 intents"
    );
    fs::create_dir_all(dir)?;
    for of in 0..args.intents {
        fs::write(
            dir.join(format!("i{of}.yaml")),
            file(of, args.per_intent, None),
        )?;
    }
    Ok(())
}

fn save(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let beside = dir.join(format!(".{name}.new"));
    fs::write(&beside, text)?;
    Ok(fs::rename(beside, dir.join(name))?)
}

/// One phrasing changed, again and again; the status is asked until another set serves.
async fn changes(admin: &Api, dir: &Path, args: &Args) -> anyhow::Result<Histogram<u64>> {
    let mut times = Histogram::new(3)?;
    for edition in 0..args.changes {
        let of = edition * 7 % args.intents;
        let before = hash(admin).await?;
        let text = file(of, args.per_intent, Some(edition as u64));
        let began = Instant::now();
        save(dir, &format!("i{of}.yaml"), &text)?;
        while hash(admin).await? == before {
            ensure!(
                began.elapsed() < Duration::from_secs(120),
                "the change never serves"
            );
            sleep(Duration::from_millis(2)).await;
        }
        times.record(u64::try_from(began.elapsed().as_micros())?)?;
    }
    Ok(times)
}

async fn status(admin: &Api) -> anyhow::Result<Value> {
    let (code, status) = admin.get("/api/v1/intents/status").await?;
    ensure!(code == 200, "{status}");
    Ok(status)
}

async fn hash(admin: &Api) -> anyhow::Result<String> {
    let status = status(admin).await?;
    Ok(status["serving"]["hash"]
        .as_str()
        .context("a hash")?
        .to_owned())
}

/// A hundred saves, every third one broken, each waited for.
async fn storm(admin: &Api, dir: &Path, args: &Args) -> anyhow::Result<()> {
    for n in 1..=args.reloads {
        let of = n * 7 % args.intents;
        let name = format!("i{of}.yaml");
        let before = status(admin).await?;
        let text = file(of, args.per_intent, Some(1_000 + n as u64));
        let broken = n % 3 == 0;
        let saved = if broken {
            format!("{text}  - broken: [\n")
        } else {
            text.clone()
        };
        save(dir, &name, &saved)?;
        let counter = if broken { "refusals" } else { "reloads" };
        until_counted(admin, counter, &before).await?;
        if broken {
            // What follows would be refused for this file's sake.
            let before = status(admin).await?;
            save(dir, &name, &text)?;
            until_counted(admin, "reloads", &before).await?;
        }
    }
    Ok(())
}

async fn until_counted(admin: &Api, counter: &str, before: &Value) -> anyhow::Result<()> {
    while status(admin).await?[counter] == before[counter] {
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Visitors talk while `meanwhile` goes on: microseconds from message to reply.
async fn talk(
    service: &Service,
    visitors: usize,
    meanwhile: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Histogram<u64>> {
    let stop = Arc::new(AtomicBool::new(false));
    let said = Arc::new(AtomicU64::new(0));
    let mut talks = JoinSet::new();
    for _ in 0..visitors {
        let visitor = Visitor::arrive_with(service, "zh", Codec::Proto).await;
        talks.spawn(talks_on(visitor, stop.clone(), said.clone()));
    }
    let done = meanwhile.await;
    stop.store(true, Ordering::SeqCst);
    let mut all = Histogram::<u64>::new(3)?;
    while let Some(times) = talks.join_next().await {
        all.add(times?)?;
    }
    done?;
    Ok(all)
}

async fn talks_on(
    mut visitor: Visitor,
    stop: Arc<AtomicBool>,
    said: Arc<AtomicU64>,
) -> Histogram<u64> {
    let mut times = Histogram::new(3).expect("three digits");
    while !stop.load(Ordering::SeqCst) {
        // Never the same twice, so that the encoder computes each.
        let n = usize::try_from(said.fetch_add(1, Ordering::Relaxed)).unwrap_or(0);
        let text = format!("{}，{n}号", phrasing(n * 13 % 200, n % 100));
        let began = Instant::now();
        visitor.says(&text).await;
        visitor.hears_from(Sender::Bot).await;
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        times.record(micros).expect("it fits");
        sleep(Duration::from_millis(100)).await;
    }
    times
}
