//! 64-bit ids that sort by time: 1 zero bit, 41 bits of milliseconds since 2024-01-01 UTC
//! (until 2093), 10 bits of node, 12 bits of counter. The layout is Twitter's Snowflake (2010).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{Clock, Millis};

const EPOCH_MS: i64 = 1_704_067_200_000;
const NODE_BITS: u32 = 10;
const COUNTER_BITS: u32 = 12;

/// The node number does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("node {0} is out of range: 0 to 1023")]
pub struct SnowflakeError(pub u32);

/// Makes ids. Strictly increasing in one process even when the wall clock jumps back: time is
/// then taken from the last id instead. More than 4,096 ids in a millisecond borrow from the next.
pub struct Snowflake {
    clock: Arc<dyn Clock>,
    node: u64,
    /// Milliseconds since the epoch and counter of the last id, without the node.
    last: AtomicU64,
}

impl Snowflake {
    /// # Errors
    /// When `node` is above 1023.
    pub fn new(clock: Arc<dyn Clock>, node: u32) -> Result<Self, SnowflakeError> {
        if node >= 1 << NODE_BITS {
            return Err(SnowflakeError(node));
        }
        Ok(Self {
            clock,
            node: u64::from(node),
            last: AtomicU64::new(0),
        })
    }

    /// Starts above `id`, so that a restart with the clock set back cannot repeat one.
    pub fn raise_to(&self, id: u64) {
        let time = id >> (NODE_BITS + COUNTER_BITS);
        let counter = id & ((1 << COUNTER_BITS) - 1);
        self.last
            .fetch_max((time << COUNTER_BITS) | counter, Ordering::SeqCst);
    }

    /// When an id was made, UTC milliseconds, by the clock of its generator.
    #[must_use]
    pub fn made_at_ms(id: u64) -> Millis {
        let since = id >> (NODE_BITS + COUNTER_BITS);
        EPOCH_MS + i64::try_from(since).unwrap_or(0)
    }

    /// The least id that a generator can make at this time, UTC milliseconds, or later.
    #[must_use]
    pub fn first_at_ms(at_ms: Millis) -> u64 {
        let since = u64::try_from(at_ms.saturating_sub(EPOCH_MS)).unwrap_or(0);
        since.min((1 << 41) - 1) << (NODE_BITS + COUNTER_BITS)
    }

    /// The next id.
    pub fn next(&self) -> u64 {
        let since = u64::try_from(self.clock.wall_ms() - EPOCH_MS).unwrap_or(0);
        let now = since << COUNTER_BITS;
        let step = |last: u64| Some(now.max(last + 1));
        let last = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, step);
        let slot = now.max(last.unwrap_or_default() + 1);
        let (time, counter) = (slot >> COUNTER_BITS, slot & ((1 << COUNTER_BITS) - 1));
        (time << (NODE_BITS + COUNTER_BITS)) | (self.node << COUNTER_BITS) | counter
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc, time::Duration};

    use super::{EPOCH_MS, Snowflake};
    use crate::ManualClock;

    fn generator(node: u32) -> (Arc<ManualClock>, Snowflake) {
        let clock = Arc::new(ManualClock::new(EPOCH_MS + 1_000));
        (
            clock.clone(),
            Snowflake::new(clock, node).expect("the node fits"),
        )
    }

    #[test]
    fn no_id_of_a_time_is_below_the_first_one() {
        let (_, ids) = generator(1023);
        let first = Snowflake::first_at_ms(EPOCH_MS + 1_000);
        assert!(ids.next() >= first && Snowflake::made_at_ms(first) == EPOCH_MS + 1_000);
        assert_eq!(Snowflake::first_at_ms(i64::MIN), 0);
        assert!(Snowflake::first_at_ms(i64::MAX) < 1 << 63);
    }

    #[test]
    fn ids_grow_although_the_clock_goes_back() {
        let (clock, ids) = generator(1);
        let before = ids.next();
        clock.set_wall(EPOCH_MS);
        let after = ids.next();
        assert!(after > before);
        assert_eq!(Snowflake::made_at_ms(before), EPOCH_MS + 1_000);
    }

    #[test]
    fn ten_thousand_ids_in_one_millisecond_are_distinct() {
        let (_, ids) = generator(1);
        let made: BTreeSet<u64> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 10_000);
    }

    #[test]
    fn a_restart_with_the_clock_set_back_repeats_nothing() {
        let (clock, first) = generator(3);
        clock.advance(Duration::from_secs(60));
        let last = first.next();
        let (_, second) = generator(3);
        second.raise_to(last);
        assert!(second.next() > last);
    }

    #[test]
    fn nodes_never_collide() {
        let (_, one) = generator(1);
        let (_, two) = generator(2);
        assert_ne!(one.next(), two.next());
        assert!(Snowflake::new(Arc::new(ManualClock::new(0)), 1024).is_err());
    }
}
