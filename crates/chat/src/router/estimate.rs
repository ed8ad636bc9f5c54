//! How long the next one waits, from how long the last ones took.

use std::{collections::VecDeque, time::Duration};

/// Talks that the mean is taken over.
const REMEMBERED: usize = 32;

/// Recent handling times.
#[derive(Debug, Clone, Default)]
pub(super) struct Estimate {
    recent: VecDeque<Duration>,
}

impl Estimate {
    pub(super) fn handled(&mut self, took: Duration) {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(took);
    }

    /// Nothing is known yet.
    pub(super) fn is_empty(&self) -> bool {
        self.recent.is_empty()
    }

    /// Seconds until place `position` (from 1) is served by seats that hold `places` talks at
    /// once; 0 when nothing is known.
    pub(super) fn wait_s(&self, position: u32, places: u32) -> u32 {
        let count = u32::try_from(self.recent.len()).unwrap_or(u32::MAX);
        if count == 0 || position == 0 || places == 0 {
            return 0;
        }
        let mean_ms = self.recent.iter().sum::<Duration>().as_millis() / u128::from(count);
        let wait_ms = mean_ms * u128::from(position) / u128::from(places);
        u32::try_from(wait_ms.div_ceil(1000))
            .unwrap_or(u32::MAX)
            .max(1)
    }
}
