//! A bounded memory of times.

use std::collections::VecDeque;

use serde::Serialize;

/// Times of one kind, milliseconds. The percentiles are of the newest ones that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many there were.
    pub count: u64,
    /// The newest.
    pub last: u64,
    /// The least of all.
    pub min: u64,
    /// The most of all.
    pub max: u64,
    /// The median.
    pub p50: u64,
    /// 95 of 100 are no longer.
    pub p95: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Samples {
    size: usize,
    newest: VecDeque<u64>,
    count: u64,
    min: u64,
    max: u64,
}

impl Samples {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size: size.max(1),
            newest: VecDeque::new(),
            count: 0,
            min: u64::MAX,
            max: 0,
        }
    }

    pub(super) fn add(&mut self, ms: u64) {
        self.count += 1;
        self.min = self.min.min(ms);
        self.max = self.max.max(ms);
        if self.newest.len() == self.size {
            self.newest.pop_front();
        }
        self.newest.push_back(ms);
    }

    pub(super) fn summary(&self) -> Summary {
        let mut sorted: Vec<u64> = self.newest.iter().copied().collect();
        sorted.sort_unstable();
        // The smallest one that so many in a hundred are not above (nearest rank).
        let rank = |hundredths: usize| {
            let rank = (hundredths * sorted.len()).div_ceil(100).max(1);
            sorted.get(rank - 1).copied().unwrap_or_default()
        };
        Summary {
            count: self.count,
            last: self.newest.back().copied().unwrap_or_default(),
            min: if self.count == 0 { 0 } else { self.min },
            max: self.max,
            p50: rank(50),
            p95: rank(95),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Samples;

    #[test]
    fn percentiles_are_of_what_is_kept_and_extremes_of_all() {
        let mut samples = Samples::new(10);
        for ms in (0..=100).rev() {
            samples.add(ms);
        }
        let summary = samples.summary();
        assert_eq!((summary.count, summary.min, summary.max), (101, 0, 100));
        assert_eq!((summary.p50, summary.p95, summary.last), (4, 9, 0));
    }
}
