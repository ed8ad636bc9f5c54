//! What of a row each reader may see.

use kefu_proto::v1::{self, body};

use super::Core;
use crate::{
    model::{Head, User},
    people::Who,
};

impl Core {
    /// The head as users of the workspace see it.
    pub(crate) fn conversation(&self, head: &Head) -> v1::Conversation {
        let (group, position, wait_s) = self.routing.place(head);
        let queued = head.rank.is_some();
        let closed = queued.then(|| self.closed(head)).flatten();
        let out_of_hours = closed.is_some();
        // Nobody works the line off now, so how fast it moves within the hours says nothing.
        let wait_s = if out_of_hours { 0 } else { wait_s };
        let left = &self.settings.left;
        let (sla_due_at_ms, sla_state) = self.promised(head);
        v1::Conversation {
            id: head.id.0,
            visitor_id: head.visitor.0,
            visitor_name: head.visitor_name.clone(),
            phase: head.phase().into(),
            version: head.version,
            last_seq: head.last_seq,
            agent_id: head.agent.map_or(0, |agent| agent.0),
            agent_name: head.agent_name.clone(),
            created_at_ms: head.created_at_ms,
            updated_at_ms: head.updated_at_ms,
            queued_at_ms: head.queued_at_ms,
            preview: head.preview.clone(),
            language: head.language.code().to_owned(),
            handoff_reason: head.handoff_reason.clone(),
            queue_position: position,
            last_sender: head.last_sender.into(),
            estimated_wait_s: wait_s,
            priority: head.priority.into(),
            cursors: Vec::new(),
            preview_seq: head.preview_seq,
            epoch: 0,
            group_id: group.0,
            out_of_hours,
            opens_at_ms: closed.flatten().unwrap_or(0),
            may_leave: queued && left.offered(out_of_hours, position, wait_s),
            fallbacks: head.state.fallbacks.into(),
            sla_due_at_ms,
            sla_state: sla_state.into(),
        }
    }

    /// The head as `who` may see it.
    pub(crate) fn conversation_for(&self, head: &Head, who: &Who) -> v1::Conversation {
        let mut conversation = self.conversation(head);
        if who.is_visitor() {
            conversation.preview.clear();
            conversation.preview_seq = 0;
            conversation.handoff_reason.clear();
            conversation.group_id = 0;
            conversation.fallbacks = 0;
            conversation.sla_due_at_ms = 0;
            conversation.set_sla_state(v1::SlaState::Unspecified);
            conversation.set_priority(v1::Priority::Unspecified);
        }
        conversation
    }

    /// A user with what only the core knows of them.
    pub(crate) fn agent(&self, user: &User) -> v1::Agent {
        let now = self.clock.monotonic();
        let (online, load, offer) = self.routing.seat(user.tenant, user.id, now);
        let (offered, left_ms) = offer.map_or((0, 0), |(id, left_ms)| (id.0, left_ms));
        v1::Agent {
            id: user.id.0,
            name: user.name.clone(),
            role: user.role.into(),
            status: user.status.into(),
            online,
            load,
            capacity: user.capacity,
            login: user.login.clone(),
            disabled: user.disabled,
            offered_conversation_id: offered,
            offered_ms: left_ms,
            away_reason: user.away_reason.clone(),
            manual_accept: user.manual_accept,
        }
    }
}

/// Takes out what visitors never see.
pub(crate) fn strip(messages: &mut [v1::Message]) {
    for message in messages {
        message.trace = None;
        if let Some(v1::Body {
            kind: Some(body::Kind::Notice(notice)),
        }) = &mut message.body
        {
            notice.reason.clear();
        }
    }
}
