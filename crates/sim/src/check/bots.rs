//! What a bot may say: once, to the turn it was handed, never to a human's visitor.

use super::{Checker, Proposal, Verdict, broken};
use crate::log::{Event, Row, Version};

impl Checker {
    pub(super) fn bot(&mut self, event: &Event) -> Verdict {
        match event {
            Event::Proposed {
                conversation,
                turn,
                body,
            } => {
                let proposal = Proposal {
                    conversation: *conversation,
                    turn: *turn,
                    stored: false,
                };
                self.proposals.insert(*body, proposal);
                Ok(())
            }
            Event::Answered { body, outcome } => {
                let stored = self.proposals.get(body).is_some_and(|known| known.stored);
                match *outcome {
                    "applied" if !stored => {
                        broken!(Acknowledged, "a bot was told that its commit was applied")
                    }
                    "stale" if stored => {
                        broken!(
                            Faithful,
                            "a bot was told that its commit was stale; it is stored"
                        )
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The store took a bot's message.
    pub(super) fn proposed(
        &mut self,
        conversation: u64,
        before: Option<Version>,
        row: &Row,
    ) -> Verdict {
        let Some(proposal) = self.proposals.get_mut(&row.body) else {
            broken!(
                Faithful,
                "no bot said what is stored in {conversation} at {}",
                row.seq
            );
        };
        if proposal.conversation != conversation {
            broken!(
                Faithful,
                "a bot's reply ended in another conversation, {conversation}"
            );
        }
        if proposal.stored {
            broken!(
                Deduplicated,
                "a bot's reply is stored twice in {conversation}"
            );
        }
        proposal.stored = true;
        match before {
            Some(before) if before.processing && before.turn == proposal.turn => Ok(()),
            Some(before) => broken!(
                HandOff,
                "a bot answered turn {} of {conversation}, which was in phase {} at turn {}",
                proposal.turn,
                before.phase,
                before.turn
            ),
            None => broken!(
                Faithful,
                "conversation {conversation} began with a bot's reply"
            ),
        }
    }
}
