//! Which kinds of trouble a run has. No run has all: some bugs show only where another kind of
//! fault is away (Groce and others, "Swarm testing", 2012).

use crate::{random::Dice, scene::Scene};

/// Switches of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    pub(super) store_fails: bool,
    pub(super) crashes: bool,
    pub(super) clock_jumps: bool,
    pub(super) links_fail: bool,
    pub(super) bots_fail: bool,
    pub(super) people_leave: bool,
    pub(super) floods: bool,
    pub(super) drift_ppm: i64,
    pub(super) latency_ms_max: u64,
    /// Milliseconds between two steps, at most, in most cases.
    pub(super) haste_ms: u64,
}

impl Profile {
    pub(super) fn drawn(dice: &Dice, scene: Scene) -> Self {
        let drawn = Self::of_any(dice);
        Self {
            // Lines are what is tried in the other worlds, and a writer that is full says nothing of them.
            floods: drawn.floods && !scene.has_groups(),
            ..drawn
        }
    }

    fn of_any(dice: &Dice) -> Self {
        Self {
            store_fails: dice.chance(70),
            crashes: dice.chance(70),
            clock_jumps: dice.chance(60),
            links_fail: dice.chance(60),
            bots_fail: dice.chance(70),
            people_leave: dice.chance(60),
            floods: dice.chance(50),
            drift_ppm: *dice.pick(&[0, 0, 20_000, -20_000, 300]).unwrap_or(&0),
            latency_ms_max: *dice.pick(&[0, 1, 3, 8, 30]).unwrap_or(&1),
            haste_ms: *dice.pick(&[2, 20, 120]).unwrap_or(&20),
        }
    }
}
