//! Messages by the million, through the adapter's own bulk.

use super::{Quiet, operations::MISSED};
use crate::rows::{BATCH, Rows, apply};

/// Messages of one change, at most.
const RUN: u64 = 100;
/// Changes of one transaction.
const CHANGES: usize = 16;
/// A conversation for so many messages, so that both grow.
const MESSAGES_OF_ONE: u64 = 100;

/// Appends until `size` messages are stored: half of what is new in conversations that are new,
/// the rest in one long conversation (the first), whose pages are turned. There are never fewer
/// than a batch can have one message each of.
///
/// # Errors
/// When the store refuses.
pub async fn up_to(
    rows: &mut Rows,
    stored: &mut u64,
    size: u64,
    quiet: &Quiet,
) -> anyhow::Result<()> {
    let short = usize::try_from(size / MESSAGES_OF_ONE)?.max(BATCH);
    let old = rows.heads.len();
    {
        let _shared = quiet.0.read().await;
        rows.begin_up_to(1 + short).await?;
    }
    // Whoever returns has missed as many in each, and read one.
    let each = (size / 2 / short as u64).max(MISSED + 1);
    let mut wanted: Vec<(usize, u64)> = (old.max(1)..=short).map(|place| (place, each)).collect();
    let left = size.saturating_sub(*stored + each * wanted.len() as u64);
    wanted.push((0, left));
    let mut changes = Vec::with_capacity(CHANGES);
    for (place, mut count) in wanted {
        while count > 0 {
            let some = count.min(RUN);
            changes.push(rows.append(place, usize::try_from(some)?));
            count -= some;
            *stored += some;
            if changes.len() == CHANGES {
                let _shared = quiet.0.read().await;
                apply(&rows.store, &changes).await?;
                changes.clear();
            }
        }
    }
    if !changes.is_empty() {
        apply(&rows.store, &changes).await?;
    }
    Ok(())
}
