//! The largest id that was ever stored, so that a generator whose clock was set back starts above.

use kefu_chat::store::{Change, Outcome};

/// The largest id among the changes that applied; 0 when none stores any.
pub(crate) fn ceiling(changes: &[Change], outcomes: &[Outcome]) -> u64 {
    let applied = changes
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| matches!(outcome, Outcome::Applied | Outcome::Noted { .. }));
    applied
        .map(|(change, _)| change.largest_id())
        .max()
        .unwrap_or(0)
}
