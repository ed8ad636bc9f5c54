//! The core keeps its promises whatever the seed, and every kind of fault really happened.

use kefu_sim::{Counted, Counts, Options, Scene, run};

/// Seeds of each of the two halves, which run beside each other. `cargo xtask sim --seeds 10000`
/// plays more.
const SEEDS: u64 = 100;

/// Seeds of the world with groups, of that with thousands of visitors, and of that in which messages
/// are left.
const OFFICES: u64 = 60;
const CROWDS: u64 = 2;
const EVENINGS: u64 = 40;

fn played(scene: Scene, seeds: std::ops::RangeInclusive<u64>) -> Counts {
    let mut counts = Counts::default();
    for seed in seeds {
        let report = run(Options::of_seed(seed).in_scene(scene));
        if let Some(complaint) = report.complaint() {
            panic!("{complaint}");
        }
        counts.add(&report.counts);
    }
    counts
}

fn plays(seeds: std::ops::RangeInclusive<u64>) {
    let counts = played(Scene::Mixed, seeds);
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

#[test]
fn groups_offers_and_absences_keep_every_promise_under_every_fault() {
    let counts = played(Scene::Office, 1..=OFFICES);
    let never = counts.never_of(Counted::OF_GROUPS);
    assert_eq!(never, [], "never happened in these seeds\n{counts}");
}

#[test]
fn messages_left_are_kept_and_short_lines_served_in_order_under_every_fault() {
    let counts = played(Scene::Evening, 1..=EVENINGS);
    let never = counts.never_of(Counted::OF_EVENINGS);
    assert_eq!(never, [], "never happened in these seeds\n{counts}");
    // Once after the faults, and once after the last hour.
    assert_eq!(counts.of(Counted::WorkedOff), 2 * EVENINGS, "{counts}");
}

#[test]
fn thousands_of_visitors_are_given_to_a_hundred_agents_and_every_line_is_worked_off() {
    let counts = played(Scene::Crowd, 1..=CROWDS);
    assert_eq!(counts.of(Counted::WorkedOff), CROWDS, "{counts}");
    // Lines of hundreds, in each of the runs.
    assert!(counts.of(Counted::Queued) > 800 * CROWDS, "{counts}");
}
