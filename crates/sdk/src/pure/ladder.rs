//! Which transport to use.

use crate::Limits;

/// One that has worked before is given so many times the tries: more likely the server is away.
const PROVEN_PATIENCE: u32 = 3;

/// The best transport that works. One that fails again and again before it is welcomed, or soon
/// after, gives way to the next; after the last the first one has its turn again. While a fallback
/// carries the session, the best one is tried beside it, ever more rarely.
#[derive(Debug, Clone)]
pub struct Ladder {
    tries: u32,
    base_ms: u64,
    max_ms: u64,
    proven: Vec<bool>,
    at: usize,
    failures: u32,
    upgrades: u32,
}

impl Ladder {
    /// Of so many transports, numbered from 0, the best one, on.
    #[must_use]
    pub fn new(rungs: usize, limits: &Limits) -> Self {
        Self {
            tries: limits.fallback_tries.max(1),
            base_ms: limits.upgrade_base_ms,
            max_ms: limits.upgrade_max_ms,
            proven: vec![false; rungs.max(1)],
            at: 0,
            failures: 0,
            upgrades: 0,
        }
    }

    /// The one to use now.
    #[must_use]
    pub const fn current(&self) -> usize {
        self.at
    }

    /// What is worth a try beside the current one.
    #[must_use]
    pub fn better(&self) -> Option<usize> {
        (self.at > 0).then_some(0)
    }

    /// Milliseconds until that try, before chance has its say.
    #[must_use]
    pub fn upgrade_after_ms(&self) -> u64 {
        let grown = self.base_ms.saturating_mul(1 << self.upgrades.min(32));
        grown.min(self.max_ms)
    }

    /// The current one was welcomed and has lived long enough to count as good.
    pub fn good(&mut self) {
        self.proven[self.at] = true;
        self.failures = 0;
        if self.at == 0 {
            self.upgrades = 0;
        }
    }

    /// The current one was not welcomed, or was cut at once; `unusable` when it does not work here at
    /// all. True when another one is next.
    pub fn failed(&mut self, unusable: bool) -> bool {
        self.failures += 1;
        let patience = if self.proven[self.at] {
            PROVEN_PATIENCE
        } else {
            1
        };
        let is_borne = !unusable && self.failures < self.tries * patience;
        if is_borne || self.proven.len() == 1 {
            return false;
        }
        self.failures = 0;
        self.at = (self.at + 1) % self.proven.len();
        true
    }

    /// The better one was tried beside the current one; it takes over when it was welcomed.
    pub const fn tried(&mut self, rung: usize, welcomed: bool) {
        self.upgrades = self.upgrades.saturating_add(1);
        if welcomed {
            self.at = rung;
            self.failures = 0;
        }
    }
}
