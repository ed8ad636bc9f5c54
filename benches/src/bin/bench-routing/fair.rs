//! Whether those who waited longest were served first, by what clients saw.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Two who are given at once may be shown in either order.
const AT_ONCE: Duration = Duration::from_millis(250);

/// When one visitor asked, and when somebody had them.
#[derive(Debug, Clone, Copy)]
struct Wait {
    sent: Instant,
    answered: Instant,
    shown: Option<Instant>,
}

/// The waits of everybody.
#[derive(Debug, Default)]
pub struct Waits(Mutex<HashMap<u64, Wait>>);

impl Waits {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<u64, Wait>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asked for people at `sent`, and was told at `answered` that they wait.
    pub fn asked(&self, conversation: u64, sent: Instant, answered: Instant) {
        self.with(|waits| {
            let wait = waits.entry(conversation).or_insert(Wait {
                sent,
                answered,
                shown: None,
            });
            (wait.sent, wait.answered) = (sent, answered);
        });
    }

    /// An agent was shown that they have this one.
    pub fn shown(&self, conversation: u64, at: Instant) {
        self.with(|waits| {
            let wait = waits.entry(conversation).or_insert(Wait {
                sent: at,
                answered: at,
                shown: None,
            });
            wait.shown.get_or_insert(at);
        });
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.with(|waits| waits.values().filter(|wait| wait.shown.is_none()).count())
    }

    /// How many were given while somebody who had been told to wait before they even asked was
    /// given later, or never.
    #[must_use]
    pub fn inversions(&self) -> u64 {
        let mut all: Vec<Wait> = self.with(|waits| waits.values().copied().collect());
        // By when they were told: of all who were told before somebody asked, the latest shown.
        all.sort_by_key(|wait| wait.answered);
        let mut latest: Vec<Option<Instant>> = Vec::with_capacity(all.len());
        for wait in &all {
            let before = latest.last().copied();
            latest.push(match (before, wait.shown) {
                (None, shown) => shown,
                (Some(None), _) | (Some(_), None) => None,
                (Some(Some(before)), Some(shown)) => Some(before.max(shown)),
            });
        }
        let mut inversions = 0;
        for wait in &all {
            let Some(shown) = wait.shown else { continue };
            let before = all.partition_point(|other| other.answered < wait.sent);
            let passed = match before.checked_sub(1).and_then(|at| latest.get(at)) {
                None => false,
                Some(None) => true,
                Some(Some(last)) => *last > shown + AT_ONCE,
            };
            inversions += u64::from(passed);
        }
        inversions
    }
}
