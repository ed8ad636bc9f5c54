//! How far people are: devices mark, everybody who looks is told.

use std::collections::BTreeMap;

use kefu_proto::v1::{self, link_down::Body};
use kefu_types::{ConversationId, TenantId};

use super::{Core, check, epochs, read::allowed};
use crate::{
    error::CoreError,
    model::{Person, Reach},
    people::Who,
    store::{Change, CursorKey, Mark, Outcome},
};

/// Cursors that moved in a batch, the last word of each.
pub(super) type Moved = BTreeMap<CursorKey, Reach>;

impl Core {
    /// A device of the caller says how far it is. When this returns it is durable; the answer is
    /// how far the person is, whichever of their devices is the farthest.
    ///
    /// # Errors
    /// `invalid` for a device id that is none, a cursor behind what this device marked before, and
    /// one beyond the conversation's last message; `conflict` for one of an epoch that is over;
    /// `not_found` as for the conversation.
    pub async fn mark(&self, request: v1::MarkRequest) -> Result<v1::Cursor, CoreError> {
        let who = self.who(&request.session).await?;
        let said = request
            .mark
            .ok_or_else(|| CoreError::Invalid("there is no mark".to_owned()))?;
        let conversation = allowed(&who, said.conversation_id)?;
        epochs::current(said.epoch, self.lineage)?;
        let person = who.person();
        let mark = Mark {
            tenant: who.tenant(),
            conversation,
            person,
            device: device(&who, request.device_id)?,
            delivered_seq: said.delivered_seq,
            read_seq: said.read_seq,
            at_ms: self.clock.wall_ms(),
            devices_max: self.settings.limits.devices_max,
        };
        match self.writer.write(Change::Mark(mark)).await? {
            Outcome::Marked { reach, .. } => Ok(reach.cursor(conversation, person)),
            // It is durable, although nobody can say any more how far the person was.
            Outcome::Applied => Ok(Reach {
                delivered_seq: said.delivered_seq.max(said.read_seq),
                read_seq: said.read_seq,
            }
            .cursor(conversation, person)),
            Outcome::Unfit(unfit) => Err(unfit.into()),
            _ => Err(CoreError::NotFound("conversation")),
        }
    }

    /// The cursors of one conversation, the visitor's first.
    pub(super) async fn cursors(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Vec<v1::Cursor>, CoreError> {
        let most = self.settings.limits.cursors_max;
        let found = self.store.cursors(tenant, id, most).await?;
        let cursor = |(person, reach): (Person, Reach)| reach.cursor(id, person);
        Ok(found.into_iter().map(cursor).collect())
    }

    pub(super) fn publish_cursors(&self, moved: Moved) {
        for ((tenant, conversation, person), reach) in moved {
            let cursor = reach.cursor(conversation, person);
            // An agent's own lists show what they have not read, whether it is open there or not.
            let workspaces = person.sender == i32::from(v1::Sender::Agent);
            self.hub.conversation(tenant, conversation, workspaces, || {
                Body::Cursor(v1::CursorMoved {
                    tenant_id: tenant.0,
                    cursor: Some(cursor),
                })
            });
        }
    }
}

/// What a durable mark moved.
pub(super) fn moved(moved: &mut Moved, mark: &Mark, outcome: &Outcome) {
    let reach = match outcome {
        Outcome::Marked { reach, .. } => *reach,
        _ => Reach {
            delivered_seq: mark.delivered_seq.max(mark.read_seq),
            read_seq: mark.read_seq,
        },
    };
    let known = moved.entry(mark.key()).or_default();
    *known = known.max(reach);
}

/// The device that the caller names; without a name, the session is one.
pub(super) fn device(who: &Who, named: String) -> Result<String, CoreError> {
    if named.is_empty() {
        return Ok(format!("session-{}", who.session().id.0));
    }
    check::device_id(&named)?;
    Ok(named)
}
