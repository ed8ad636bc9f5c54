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

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Parser;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use plan::Plan;

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
    let plan = Plan::new(args.dir.canonicalize()?, args.quick);
    let wants = |part: &str| args.only.is_empty() || args.only.iter().any(|only| only == part);
    let mut figures = json!({ "quick": args.quick });
    if wants("wire") {
        figures["wire"] = said("wire", wire::measure().await?);
    }
    if wants("idle") {
        figures["idle"] = said("idle", idle::measure(&plan).await?);
    }
    if wants("broadcast") {
        figures["broadcast"] = said("broadcast", broadcast::measure(&plan).await?);
    }
    if wants("storm") {
        figures["storm"] = said("storm", storm::measure(&plan).await?);
    }
    if wants("people") {
        figures["people"] = said("people", load::people(&plan).await?);
    }
    if wants("bot") {
        figures["bot"] = if args.model.is_dir() {
            said("bot", load::bot(&plan, &args.model.canonicalize()?).await?)
        } else {
            said("bot", json!({ "left_out": "the model is not imported" }))
        };
    }
    let out = args.out.context("--out")?;
    std::fs::write(&out, format!("{figures:#}\n")).with_context(|| out.display().to_string())
}

fn said(name: &str, figure: Value) -> Value {
    eprintln!("{name}: {figure}");
    figure
}
