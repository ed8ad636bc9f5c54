//! What senders are told.

use super::{Checker, Verdict, broken};
use crate::log::{Event, Key};

impl Checker {
    pub(super) fn client(&mut self, event: &Event) -> Verdict {
        match event {
            Event::Sent { key, body } => {
                let wish = self.wishes.entry(key.clone()).or_default();
                wish.bodies.insert(*body);
                wish.open += 1;
                Ok(())
            }
            Event::Acked {
                key,
                body,
                id,
                seq,
                duplicate: _,
            } => {
                self.answered(key);
                self.acknowledged(key, *body, (*id, *seq))
            }
            Event::Refused {
                key,
                body,
                code,
                again,
                reused,
            } => {
                // Only what cannot have reached the store is known not to be there.
                if !again || *code == "overloaded" {
                    self.answered(key);
                }
                self.refused(key, *body, *reused)
            }
            // Counted as open for ever: it may be stored.
            _ => Ok(()),
        }
    }

    pub(super) fn answered(&mut self, key: &Key) {
        if let Some(wish) = self.wishes.get_mut(key) {
            wish.open = wish.open.saturating_sub(1);
        }
    }

    pub(super) fn acknowledged(&mut self, key: &Key, body: u64, told: (u64, u64)) -> Verdict {
        let Some(wish) = self.wishes.get_mut(key) else {
            broken!(Faithful, "{key:?} was acknowledged and never sent");
        };
        let Some((stored, id, seq)) = wish.stored else {
            broken!(
                Acknowledged,
                "{key:?} was acknowledged at {} and is not stored",
                told.1
            );
        };
        if stored != body {
            broken!(
                Deduplicated,
                "{key:?} was acknowledged with a body that is not the stored one"
            );
        }
        let first = *wish.acked.get_or_insert(told);
        if first != told {
            broken!(
                Deduplicated,
                "{key:?} was acknowledged as {first:?} and as {told:?}"
            );
        }
        if (id, seq) != told {
            broken!(
                Acknowledged,
                "{key:?} was acknowledged as {told:?}, stored as {:?}",
                (id, seq)
            );
        }
        let talk = self.talks.entry(key.conversation).or_default();
        talk.acked = talk.acked.max(seq);
        let at = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        let recalls = talk.rows.get(at).map_or(0, |row| row.recalls);
        if recalls != 0 {
            talk.gone.insert(recalls);
        }
        Ok(())
    }

    fn refused(&self, key: &Key, body: u64, reused: bool) -> Verdict {
        let stored = self.wishes.get(key).and_then(|wish| wish.stored);
        match stored {
            None if reused => broken!(Faithful, "{key:?} is said to be used; it is not stored"),
            Some((known, _, _)) if reused && known == body => {
                broken!(Deduplicated, "a retry of {key:?} was called a conflict")
            }
            _ => Ok(()),
        }
    }
}
