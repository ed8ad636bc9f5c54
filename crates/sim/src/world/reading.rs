//! Reading a history from anywhere.

use kefu_proto::v1::{self, list_messages_request::View};

use super::World;
use crate::{
    counters::Counted,
    log::{Event, rows},
    process::{Answer, Front},
};

/// Whose eyes, and what they look at.
#[derive(Debug, Clone)]
pub(super) struct Eyes {
    pub(super) token: String,
    pub(super) tenant: u64,
    pub(super) conversation: u64,
}

impl World {
    /// Reads one page after `after`; the sequences that came, or that none could be had.
    pub(super) async fn read(
        &self,
        front: &Front,
        eyes: &Eyes,
        after: u64,
        limit: u32,
    ) -> Answer<Vec<u64>> {
        let (floor, gone) = self.run.log.ask(|checker| {
            let id = eyes.conversation;
            (checker.acked(id), checker.gone(id))
        });
        let metadata = self.run.dice.chance(20);
        let view = if metadata { View::Metadata } else { View::Full };
        let request = v1::ListMessagesRequest {
            session: eyes.token.clone(),
            conversation_id: eyes.conversation,
            after_seq: after,
            limit,
            view: view.into(),
            ..Default::default()
        };
        match front.page(request).await {
            Answer::Done(page) => {
                self.run.tally.count(if metadata {
                    Counted::Metadata
                } else {
                    Counted::Page
                });
                let sequences = page.messages.iter().map(|message| message.seq).collect();
                self.run.log.add(Event::Page {
                    tenant: eyes.tenant,
                    conversation: eyes.conversation,
                    after,
                    limit: u64::from(limit),
                    floor,
                    last_seq: page.last_seq,
                    rows: rows(&page.messages),
                    gone,
                    metadata,
                });
                Answer::Done(sequences)
            }
            Answer::Refused(refused) => Answer::Refused(refused),
            Answer::Lost => Answer::Lost,
        }
    }
}
