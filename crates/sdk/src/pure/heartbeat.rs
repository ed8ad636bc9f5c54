//! How often a quiet connection is tried.

use crate::Limits;

/// Pings that must be answered before the interval grows again.
const GOOD_BEATS: u32 = 4;
const GROWTH: f64 = 1.25;

/// The server names the longest interval that it bears. Where something on the way forgets quiet
/// connections sooner, which shows as a silent death, the interval is halved, and grows back while it
/// goes well. It outlives the connection: the network stays the same.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    least_ms: u64,
    share: f64,
    longest_ms: f64,
    share_of_longest: f64,
    good_beats: u32,
}

impl Heartbeat {
    /// Before any server has said anything.
    #[must_use]
    pub const fn new(limits: &Limits) -> Self {
        Self {
            least_ms: limits.heartbeat_min_ms,
            share: limits.heartbeat_share,
            longest_ms: 0.0,
            share_of_longest: 1.0,
            good_beats: 0,
        }
    }

    /// Milliseconds of quiet after which the client pings.
    #[must_use]
    pub fn every_ms(&self) -> u64 {
        let least = (self.least_ms as f64).min(self.longest_ms);
        least.max(self.longest_ms * self.share_of_longest) as u64
    }

    /// What the server said in its welcome, seconds.
    pub fn welcomed(&mut self, heartbeat_s: u32) {
        self.longest_ms = f64::from(heartbeat_s.max(1)) * 1_000.0 * self.share;
    }

    /// A ping was answered.
    pub fn answered(&mut self) {
        self.good_beats += 1;
        if self.good_beats >= GOOD_BEATS {
            self.good_beats = 0;
            self.share_of_longest = (self.share_of_longest * GROWTH).min(1.0);
        }
    }

    /// The connection was dead, and only the ping showed it.
    pub fn died_quietly(&mut self) {
        self.good_beats = 0;
        let least = (self.least_ms as f64 / self.longest_ms.max(1.0)).min(1.0);
        self.share_of_longest = (self.share_of_longest / 2.0).max(least);
    }
}
