//! The product's figures, on the release binary with the shipped configuration and the real
//! model: start to ready, memory, reply time by tier, durable messages per second beside the
//! disk's own fdatasync rate, size of the binary. `benches/run.sh` calls it.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

use std::{
    fs::File,
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use clap::Parser;
use hdrhistogram::Histogram;
use kefu_benches::field_mib;
use kefu_proto::v1::{MessagePage, Phase, Sender};
use kefu_tests::{Agent, Codec, Options, Service, Visitor};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// What to measure with.
#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON.
    #[arg(long)]
    out: PathBuf,
    /// Seconds for each throughput figure.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Texts of `intent<TAB>text` whose replies are timed.
    #[arg(long, default_value = "intents/cases/starter.tsv")]
    texts: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let binary = std::env::current_exe()?.with_file_name("kefu");
    let starts = starts().await;
    // Limits at the door are for strangers; the generator is one address.
    let options = Options::default()
        .env("KEFU_EDGE__SENDS_PER_SECOND", 1_000_000)
        .env("KEFU_EDGE__LIMITS__FRAMES_PER_SECOND", 2_000_000)
        .env("KEFU_EDGE__SESSIONS_PER_MINUTE_PER_IP", 1_000_000);
    let service = Service::start(options).await;
    let replies = replies(&service, &args.texts).await?;
    let memory = memory(&service)?;
    let mut durable = Vec::new();
    for senders in [1, 200] {
        durable.push(durable_rate(&service, senders, Duration::from_secs(args.seconds)).await?);
    }
    let disk = fdatasync_rate(&service.data_dir, Duration::from_secs(3))?;
    let figures = json!({
        "binary_bytes": std::fs::metadata(&binary).context("cargo build --release first")?.len(),
        "start_to_ready_ms": starts,
        "reply_ms_by_tier": replies,
        "resident_mib": memory,
        "durable_messages": durable,
        "floor_fdatasync_per_second": disk,
        "memory_after_load_mib": crate::memory(&service)?,
    });
    let mut out = File::create(&args.out)?;
    writeln!(out, "{figures:#}")?;
    println!("{figures:#}");
    Ok(())
}

/// From the start of the process to the banner; the first one fills the vector cache.
async fn starts() -> Value {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = dir.path().join("cache");
    let options = || {
        let fresh = Options::default().data_dir(dir.path());
        fresh.env("KEFU_BOT__CACHE_DIR", cache.display())
    };
    let mut times = Vec::new();
    for _ in 0..6 {
        let began = Instant::now();
        let mut service = Service::start(options()).await;
        times.push(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        service.terminate().await;
    }
    let first = times.remove(0);
    times.sort_unstable();
    json!({ "first_ever": first, "again_median": times[times.len() / 2], "again_worst": times[times.len() - 1] })
}

/// Send to reply, one visitor at a time, every text once; tiers as the stored traces say.
async fn replies(service: &Service, texts: &Path) -> anyhow::Result<Value> {
    let admin = Agent::first_admin(service).await;
    let away = json!({ "status": "AGENT_STATUS_AWAY" });
    admin
        .api
        .call(reqwest::Method::PUT, "/api/v1/me/status", Some(away))
        .await?;
    let lines = std::fs::read_to_string(texts).with_context(|| texts.display().to_string())?;
    let mut by_tier = std::collections::BTreeMap::<String, Histogram<u64>>::new();
    for line in lines.lines() {
        let Some((_, text)) = line.split_once('\t') else {
            continue;
        };
        // A visitor of its own, so that no dialog state changes what the text means.
        let mut visitor = Visitor::arrive_with(service, "zh", Codec::Proto).await;
        let began = Instant::now();
        visitor.says(text).await;
        let reply = visitor.hears_from(Sender::Bot).await;
        let micros = u64::try_from(began.elapsed().as_micros())?;
        let path = format!(
            "/api/v1/conversations/{}/messages?after_seq={}&limit=1",
            visitor.conversation,
            reply.seq - 1
        );
        let page: MessagePage = serde_json::from_value(admin.api.get(&path).await?.1)?;
        let tier = page
            .messages
            .first()
            .and_then(|m| m.trace.clone())
            .unwrap_or_default()
            .tier;
        by_tier
            .entry(tier)
            .or_insert_with(|| Histogram::new(3).expect("three digits"))
            .record(micros)?;
    }
    let rows = by_tier.iter().map(|(tier, times)| {
        let ms = |q: f64| times.value_at_quantile(q) as f64 / 1_000.0;
        (
            tier.clone(),
            json!({ "n": times.len(), "p50": ms(0.5), "p99": ms(0.99) }),
        )
    });
    Ok(Value::Object(rows.collect()))
}

/// Resident and proportional memory of each role, in MiB.
fn memory(service: &Service) -> anyhow::Result<Value> {
    let mut rows = serde_json::Map::new();
    let mut total = 0.0;
    for role in ["edge", "chat", "bot"] {
        let pid = service
            .pid_of(role)
            .with_context(|| format!("{role} lives"))?;
        let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let tenths = |mib: f64| (mib * 10.0).round() / 10.0;
        let field = |name| tenths(field_mib(&rollup, name).unwrap_or(0.0));
        total += field("Rss:");
        rows.insert(
            role.into(),
            json!({ "rss": field("Rss:"), "pss": field("Pss:"), "anonymous": field("Anonymous:") }),
        );
    }
    rows.insert("total_rss".into(), json!((total * 10.0_f64).round() / 10.0));
    Ok(Value::Object(rows))
}

/// Senders that each wait for their acknowledgement before the next message.
async fn durable_rate(
    service: &Service,
    senders: usize,
    length: Duration,
) -> anyhow::Result<Value> {
    let mut visitors = Vec::new();
    for _ in 0..senders {
        let mut visitor = Visitor::arrive_with(service, "zh", Codec::Proto).await;
        visitor.presses("human", "转人工").await;
        visitor.until_phase(Phase::Queued).await;
        visitors.push(visitor);
    }
    let began = Instant::now();
    let mut running = JoinSet::new();
    for mut visitor in visitors {
        running.spawn(async move {
            let mut times = Histogram::<u64>::new(3).expect("three digits");
            while began.elapsed() < length {
                let sent = Instant::now();
                visitor.says("请问我的包裹到哪里了，已经等了三天").await;
                times
                    .record(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX))
                    .expect("in range");
            }
            times
        });
    }
    let mut times = Histogram::<u64>::new(3).expect("three digits");
    while let Some(one) = running.join_next().await {
        times.add(one?)?;
    }
    ensure!(!times.is_empty(), "nothing was acknowledged");
    let ms = |q: f64| times.value_at_quantile(q) as f64 / 1_000.0;
    Ok(json!({
        "senders": senders,
        "per_second": (times.len() as f64 / began.elapsed().as_secs_f64()).round(),
        "ack_ms": { "p50": ms(0.5), "p99": ms(0.99) },
    }))
}

/// The physical floor: single 4 KiB writes, each with its own fdatasync, on the same disk.
fn fdatasync_rate(dir: &Path, length: Duration) -> anyhow::Result<f64> {
    let path = dir.join("fdatasync.bin");
    let file = File::create(&path)?;
    let (began, mut writes) = (Instant::now(), 0_u64);
    while began.elapsed() < length {
        file.write_all_at(&[7; 4096], (writes % 256) * 4096)?;
        file.sync_data()?;
        writes += 1;
    }
    std::fs::remove_file(path)?;
    Ok((writes as f64 / began.elapsed().as_secs_f64()).round())
}
