//! What is due when.

use std::collections::BTreeMap;

/// What a client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A line's welcome is late.
    Welcome(u64),
    /// The answer to a frame of a line is late.
    Reply(u64, u64),
    /// A line may have been quiet for too long.
    Beat(u64),
    /// The connection counts as good.
    Stable,
    /// Connect again.
    Reconnect,
    /// Try the better transport.
    Upgrade,
    /// The first message of a conversation's outbox may be tried again.
    Flush(u64),
    /// Open a conversation again.
    Open(u64),
    /// Tell how far this device is in a conversation.
    Mark(u64),
}

/// One moment for each; milliseconds on whatever clock the caller has.
#[derive(Debug, Clone, Default)]
pub struct Timers(BTreeMap<Timer, u64>);

impl Timers {
    /// Due then, and not when it was due before.
    pub fn set(&mut self, timer: Timer, at_ms: u64) {
        self.0.insert(timer, at_ms);
    }

    /// Not due any more.
    pub fn clear(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    /// Whether it will be due.
    #[must_use]
    pub fn has(&self, timer: Timer) -> bool {
        self.0.contains_key(&timer)
    }

    /// Those that are kept.
    pub fn retain(&mut self, keeps: impl Fn(Timer) -> bool) {
        self.0.retain(|timer, _| keeps(*timer));
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_ms(&self) -> Option<u64> {
        self.0.values().copied().min()
    }

    /// Takes one that is due, the longest due first.
    pub fn take_due(&mut self, now_ms: u64) -> Option<Timer> {
        let (timer, at_ms) = self.0.iter().min_by_key(|(_, at_ms)| **at_ms)?;
        let timer = (*at_ms <= now_ms).then_some(*timer)?;
        self.0.remove(&timer);
        Some(timer)
    }
}
