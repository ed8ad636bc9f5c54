//! Pauses that grow.

use super::chance::Chance;

/// Exponential backoff with full jitter: a wait drawn evenly from nothing to the step's ceiling, so
/// that clients which were cut together do not come back together.
#[derive(Debug, Clone)]
pub struct Backoff {
    base_ms: u64,
    max_ms: u64,
    attempt: u32,
}

impl Backoff {
    /// Ceilings from `base_ms`, doubling, up to `max_ms`.
    #[must_use]
    pub const fn new(base_ms: u64, max_ms: u64) -> Self {
        Self {
            base_ms,
            max_ms,
            attempt: 0,
        }
    }

    /// The longest that the next wait may be, milliseconds.
    #[must_use]
    pub fn ceiling_ms(&self) -> u64 {
        let grown = self.base_ms.saturating_mul(1 << self.attempt.min(32));
        grown.min(self.max_ms)
    }

    /// Milliseconds to wait before the next try. The ceiling grows with every call until `reset`.
    pub fn wait_ms(&mut self, chance: &mut Chance) -> u64 {
        let ceiling = self.ceiling_ms();
        self.attempt = (self.attempt + 1).min(32);
        chance.up_to(ceiling)
    }

    /// It went well: small pauses again.
    pub const fn reset(&mut self) {
        self.attempt = 0;
    }
}
