//! Who is given what, under a full queue: the router alone, and the whole way from an agent who is free to
//! the next conversation on their screen, beside the disk's own answer. `make bench-routing` calls it;
//! `benches/routing_page.py` makes the page.

#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark measures and prints"
)]

mod fair;
mod people;
mod product;
mod pure;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context as _, ensure};
use clap::Parser;
use serde_json::{Value, json};

/// What to measure with.
#[derive(Parser)]
struct Args {
    /// Where the figures go, as JSON.
    #[arg(long)]
    out: PathBuf,
    /// Where the service keeps its data: a directory on the disk that is measured.
    #[arg(long, default_value = "target/bench-routing")]
    dir: PathBuf,
    /// Every part for a moment: shows that it works, and no figure of it counts.
    #[arg(long)]
    quick: bool,
    /// Only these parts: disk, decisions, product.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Args {
    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    fn decisions(&self) -> pure::Plan {
        pure::Plan {
            queued: if self.quick { 500 } else { 5_000 },
            agents: if self.quick { 50 } else { 200 },
            groups: 20,
            talks: if self.quick { 5_000 } else { 200_000 },
            seed: self.seed,
        }
    }

    fn product(&self, dir: PathBuf) -> product::Plan {
        let full = product::Plan {
            dir,
            queued: 5_000,
            agents: 200,
            capacity: 5,
            frees_per_second: 5,
            length: Duration::from_secs(120),
        };
        if !self.quick {
            return full;
        }
        product::Plan {
            queued: 100,
            agents: 6,
            length: Duration::from_secs(5),
            ..full
        }
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.dir).with_context(|| args.dir.display().to_string())?;
    let dir = args.dir.canonicalize()?;
    let seconds = if args.quick { 0.3 } else { 3.0 };
    let mut figures = json!({ "quick": args.quick });
    let mut wrong = 0;
    if args.wants("disk") {
        figures["disk"] = kefu_benches::disk::fdatasync(&dir, seconds)?;
        said("disk", &figures["disk"]);
    }
    if args.wants("decisions") {
        let decided = pure::measure(args.decisions())?;
        wrong += decided.wrong();
        figures["decisions"] = serde_json::to_value(decided)?;
        said("decisions", &figures["decisions"]);
    }
    if args.wants("product") {
        let (measured, broken) = product::measure(&args.product(dir.clone())).await?;
        wrong += broken;
        figures["product"] = measured;
        said("product", &figures["product"]);
    }
    if args.wants("disk") {
        // Whether it was the same disk all along.
        figures["disk_after"] = kefu_benches::disk::fdatasync(&dir, seconds)?;
    }
    let out = &args.out;
    std::fs::write(out, format!("{figures:#}\n")).with_context(|| out.display().to_string())?;
    ensure!(wrong == 0, "the router was wrong {wrong} times");
    Ok(())
}

fn said(name: &str, figure: &Value) {
    eprintln!("{name}: {figure}");
}
