//! A knowledge base of a hundred thousand questions: imported, started with, searched, in memory; and the
//! neighbours behind it at several sizes, the scan beside our graph beside `hnsw_rs`, on the same vectors.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

mod engine;
mod neighbours;
mod product;
mod table;
mod vectors;

use std::{path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::json;

#[derive(Parser)]
struct Args {
    /// Questions of the generated FAQ.
    #[arg(long, default_value_t = 100_000)]
    lines: usize,
    /// Where the figures go, as JSON; to stdout only if not given.
    #[arg(long)]
    out: Option<PathBuf>,
    /// The model directory.
    #[arg(long, default_value = "models/multilingual-e5-small")]
    model: PathBuf,
    /// Keeps table and vectors here, so that a second run need not embed them again (and says so).
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Leaves the service out: neighbours and search only.
    #[arg(long)]
    without_service: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let temporary = tempfile::tempdir()?;
    let home = args.keep.clone().unwrap_or_else(|| temporary.path().into());
    let (intents, cache) = (home.join("intents"), home.join("cache"));
    std::fs::create_dir_all(&intents)?;
    let lines = table::lines(args.lines);
    ensure!(
        lines.len() == args.lines,
        "the templates give {} lines",
        lines.len()
    );
    let file = home.join("faq.csv");
    std::fs::write(&file, table::csv(&lines))?;

    eprintln!("reading the table");
    let started = Instant::now();
    let (entries, _) = kefu_knowledge::read_faq(&file, &mut |_, _| {})?;
    let read_s = started.elapsed().as_secs_f64();
    let first = !cache.exists();
    eprintln!("importing and embedding {} questions", entries.len());
    let import_s = product::import(&file, &intents, &cache)?;

    let service = if args.without_service {
        json!(null)
    } else {
        product::measure(&intents, &cache)?
    };
    let vectors = vectors::read(&cache).context("the vector cache")?;
    eprintln!("neighbours");
    let neighbours = neighbours::measure(&lines, &vectors, &args.model)?;
    eprintln!("search");
    let search = engine::measure(&intents, &lines, &vectors, &args.model)?;
    let figures = json!({
        "lines": lines.len(),
        "read_table_s": read_s,
        "read_rows_per_second": lines.len() as f64 / read_s,
        "import_s": import_s,
        "import_embedded": first,
        "import_questions_per_second": lines.len() as f64 / import_s,
        "service": service,
        "search": search,
        "neighbours": neighbours,
    });
    if let Some(out) = &args.out {
        std::fs::write(out, format!("{figures:#}\n"))?;
    }
    println!("{figures:#}");
    Ok(())
}

/// Milliseconds of each call, sorted: (p50, p99).
fn quantiles(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    (at(50), at(99))
}

fn milliseconds(since: Instant) -> f64 {
    1000.0 * since.elapsed().as_secs_f64()
}
