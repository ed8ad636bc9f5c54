//! What a device missed, in one call over all conversations of a person.

use kefu_proto::v1;
use kefu_types::ConversationId;

use super::{Core, cursors::device, view};
use crate::{
    error::CoreError,
    people::Who,
    store::{Missed, MissedAsk},
};

impl Core {
    /// A page of the caller's conversations with what their device has not been given.
    ///
    /// # Errors
    /// `invalid` for a device id that is none and for a page that is too large.
    pub async fn missed(&self, request: v1::MissedRequest) -> Result<v1::MissedPage, CoreError> {
        let who = self.who(&request.session).await?;
        let asked = request.ask.unwrap_or_default();
        let limits = &self.settings.limits;
        let limit = match asked.limit {
            0 => limits.missed_page_max,
            limit if limit > limits.missed_page_max => {
                return Err(CoreError::Invalid(format!(
                    "a page of what was missed has {} conversations at most",
                    limits.missed_page_max
                )));
            }
            limit => limit,
        };
        let only = match &who {
            Who::Visitor { conversation, .. } => Some(*conversation),
            Who::User { .. } => None,
        };
        let ask = MissedAsk {
            tenant: who.tenant(),
            person: who.person(),
            device: device(&who, request.device_id)?,
            only,
            after: ConversationId(asked.after),
            limit,
            messages_max: limits.missed_messages_max,
            unread_max: limits.unread_max,
            unread_scan_max: limits.unread_scan_max,
        };
        let found = self.store.missed(&ask).await?;
        let full = u32::try_from(found.len()).is_ok_and(|found| found >= limit);
        let last = found.last().map_or(0, |missed| missed.head.id.0);
        let conversations = found
            .into_iter()
            .map(|missed| self.one_missed(missed, &who));
        Ok(v1::MissedPage {
            conversations: conversations.collect(),
            next_after: if full && only.is_none() { last } else { 0 },
            epoch: self.lineage.epoch,
        })
    }

    fn one_missed(&self, missed: Missed, who: &Who) -> v1::Missed {
        let mut messages = missed.messages;
        if who.is_visitor() {
            view::strip(&mut messages);
        }
        v1::Missed {
            conversation: Some(self.conversation_for(&missed.head, who)),
            delivered_seq: missed.delivered_seq,
            read_seq: missed.reach.read_seq,
            unread: missed.unread,
            messages,
        }
    }
}
