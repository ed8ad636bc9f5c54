//! The core keeps its promises whatever the seed, and every kind of fault really happened.

use kefu_sim::{Counts, Options, run};

/// Seeds of each of the two halves, which run beside each other. `cargo xtask sim --seeds 10000`
/// plays more.
const SEEDS: u64 = 75;

fn plays(seeds: std::ops::RangeInclusive<u64>) {
    let mut counts = Counts::default();
    for seed in seeds {
        let report = run(Options::of_seed(seed));
        if let Some(complaint) = report.complaint() {
            panic!("{complaint}");
        }
        counts.add(&report.counts);
    }
    assert_eq!(
        counts.never(),
        [],
        "never happened in these seeds\n{counts}"
    );
}

#[test]
fn the_first_seeds_keep_every_promise_under_every_fault() {
    plays(1..=SEEDS);
}

#[test]
fn the_next_seeds_keep_every_promise_under_every_fault() {
    plays(SEEDS + 1..=2 * SEEDS);
}
