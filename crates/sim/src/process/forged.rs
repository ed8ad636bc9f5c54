//! What a core with a planted bug of ownership would have made of a refusal.

use std::sync::Arc;

use kefu_chat::{
    Head,
    store::{Advance, Change},
};
use kefu_dialog::Phase;
use kefu_proto::v1::{
    self, LeftState, Sender, act_request::Action, body, move_left_request, notice,
};
use kefu_types::{AgentId, ConversationId, TenantId};

use super::{Answer, Front};

impl Front {
    /// The bot's words in a conversation that people own.
    pub(super) fn speak_anyway(&self, commit: &v1::CommitTurn) -> bool {
        let tenant = TenantId(commit.tenant_id);
        let head = self
            .run
            .disk
            .head(tenant, ConversationId(commit.conversation_id));
        let Some(head) = head.filter(|head| head.state.phase == Phase::Serving) else {
            return false;
        };
        let said = commit.messages.iter().map(|said| v1::Message {
            sender: Sender::Bot.into(),
            body: said.body.clone(),
            ..v1::Message::default()
        });
        self.force((*head).clone(), said.collect())
    }

    /// The second owner of a conversation.
    pub(super) async fn claim_anyway(&self, request: &v1::ActRequest) -> Option<v1::Conversation> {
        if request.action() != Action::Claim {
            return None;
        }
        let Answer::Done(who) = self.whoami(&request.session).await else {
            return None;
        };
        let id = ConversationId(request.conversation_id);
        let head = self.run.disk.head(TenantId(who.tenant_id), id)?;
        if head.state.phase != Phase::Serving {
            return None;
        }
        let mut head = (*head).clone();
        head.agent = Some(AgentId(who.id));
        let notice = v1::Notice {
            kind: notice::Kind::Assigned.into(),
            agent_id: who.id,
            ..v1::Notice::default()
        };
        let said = v1::Message {
            sender: Sender::System.into(),
            body: Some(v1::Body {
                kind: Some(body::Kind::Notice(notice)),
            }),
            ..v1::Message::default()
        };
        self.force(head, vec![said]);
        match self.call_conversation(request).await {
            Answer::Done(conversation) => Some(conversation),
            _ => None,
        }
    }

    /// The second agent who works on a message left.
    pub(super) async fn claim_left_anyway(
        &self,
        request: &v1::MoveLeftRequest,
    ) -> Option<v1::LeftMessage> {
        if request.action() != move_left_request::Action::Claim {
            return None;
        }
        let Answer::Done(who) = self.whoami(&request.session).await else {
            return None;
        };
        let rows = self.run.disk.left().into_iter();
        let mut rows = rows.filter(|(tenant, _)| tenant.0 == who.tenant_id);
        let (_, mut row) = rows.find(|(_, row)| row.id == request.id)?;
        row.set_state(LeftState::Taken);
        row.agent_id = who.id;
        Some(row)
    }

    async fn call_conversation(&self, request: &v1::ActRequest) -> Answer<v1::Conversation> {
        self.conversation(&request.session, request.conversation_id)
            .await
    }

    fn force(&self, mut head: Head, mut messages: Vec<v1::Message>) -> bool {
        let (version, stamp) = (head.version, head.stamp);
        head.version += 1;
        head.stamp = self.run.dice.next() >> 1;
        for message in &mut messages {
            head.last_seq += 1;
            message.seq = head.last_seq;
            message.id = self.run.dice.next() >> 1;
            message.conversation_id = head.id.0;
        }
        let advance = Advance {
            expected_version: version,
            expected_stamp: stamp,
            head: Arc::new(head),
            whole: true,
            messages: messages.into(),
            key: None,
            guard: None,
            room: None,
            reference: None,
            alert: None,
            left: None,
            events: [].into(),
        };
        let Ok((_, steps)) = self.run.disk.apply(&[Change::Advance(advance)]) else {
            return false;
        };
        steps.iter().for_each(|step| self.run.committed(step));
        !steps.is_empty()
    }
}
