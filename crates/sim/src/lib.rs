//! The chat core in a box: the real `kefu_chat`, unmodified, among fakes that fail as a seed says.
//!
//! [`run`] plays one seed: visitors, agents and bots talk through edges with bad lines to a
//! process that is killed and started again over a store that stalls, fills up, fails and loses
//! replies, by clocks that jump and drift. A [checker](Violation) reads the append-only history
//! of what everybody was told, and compares it with what the store committed.
//!
//! Invariant: one seed is one run, bit for bit. All time is the runtime's paused time, all chance
//! one seeded generator, every map is ordered; the hash of the history says whether two runs were
//! the same.
//!
//! This crate must never read the ambient clock or generator, share code with the core for
//! deciding what is right, or stand below anything that is shipped.

mod check;
mod clock;
mod counters;
pub mod disk;
mod log;
mod planted;
mod process;
mod random;
mod run;
mod scene;
mod world;

pub use check::{Promise, Violation};
pub use counters::{Counted, Counts};
pub use planted::Planted;
pub use scene::Scene;

use world::World;

/// Steps of a run when nobody says otherwise.
pub const STEPS: u32 = 300;

/// Which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Decides everything.
    pub seed: u64,
    /// How many things happen before the faults stop.
    pub steps: u32,
    /// A bug on purpose.
    pub planted: Option<Planted>,
    /// The world in which it is played.
    pub scene: Scene,
}

impl Options {
    /// A run of the core as it is, of the usual length.
    #[must_use]
    pub const fn of_seed(seed: u64) -> Self {
        Self {
            seed,
            steps: STEPS,
            planted: None,
            scene: Scene::Mixed,
        }
    }

    /// The same in another world.
    #[must_use]
    pub const fn in_scene(self, scene: Scene) -> Self {
        Self { scene, ..self }
    }
}

/// How a run went.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was asked for.
    pub options: Options,
    /// Of the whole history: equal for equal options.
    pub hash: u64,
    /// Events in the history.
    pub events: usize,
    /// What happened how often.
    pub counts: Counts,
    /// The first broken promise.
    pub violation: Option<Violation>,
}

impl Report {
    /// What is wrong and how to see it again; `None` when nothing is.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        let violation = self.violation.as_ref()?;
        let Options {
            seed,
            steps,
            planted,
            scene,
        } = self.options;
        let bug = planted.map_or_else(String::new, |planted| format!(" --planted {planted}"));
        let world = match scene {
            Scene::Mixed => String::new(),
            scene => format!(" --world {scene}"),
        };
        Some(format!(
            "seed {seed}: {violation}again: cargo xtask sim --seed {seed} --steps {steps}{world}{bug}\n"
        ))
    }
}

/// Plays one seed.
///
/// # Panics
/// When the runtime cannot be built.
#[must_use]
pub fn run(options: Options) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    #[allow(
        clippy::expect_used,
        reason = "without a runtime there is nothing to run"
    )]
    let runtime = runtime.expect("a runtime of one thread");
    runtime.block_on(play(options))
}

async fn play(options: Options) -> Report {
    let world = World::new(options);
    world.awaken();
    world.open().await;
    let mut goes_on = true;
    for step in 0..options.steps {
        goes_on = world.step(step).await;
        if !goes_on {
            break;
        }
    }
    if goes_on {
        world.run.log.step(options.steps);
        world.calm_down().await;
        world.work_it_off().await;
        world.last_hour().await;
    }
    world.end();
    let (violation, events, hash) = world.run.log.close();
    Report {
        options,
        hash,
        events,
        counts: world.run.tally.counts(),
        violation,
    }
}
