//! Which store it is, and which of its lives: what tells a store that was put back in time from one
//! that went on.

use std::{future::Future, pin::Pin, sync::Arc};

use kefu_types::{Entropy, Millis};

/// The low bits of an epoch, which are drawn. Above them stand UTC milliseconds.
const DRAWN_BITS: u32 = 20;

/// What a store says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lineage {
    /// Drawn once; a copy of the store, a backup for one, has the same. 0: not drawn yet.
    pub identity: u64,
    /// What positions in it belong to. 0: none has begun.
    pub epoch: u64,
}

/// What was seen of a store, kept where a backup of the store does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Which store, in which epoch.
    pub lineage: Lineage,
    /// The largest id that it was seen to hold.
    pub ceiling: u64,
}

/// A call of a [`Witness`] under way; `Err` says for people what went wrong.
pub type WitnessFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Remembers beside the store what was seen of it.
pub trait Witness: Send + Sync + 'static {
    /// What was noted last; nothing when nothing ever was.
    fn recall(&self) -> WitnessFuture<'_, Option<Seen>>;

    /// Keeps this instead of what was noted before.
    fn note(&self, seen: Seen) -> WitnessFuture<'_, ()>;
}

/// A shared witness.
pub type SharedWitness = Arc<dyn Witness>;

/// Why a store must begin a new epoch before it is served from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It never had one.
    First,
    /// Somebody has seen it further than it is.
    PutBack,
}

impl Seen {
    /// Whether a store that says `lineage` and `ceiling` of itself is this one at an earlier time.
    /// Of another store nothing is known.
    #[must_use]
    pub const fn is_ahead_of(&self, lineage: Lineage, ceiling: u64) -> bool {
        self.lineage.identity == lineage.identity
            && (self.lineage.epoch > lineage.epoch || self.ceiling > ceiling)
    }
}

/// Whether this store must begin a new epoch.
pub(crate) fn judge(lineage: Lineage, ceiling: u64, seen: Option<Seen>) -> Option<Reason> {
    if lineage.epoch == 0 || lineage.identity == 0 {
        return Some(Reason::First);
    }
    seen.filter(|seen| seen.is_ahead_of(lineage, ceiling))
        .map(|_| Reason::PutBack)
}

impl Lineage {
    /// What the store becomes: the same store, in an epoch above its own and above `known`. The low
    /// bits are drawn, so that one backup restored twice does not lead to one epoch twice.
    #[must_use]
    pub fn next(self, known: u64, now_ms: Millis, entropy: &dyn Entropy) -> Self {
        let now = u64::try_from(now_ms).unwrap_or(0);
        let after = (self.epoch.max(known) >> DRAWN_BITS) + 1;
        let drawn = entropy.next_u64() & ((1 << DRAWN_BITS) - 1);
        let identity = match self.identity {
            0 => (entropy.next_u64() >> 1).max(1),
            identity => identity,
        };
        Self {
            identity,
            epoch: (now.max(after) << DRAWN_BITS) | drawn,
        }
    }
}

#[cfg(test)]
mod tests {
    use kefu_types::SeededEntropy;
    use proptest::prelude::*;

    use super::{Lineage, Reason, Seen, judge};

    const STORE: Lineage = Lineage {
        identity: 5,
        epoch: 9 << 20,
    };

    fn seen(identity: u64, epoch: u64, ceiling: u64) -> Option<Seen> {
        let lineage = Lineage { identity, epoch };
        Some(Seen { lineage, ceiling })
    }

    #[test]
    fn a_store_was_put_back_when_somebody_has_seen_it_further() {
        let judged = |seen| judge(STORE, 100, seen);
        assert_eq!(judged(None), None);
        assert_eq!(judged(seen(5, STORE.epoch, 100)), None, "as it was left");
        assert_eq!(judged(seen(5, STORE.epoch, 60)), None, "noted a while ago");
        assert_eq!(judged(seen(5, STORE.epoch, 101)), Some(Reason::PutBack));
        assert_eq!(judged(seen(5, STORE.epoch + 1, 60)), Some(Reason::PutBack));
        assert_eq!(judged(seen(6, STORE.epoch + 1, 101)), None, "another store");
        assert_eq!(judge(Lineage::default(), 100, None), Some(Reason::First));
    }

    proptest! {
        #[test]
        fn an_epoch_is_above_all_that_are_known_whatever_the_clock_says(
            epoch in 0u64..(1 << 62), known in 0u64..(1 << 62), now_ms in -5i64..4_000_000_000_000,
            seed in any::<u64>(),
        ) {
            let entropy = SeededEntropy::new(seed);
            let before = Lineage { identity: seed >> 1, epoch };
            let next = before.next(known, now_ms, &entropy);
            prop_assert!(next.epoch > epoch.max(known));
            prop_assert!(i64::try_from(next.epoch).is_ok() && i64::try_from(next.identity).is_ok());
            prop_assert!(next.identity > 0);
            prop_assert!(before.identity == 0 || next.identity == before.identity);
        }
    }

    #[test]
    fn one_backup_restored_twice_leads_to_two_epochs() {
        let twice = [1, 2].map(|seed| STORE.next(0, 7, &SeededEntropy::new(seed)));
        assert_ne!(twice[0].epoch, twice[1].epoch);
    }
}
