//! What becomes of messages left.

use kefu_proto::v1;

use super::Plan;
use crate::store::{KnownLeft, LeftKey, LeftMove, MovedLeft, Outcome, Unfit};

impl Plan {
    /// What becomes of a message left on its own, without a message of the conversation.
    pub fn move_left(&mut self, moved: &LeftMove) -> Outcome {
        if let Err(unfit) = self.left_fits(moved) {
            return Outcome::Unfit(unfit);
        }
        self.put_left(moved);
        Outcome::Applied
    }

    /// A new one finds room, another one the version before it.
    pub(super) fn left_fits(&self, moved: &LeftMove) -> Result<(), Unfit> {
        let known = self.known.left.get(&moved.key());
        let version = known.map_or(0, |known| known.version);
        if version + 1 != moved.row.version {
            return Err(Unfit::LeftMoved);
        }
        let waiting = self.known.left_waiting.get(&moved.place());
        if known.is_none() && waiting.is_some_and(|waiting| *waiting >= moved.waiting_max) {
            return Err(Unfit::LeftFull);
        }
        Ok(())
    }

    pub(super) fn put_left(&mut self, moved: &LeftMove) {
        let now = KnownLeft::from(&moved.row);
        let before = self.known.left.insert(moved.key(), now);
        let was_waiting = before.is_some_and(|known| known.waiting);
        let waiting = self.known.left_waiting.entry(moved.place()).or_default();
        match (was_waiting, now.waiting) {
            (false, true) => *waiting += 1,
            (true, false) => *waiting = waiting.saturating_sub(1),
            _ => {}
        }
        let stored = before.map_or(0, |known| known.version);
        // What an earlier change of this plan found is what is stored.
        let row = self.left.entry(moved.key());
        row.and_modify(|(row, _)| row.clone_from(&moved.row))
            .or_insert_with(|| (moved.row.clone(), stored));
    }
}

pub(super) fn moved_left<'a>(
    ((tenant, _), (row, before)): (&LeftKey, &'a (v1::LeftMessage, u64)),
) -> MovedLeft<'a> {
    MovedLeft {
        tenant: *tenant,
        row,
        before: *before,
    }
}
