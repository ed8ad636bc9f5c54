//! How often a quiet connection is tried.

use crate::Limits;

/// Beats that must be answered before a longer silence is tried.
const GOOD_BEATS: u32 = 4;
const GROWTH: f64 = 1.25;
/// Of a silence that killed a connection: the longest that is tried after it.
const BELOW_DEATH: f64 = 0.8;
/// Answered beats at that bound after which the network may have become another.
const FORGIVING_BEATS: u32 = 40;

/// It begins with what the server wants of everybody, grows towards the longest silence that the
/// server grants while beats are answered, and is halved where something on the way forgets quiet
/// connections sooner, which shows as a silent death; from then on it stays below the silence that
/// was deadly. It outlives the connection: the network stays the same.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    least_ms: f64,
    share: f64,
    base_ms: f64,
    longest_ms: f64,
    current_ms: f64,
    deadly_ms: f64,
    good_beats: u32,
}

impl Heartbeat {
    /// Before any server has said anything.
    #[must_use]
    pub const fn new(limits: &Limits) -> Self {
        Self {
            least_ms: limits.heartbeat_min_ms as f64,
            share: limits.heartbeat_share,
            base_ms: 0.0,
            longest_ms: 0.0,
            current_ms: 0.0,
            deadly_ms: f64::INFINITY,
            good_beats: 0,
        }
    }

    /// Milliseconds of quiet after which the client pings.
    #[must_use]
    pub const fn every_ms(&self) -> u64 {
        self.current_ms as u64
    }

    /// For how many seconds a ping asks leave to be silent: enough for the interval after the next.
    #[must_use]
    pub fn silent_s(&self) -> u32 {
        let next_ms = (self.current_ms * GROWTH).min(self.longest_ms);
        (next_ms / self.share / 1_000.0).ceil() as u32
    }

    /// What the server said in its welcome, seconds: what it wants of everybody, and the most that
    /// it grants.
    pub fn welcomed(&mut self, heartbeat_s: u32, heartbeat_max_s: u32) {
        self.base_ms = self.share_of(heartbeat_s.max(1));
        self.longest_ms = self.base_ms.max(self.share_of(heartbeat_max_s));
        let begun = if self.current_ms > 0.0 {
            self.current_ms
        } else {
            self.base_ms
        };
        self.current_ms = self.within(begun);
    }

    /// A ping was answered; so many seconds of silence are granted until the next. 0: nothing was
    /// said of it.
    pub fn answered(&mut self, granted_s: u32) {
        // A server that grants less than was asked means it for longer silences, too.
        if granted_s > 0 && granted_s < self.silent_s() {
            self.longest_ms = self.longest_ms.min(self.share_of(granted_s).max(1.0));
        }
        self.good_beats += 1;
        let at_bound = self.current_ms >= self.bound_ms();
        let patience = if at_bound {
            FORGIVING_BEATS
        } else {
            GOOD_BEATS
        };
        if self.good_beats >= patience {
            self.good_beats = 0;
            if at_bound {
                self.deadly_ms = f64::INFINITY;
            }
            self.current_ms *= GROWTH;
        }
        self.current_ms = self.within(self.current_ms);
    }

    /// The connection was dead, and only the ping showed it.
    pub fn died_quietly(&mut self) {
        self.good_beats = 0;
        self.deadly_ms = self.deadly_ms.min(self.current_ms);
        self.current_ms = self.within(self.current_ms / 2.0);
    }

    fn share_of(&self, seconds: u32) -> f64 {
        f64::from(seconds) * 1_000.0 * self.share
    }

    fn bound_ms(&self) -> f64 {
        self.longest_ms.min(self.deadly_ms * BELOW_DEATH)
    }

    /// Never faster than the least, unless the server asks for it.
    fn within(&self, ms: f64) -> f64 {
        let least_ms = self.least_ms.min(self.base_ms);
        ms.min(self.bound_ms()).max(least_ms).min(self.longest_ms)
    }
}
