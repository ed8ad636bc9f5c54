//! The door: what an idle connection costs, how many people and bots are borne at once, what one
//! stuck reader costs the others, bytes on the wire, and everybody coming back at once.
//! `make bench-door` calls it; `benches/door_page.py` makes the page.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

mod broadcast;
mod hold;
mod idle;
mod line;
mod load;
mod plan;
mod service;
mod storm;
mod wire;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::timeout,
};

use plan::Plan;

/// In this order.
const PARTS: [&str; 6] = ["wire", "idle", "broadcast", "storm", "people", "bot"];

/// What to measure with.
#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON.
    #[arg(long, required_unless_present_any = ["serve_idle", "hold"])]
    out: Option<PathBuf>,
    /// Where servers keep their data.
    #[arg(long, default_value = "target/bench-door")]
    dir: PathBuf,
    /// Every part for a moment: shows that it works, and no figure of it counts.
    #[arg(long)]
    quick: bool,
    /// Only these parts: wire, idle, broadcast, storm, people, bot.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The imported model; without it the bot part is left out.
    #[arg(long, default_value = "models/multilingual-e5-small")]
    model: PathBuf,
    /// Be the bare server of a run.
    #[arg(long, hide = true)]
    serve_idle: bool,
    /// Hold the connections of this file.
    #[arg(long, hide = true)]
    hold: Option<PathBuf>,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if args.serve_idle {
        return idle::serve_bare().await;
    }
    if let Some(file) = &args.hold {
        return hold::hold(file).await;
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
    if let Some(other) = args.only.iter().find(|it| !PARTS.contains(&it.as_str())) {
        bail!("--only {other}: the parts are {}", PARTS.join(", "));
    }
    let out = args.out.context("--out")?;
    let plan = Plan::new(args.dir.canonicalize()?, args.quick);
    let wanted = |part: &&str| args.only.is_empty() || args.only.iter().any(|only| only == part);
    let (mut figures, mut failed) = (json!({ "quick": args.quick }), Vec::new());
    for name in PARTS.into_iter().filter(wanted) {
        let most = plan.part.as_secs();
        eprintln!("{name}: begins, {most} s at most");
        let (begun, mut part) = (Instant::now(), json!({}));
        let measured = timeout(plan.part, measure(name, &plan, &args.model, &mut part)).await;
        let why = match measured {
            Ok(measured) => measured.err().map(|error| format!("{error:#}")),
            Err(_) => Some(format!("it was not done in {most} s")),
        };
        if let Some(why) = why {
            // What it has is kept.
            part["failed"] = why.into();
            failed.push(name);
        }
        eprintln!("{name}: {part}, after {} s", begun.elapsed().as_secs());
        figures[name] = part;
        // At once: what comes next may take the machine with it.
        std::fs::write(&out, format!("{figures:#}\n"))
            .with_context(|| out.display().to_string())?;
    }
    ensure!(
        failed.is_empty(),
        "not measured to the end: {}",
        failed.join(", ")
    );
    Ok(())
}

/// One part; its figures as they come.
async fn measure(name: &str, plan: &Plan, model: &Path, part: &mut Value) -> anyhow::Result<()> {
    match name {
        "wire" => *part = wire::measure().await?,
        "idle" => *part = idle::measure(plan).await?,
        "broadcast" => *part = broadcast::measure(plan).await?,
        "storm" => *part = storm::measure(plan).await?,
        "people" => load::people(plan, part).await?,
        "bot" if model.is_dir() => load::bot(plan, &model.canonicalize()?, part).await?,
        _ => *part = json!({ "left_out": "the model is not imported" }),
    }
    Ok(())
}
