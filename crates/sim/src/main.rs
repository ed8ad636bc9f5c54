//! `cargo xtask sim`: many seeds, or one again.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a tool for developers talks to their terminal"
)]

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use clap::Parser;
use kefu_sim::{Counts, Options, Planted, Report, STEPS, Scene};
use kefu_types::{Clock as _, SystemClock};
use parking_lot::Mutex;

#[derive(Parser)]
#[command(
    name = "cargo xtask sim",
    about = "The chat core against seeded faults"
)]
struct Args {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps of each run.
    #[arg(long, default_value_t = STEPS)]
    steps: u32,
    /// How many seeds, from the first one on.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// A bug on purpose, to see whether it is seen.
    #[arg(long)]
    planted: Option<Planted>,
    /// Which world: mixed, office, crowd or evening.
    #[arg(long, default_value_t)]
    world: Scene,
    /// Runs at once, a thread each.
    #[arg(long, default_value_t = 1)]
    jobs: u64,
}

struct Sum {
    counts: Counts,
    runs: u64,
    events: usize,
    failed: Option<Report>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let clock = SystemClock::new();
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let sum = Mutex::new(Sum {
        counts: Counts::default(),
        runs: 0,
        events: 0,
        failed: None,
    });
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.max(1) {
            scope.spawn(|| work(&args, &next, &stop, &sum));
        }
    });
    let sum = sum.into_inner();
    summary(&args, &sum, clock.monotonic());
    match sum.failed.and_then(|report| report.complaint()) {
        None => ExitCode::SUCCESS,
        Some(complaint) => {
            eprint!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn work(args: &Args, next: &AtomicU64, stop: &AtomicBool, sum: &Mutex<Sum>) {
    while !stop.load(Ordering::SeqCst) {
        let n = next.fetch_add(1, Ordering::SeqCst);
        if n >= args.seeds {
            return;
        }
        let report = kefu_sim::run(Options {
            seed: args.seed.wrapping_add(n),
            steps: args.steps,
            planted: args.planted,
            scene: args.world,
        });
        let mut sum = sum.lock();
        sum.counts.add(&report.counts);
        sum.runs += 1;
        sum.events += report.events;
        if report.violation.is_some() {
            stop.store(true, Ordering::SeqCst);
            let earlier = |known: &Report| known.options.seed <= report.options.seed;
            if !sum.failed.as_ref().is_some_and(earlier) {
                sum.failed = Some(report);
            }
        } else if args.seeds == 1 {
            println!("hash {:016x}", report.hash);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn summary(args: &Args, sum: &Sum, took: Duration) {
    print!("{}", sum.counts);
    let rate = sum.runs as f64 / took.as_secs_f64().max(1e-9);
    println!(
        "{} seeds of {} steps, {} events, {:.1} s: {rate:.1} seeds/s ({:.0} a minute)",
        sum.runs,
        args.steps,
        sum.events,
        took.as_secs_f64(),
        rate * 60.0
    );
}
