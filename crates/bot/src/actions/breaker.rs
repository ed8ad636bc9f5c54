//! Leaves an action alone whose connector keeps failing.

use std::time::Duration;

/// One action's record. Times are monotonic.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// Since when it rests, or since when one call tries again.
    since: Option<Duration>,
}

impl Breaker {
    /// Whether a call may go through at `now`: always while it works; after its rest one at a
    /// time, and the next only after another rest unless that one worked.
    pub(super) fn admits(&mut self, now: Duration, rest: Duration) -> bool {
        match self.since {
            None => true,
            Some(since) if now.saturating_sub(since) >= rest => {
                self.since = Some(now);
                true
            }
            Some(_) => false,
        }
    }

    pub(super) fn failed(&mut self, now: Duration, failures_max: u32) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= failures_max.max(1) {
            self.since = Some(now);
        }
    }

    pub(super) fn worked(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Breaker;

    const REST: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn failures_in_a_row_rest_it_and_one_call_tries_again() {
        let mut breaker = Breaker::default();
        breaker.failed(at(0), 2);
        assert!(breaker.admits(at(1), REST), "one failure is none");
        breaker.failed(at(1), 2);
        assert!(!breaker.admits(at(2), REST));
        assert!(breaker.admits(at(31), REST), "rested: one tries");
        assert!(!breaker.admits(at(31), REST), "one only");
        breaker.failed(at(32), 2);
        assert!(!breaker.admits(at(40), REST), "still failing");
        assert!(breaker.admits(at(62), REST));
        breaker.worked();
        assert!(breaker.admits(at(62), REST) && breaker.admits(at(62), REST));
    }

    #[test]
    fn failures_with_successes_between_do_not_count_together() {
        let mut breaker = Breaker::default();
        for second in 0..10 {
            breaker.failed(at(second), 2);
            assert!(breaker.admits(at(second), REST));
            breaker.worked();
        }
    }
}
