//! What was proposed and is not yet counted in the store.

use std::{collections::BTreeMap, time::Duration};

use kefu_types::{Millis, TenantId};

use crate::store::ProposedCount;

const DAY_MS: i64 = 86_400_000;

/// The UTC day of a moment, from 1970-01-01.
pub(crate) const fn day_of(at_ms: Millis) -> i64 {
    at_ms.div_euclid(DAY_MS)
}

/// Counts by tenant, day and intent. Lost with the process: none of them is anybody's message.
#[derive(Debug, Default)]
pub(crate) struct ProposedCounts(BTreeMap<(TenantId, i64, String), u64>);

impl ProposedCounts {
    /// One more. Says when it is to be written: at once when there are `most` rows already.
    pub(crate) fn add(
        &mut self,
        tenant: TenantId,
        day: i64,
        intent: &str,
        (most, flush): (usize, Duration),
    ) -> Option<Duration> {
        let was_empty = self.0.is_empty();
        *self.0.entry((tenant, day, intent.to_owned())).or_default() += 1;
        if self.0.len() >= most.max(1) {
            return Some(Duration::ZERO);
        }
        was_empty.then_some(flush)
    }

    /// All of it, in order, to be written.
    pub(crate) fn take(&mut self) -> Vec<ProposedCount> {
        let all = std::mem::take(&mut self.0);
        let row = |((tenant, day, intent), count)| ProposedCount {
            tenant,
            day,
            intent,
            count,
        };
        all.into_iter().map(row).collect()
    }

    /// What could not be written is counted with what has come since, as far as there is room for `most`
    /// rows.
    pub(crate) fn give_back(&mut self, counts: Vec<ProposedCount>, most: usize) {
        for row in counts {
            let key = (row.tenant, row.day, row.intent);
            if self.0.len() < most || self.0.contains_key(&key) {
                *self.0.entry(key).or_default() += row.count;
            }
        }
    }
}
