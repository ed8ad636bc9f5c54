//! One seed is one run, bit for bit.

use kefu_sim::{Options, Report, Scene, run};

fn outline(report: &Report) -> (u64, usize, String) {
    (report.hash, report.events, report.counts.to_string())
}

#[test]
fn a_seed_plays_the_same_run_twice() {
    for seed in 1..=10 {
        let (first, again) = (run(Options::of_seed(seed)), run(Options::of_seed(seed)));
        assert_eq!(outline(&first), outline(&again), "seed {seed}");
    }
}

#[test]
fn another_seed_is_another_run() {
    assert_ne!(run(Options::of_seed(1)).hash, run(Options::of_seed(2)).hash);
}

#[test]
fn an_office_and_an_evening_play_the_same_day_twice() {
    for scene in [Scene::Office, Scene::Evening] {
        for seed in 1..=5 {
            let options = Options::of_seed(seed).in_scene(scene);
            let (first, again) = (run(options), run(options));
            assert_eq!(outline(&first), outline(&again), "seed {seed}");
        }
    }
}
