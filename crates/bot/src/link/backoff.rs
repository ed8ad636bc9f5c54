//! Pauses between tries: doubling, with jitter, so that many bots do not come back at once.

use std::time::Duration;

use kefu_types::Entropy;

/// The next pauses of one thing that is tried again.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    first: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) const fn new(first: Duration, max: Duration) -> Self {
        Self {
            next: first,
            first,
            max,
        }
    }

    /// Between half and all of the current pause, which then doubles up to the longest.
    pub(crate) fn pause(&mut self, entropy: &dyn Entropy) -> Duration {
        let whole = self.next.min(self.max);
        self.next = whole.saturating_mul(2).min(self.max);
        let half = u64::try_from(whole.as_micros() / 2).unwrap_or(u64::MAX);
        whole / 2 + Duration::from_micros(entropy.next_u64() % half.saturating_add(1))
    }

    /// It worked: the next failure begins small again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kefu_types::SeededEntropy;

    use super::Backoff;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again() {
        let entropy = SeededEntropy::new(1);
        let (first, max) = (Duration::from_millis(50), Duration::from_secs(5));
        let mut backoff = Backoff::new(first, max);
        assert!(backoff.pause(&entropy) <= first);
        let later: Vec<_> = (0..20).map(|_| backoff.pause(&entropy)).collect();
        assert!(
            later
                .iter()
                .all(|pause| *pause >= first / 2 && *pause <= max)
        );
        assert!(later[19] >= max / 2);
        backoff.reset();
        assert!(backoff.pause(&entropy) <= first);
    }
}
