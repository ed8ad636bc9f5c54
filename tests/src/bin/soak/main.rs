//! Row 26: the real service, people who talk at a bounded rate, and faults at random from a seed,
//! for as long as one likes. Everything is checked while it runs and at the end; a page says what
//! was done to it and what held. `make soak`.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for developers talks to their terminal"
)]

mod faults;
mod meter;
mod page;
mod people;
mod plot;
mod report;
mod run;
mod world;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

/// Where everything is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
}

/// The service for a long while, with everything at random that may happen to it.
#[derive(Debug, Parser)]
struct Args {
    /// How long, in minutes.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// On which store.
    #[arg(long, value_enum, default_value = "sqlite")]
    store: Store,
    /// Draws the faults; a new one when there is none.
    #[arg(long)]
    seed: Option<u64>,
    /// Visitors at once.
    #[arg(long, default_value_t = 16)]
    visitors: usize,
    /// Agents at once.
    #[arg(long, default_value_t = 3)]
    agents: usize,
    /// Between two messages of one visitor, in milliseconds, on average.
    #[arg(long, default_value_t = 400)]
    pause_ms: u64,
    /// A page and its figures go there; by default benches/results/.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(kefu_tests::seed);
    println!(
        "soak: {} minutes on {:?}, seed {seed}, {} visitors, {} agents",
        args.minutes, args.store, args.visitors, args.agents
    );
    let report = run::run(&args, seed).await;
    let out = args
        .out
        .unwrap_or_else(|| kefu_tests::workspace_root().join("benches/results"));
    match report::write(&report, &out) {
        Ok(page) => println!("{}", page.display()),
        Err(error) => eprintln!("the page cannot be written: {error:#}"),
    }
    if report.broken.is_empty() {
        println!("everything held");
        return ExitCode::SUCCESS;
    }
    for line in &report.broken {
        eprintln!("broken: {line}");
    }
    ExitCode::FAILURE
}
