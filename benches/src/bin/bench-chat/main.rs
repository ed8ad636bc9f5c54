//! The chat core beside its peers, in one run on one machine: durable messages per second, time
//! to acknowledgement and delivery, what operations cost as the store grows, commits per message.
//! `make bench-chat` calls it; `benches/chat_page.py` makes the page.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

mod floors;
mod growth;
mod lines;
mod load;
mod plan;
mod rows;
mod stores;
mod subjects;
mod throughput;
mod watch;

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use plan::Plan;
use stores::Kind;
use subjects::{Archive, Echo, Ejabberd, Kefu, Prosody, SocketIo, Storage};
use throughput::{measure, or_why};

/// What to measure with.
#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON.
    #[arg(long, required_unless_present = "serve_echo")]
    out: Option<PathBuf>,
    /// Where servers keep their data: a directory on the disk that is measured. The peers'
    /// modules are in it.
    #[arg(long, default_value = "target/bench-chat")]
    dir: PathBuf,
    /// Every part for a moment: shows that it works, and no figure of it counts.
    #[arg(long)]
    quick: bool,
    /// Ten million stored messages, too.
    #[arg(long)]
    large: bool,
    /// Only these parts: disk, floors, kefu, peers, growth.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Concurrent conversations of the throughput figures, ascending, instead of the usual ones.
    #[arg(long, value_delimiter = ',')]
    levels: Vec<usize>,
    /// Be the echo server of a run.
    #[arg(long, hide = true)]
    serve_echo: bool,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if args.serve_echo {
        return lines::serve_echo().await;
    }
    // Told to stop, it still ends the servers that it started.
    let mut told = signal(SignalKind::terminate())?;
    tokio::select! {
        done = run(args) => done,
        _ = told.recv() => bail!("it was told to stop"),
        _ = tokio::signal::ctrl_c() => bail!("it was interrupted"),
    }
}

async fn run(args: Args) -> anyhow::Result<()> {
    std::fs::create_dir_all(&args.dir).with_context(|| args.dir.display().to_string())?;
    let dir = args.dir.canonicalize()?;
    let mut plan = if args.quick {
        Plan::quick(dir)
    } else {
        Plan::full(dir, args.large)
    };
    if !args.levels.is_empty() {
        plan.levels.clone_from(&args.levels);
    }
    let wants = |part: &str| args.only.is_empty() || args.only.iter().any(|only| only == part);
    let mut figures = json!({ "quick": args.quick });
    if wants("disk") {
        figures["disk"] =
            kefu_benches::disk::fdatasync(&plan.dir, plan.floor_length.as_secs_f64())?;
        said("disk", &figures["disk"]);
    }
    if wants("floors") {
        figures["floors"] = floors(&plan).await;
    }
    if wants("kefu") {
        figures["kefu"] = kefu(&plan).await;
    }
    if wants("peers") {
        figures["peers"] = peers(&plan).await;
    }
    if wants("growth") {
        figures["growth"] = growth(&plan).await;
    }
    let out = args.out.context("--out")?;
    std::fs::write(&out, format!("{figures:#}\n")).with_context(|| out.display().to_string())?;
    // A peer may be missing. What is ours may not.
    for ours in ["floors", "kefu", "growth"] {
        for (name, part) in figures[ours].as_object().into_iter().flatten() {
            let sizes = part.as_array().into_iter().flatten();
            for part in sizes.chain([part]) {
                let failed = part.get("failed");
                ensure!(failed.is_none(), "{ours}, {name}: {}", part["failed"]);
            }
        }
    }
    Ok(())
}

fn said(name: &str, figure: &Value) {
    eprintln!("{name}: {figure}");
}

async fn floors(plan: &Plan) -> Value {
    let mut figures = json!({});
    for kind in Kind::ALL {
        let name = format!("batches_{}", kind.name());
        figures[&name] = or_why(floors::batches(plan, kind).await);
        said(&name, &figures[&name]);
    }
    figures["echo"] = or_why(measure(plan, Echo::start(plan).await, false).await);
    said("echo", &figures["echo"]);
    figures
}

async fn kefu(plan: &Plan) -> Value {
    let mut figures = json!({});
    for kind in Kind::ALL {
        let started = Kefu::start(plan, kind).await;
        figures[kind.name()] = or_why(measure(plan, started, true).await);
        said(kind.name(), &figures[kind.name()]);
    }
    figures
}

async fn peers(plan: &Plan) -> Value {
    let mut figures = json!({});
    let (name, started) = (
        "ejabberd_sqlite",
        Ejabberd::start(plan, Archive::Sqlite).await,
    );
    figures[name] = or_why(measure(plan, started, false).await);
    said(name, &figures[name]);
    // A write into a Mnesia archive takes the longer the more its account has.
    let brief = plan.brief();
    let (name, started) = (
        "ejabberd_mnesia",
        Ejabberd::start(&brief, Archive::Mnesia).await,
    );
    figures[name] = or_why(measure(&brief, started, false).await);
    said(name, &figures[name]);
    for (name, storage) in [
        ("prosody_internal", Storage::Internal),
        ("prosody_sqlite", Storage::Sql),
    ] {
        let started = Prosody::start(plan, storage).await;
        figures[name] = or_why(measure(plan, started, false).await);
        said(name, &figures[name]);
    }
    figures["socketio"] = or_why(measure(plan, SocketIo::start(plan).await, false).await);
    said("socketio", &figures["socketio"]);
    figures
}

async fn growth(plan: &Plan) -> Value {
    let (mut figures, quiet) = (json!({}), growth::Quiet::default());
    let [one, other] = Kind::ALL;
    let both = tokio::join!(
        growth::measure(plan, one, &quiet),
        growth::measure(plan, other, &quiet)
    );
    for (kind, measured) in Kind::ALL.into_iter().zip([both.0, both.1]) {
        figures[kind.name()] = or_why(measured);
        said(kind.name(), &figures[kind.name()]);
    }
    figures
}
