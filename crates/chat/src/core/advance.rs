//! Moving a conversation on: compute, queue, wait until it is durable, try anew if it moved.

use std::sync::Arc;

use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};

use super::{Core, draft::Draft, heads::Slot};
use crate::{
    error::CoreError,
    model::Head,
    router::Refused,
    store::{Advance, Change, Outcome, Stored},
    writer::Ticket,
};

/// A change that is durable.
pub(crate) struct Advanced {
    pub(crate) head: Arc<Head>,
    pub(crate) messages: Arc<[v1::Message]>,
}

/// How a move ended.
pub(crate) enum Moved {
    /// It is durable; or the draft was empty and the head is as it was.
    Done(Advanced),
    /// The client key was stored before.
    Duplicate(Stored),
}

enum Queued {
    Ticket {
        ticket: Ticket,
        advanced: Advanced,
        generation: u64,
    },
    /// Another change with the same key may be under way: ask behind it.
    Probe {
        ticket: Ticket,
        generation: u64,
    },
    Unchanged(Arc<Head>),
    /// Somebody dropped the head in between.
    Reload,
}

impl Core {
    /// Moves a conversation on by what `write` puts into the draft. `write` runs again on a newer
    /// head when somebody else was first, at most `conflict_retries_max` times; its errors are
    /// returned as they are.
    pub(crate) async fn advance<F>(
        &self,
        tenant: TenantId,
        id: ConversationId,
        mut write: F,
    ) -> Result<Moved, CoreError>
    where
        F: FnMut(&mut Draft<'_>) -> Result<(), CoreError> + Send,
    {
        for _ in 0..=self.settings.limits.conflict_retries_max {
            let slot = self.heads.slot(tenant, id);
            if slot.lock().head().is_none() {
                let head = self.store.head(tenant, id).await?;
                slot.lock()
                    .fill(head.ok_or(CoreError::NotFound("conversation"))?);
            }
            let (outcome, advanced, generation) = match self.queue(&slot, &mut write)? {
                Queued::Reload => continue,
                Queued::Unchanged(head) => {
                    return Ok(Moved::Done(Advanced {
                        head,
                        messages: [].into(),
                    }));
                }
                Queued::Ticket {
                    ticket,
                    advanced,
                    generation,
                } => (self.writer.wait(ticket).await, Some(advanced), generation),
                Queued::Probe { ticket, generation } => {
                    (self.writer.wait(ticket).await, None, generation)
                }
            };
            match (outcome, advanced) {
                (Ok(Outcome::Applied), Some(advanced)) => return Ok(Moved::Done(advanced)),
                (Ok(Outcome::Duplicate(stored)), advanced) => {
                    if advanced.is_some() {
                        slot.drop_head(generation);
                    }
                    return Ok(Moved::Duplicate(stored));
                }
                (Ok(full @ (Outcome::CapacityFull | Outcome::GroupFull)), _) => {
                    slot.drop_head(generation);
                    let refused = match full {
                        Outcome::GroupFull => Refused::GroupFull,
                        _ => Refused::Full,
                    };
                    return Err(CoreError::Conflict(refused.to_string()));
                }
                (Ok(Outcome::Unfit(unfit)), _) => {
                    slot.drop_head(generation);
                    return Err(unfit.into());
                }
                (Ok(_), _) => slot.drop_head(generation),
                (Err(error), _) => {
                    slot.drop_head(generation);
                    return Err(error);
                }
            }
            metrics::counter!("kefu_chat_conflicts_total").increment(1);
        }
        Err(CoreError::Conflict(
            "the conversation changes too fast; try again".to_owned(),
        ))
    }

    /// Under the conversation's lock, so that the order in the writer's queue is the order of
    /// versions. Nothing here waits.
    fn queue<F>(&self, slot: &Slot, write: &mut F) -> Result<Queued, CoreError>
    where
        F: FnMut(&mut Draft<'_>) -> Result<(), CoreError>,
    {
        let mut entry = slot.lock();
        let Some(before) = entry.head().cloned() else {
            return Ok(Queued::Reload);
        };
        let rules = (&self.settings, &self.groups);
        let mut draft = Draft::of(&before, rules, &self.ids, self.clock.wall_ms());
        write(&mut draft)?;
        let generation = entry.generation();
        if draft.key.as_ref().is_some_and(|key| entry.knows(key)) {
            let ticket = self.writer.submit(before.lane(), probe(draft.seal()))?;
            return Ok(Queued::Probe { ticket, generation });
        }
        if draft.is_empty() {
            return Ok(Queued::Unchanged(before));
        }
        let advance = draft.seal();
        let advanced = Advanced {
            head: advance.head.clone(),
            messages: advance.messages.clone(),
        };
        let key = advance.key.clone();
        // In the lane that it has had so far, behind what is under way.
        let ticket = self
            .writer
            .submit(before.lane(), Change::Advance(advance))?;
        entry.advance(advanced.head.clone(), key);
        Ok(Queued::Ticket {
            ticket,
            advanced,
            generation,
        })
    }
}

/// Asks whether the message of `advance` is stored, instead of storing it.
fn probe(advance: Advance) -> Change {
    let keyed = advance.keyed();
    let body = keyed.and_then(|message| message.body.clone());
    let quote_seq = keyed.map_or(0, |message| message.quote_seq);
    match advance.key {
        Some(key) => Change::Probe {
            key,
            body,
            quote_seq,
        },
        None => Change::Advance(advance),
    }
}
