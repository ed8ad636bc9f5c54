//! Where a run's randomness comes from, so that it can be had again.

use std::hash::{BuildHasher as _, RandomState};

use rand::{SeedableRng as _, rngs::StdRng};

/// `KEFU_TEST_SEED`, or a new one, which is printed.
///
/// # Panics
/// When the variable is no number.
#[must_use]
#[allow(clippy::print_stderr, reason = "whoever sees a failure needs it")]
pub fn seed() -> u64 {
    let seed = match std::env::var("KEFU_TEST_SEED") {
        Ok(text) => text.parse().expect("KEFU_TEST_SEED is a number"),
        // What the standard library draws for its maps.
        Err(_) => RandomState::new().hash_one("seed"),
    };
    eprintln!("seed {seed}; KEFU_TEST_SEED={seed} draws the same");
    seed
}

/// A generator of this seed.
#[must_use]
pub fn generator(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
