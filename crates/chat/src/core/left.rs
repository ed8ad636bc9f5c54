//! Messages left: a visitor leaves one instead of waiting, and agents find it in a list.
//!
//! What was written is the visitor's message in the conversation, like any other. Beside it stands a row
//! that says how they can be reached and what became of it.

use kefu_dialog::Event;
use kefu_proto::v1::{self, LeftState, body, link_down, notice};
use kefu_types::{ConversationId, TenantId};

use super::{
    Core,
    advance::Moved,
    check,
    read::allowed,
    send::{key_of, message},
};
use crate::{
    error::CoreError,
    people::{email, phone},
    store::{LeftAsk, LeftAt, LeftMove, Page, Stored, same_but_stars},
};

impl Core {
    /// Stores what a visitor leaves for later. When this returns it is durable, nobody waits in the
    /// queue for it, and a retry with the same client id and contents returns the same.
    ///
    /// # Errors
    /// `forbidden` to users and where none are taken; `invalid` and `too_large` for what cannot be;
    /// `conflict` while an agent serves the conversation, when too many wait for an answer, and for a
    /// client id that was used for something else; `blocked` for words that may not be said;
    /// `rate_limited` when the tenant sends more than it may.
    pub async fn leave_message(
        &self,
        request: v1::LeaveMessageRequest,
    ) -> Result<v1::LeftMessage, CoreError> {
        let who = self.who(&request.session).await?;
        let rules = &self.settings.left;
        if !who.is_visitor() {
            return Err(CoreError::Forbidden("this is for visitors"));
        }
        if !rules.enabled {
            return Err(CoreError::Forbidden("no messages are taken here"));
        }
        check::client_id(&request.client_id)?;
        check::text("text", &request.text, rules.text_chars_max)?;
        let name = check::name("name", &request.name, &self.settings.limits, true)?;
        let (tenant, id) = (who.tenant(), allowed(&who, 0)?);
        let asked = v1::LeftMessage {
            id: self.ids.next(),
            conversation_id: id.0,
            state: LeftState::Open.into(),
            version: 1,
            name,
            phone: phone(&request.phone, rules.contact_chars_max)?,
            email: email(&request.email, rules.contact_chars_max)?,
            ..Default::default()
        };
        self.messages.take(tenant, self.clock.monotonic())?;
        let sent = spoken(id, &request.client_id, &request.text, 0);
        let key = key_of(&who, id, &sent.client_id);
        let judged = self.judge(&who, sent.body.as_ref());
        let judged = judged.and_then(|judged| Ok((judged, self.cleaned(&who, &asked.name)?)));
        let (judged, name) = match judged {
            Ok(judged) => judged,
            Err(blocked) => {
                // It may have been stored before the lists said so.
                let stored = self.stored(&key, &sent).await?.ok_or(blocked)?;
                return self.left_before((tenant, id), &asked, &stored).await;
            }
        };
        let row = v1::LeftMessage {
            name,
            ..asked.clone()
        };
        let written = self
            .advance(tenant, id, |draft| {
                if draft.head.owner().is_some() {
                    return Err(CoreError::Conflict(
                        "an agent serves this conversation: write to them".to_owned(),
                    ));
                }
                draft.key = Some(key.clone());
                draft.alert = judged.alert_for(&who);
                draft.step(&Event::MessageLeft);
                draft.push(message(&who, draft, &sent, judged.body.clone()));
                draft.notice(notice::Kind::MessageLeft, None, "");
                let row = v1::LeftMessage {
                    group_id: draft.head.group.0,
                    created_at_ms: draft.now_ms(),
                    updated_at_ms: draft.now_ms(),
                    ..row.clone()
                };
                draft.left = Some(Box::new(LeftMove {
                    tenant,
                    row,
                    waiting_max: rules.waiting_max,
                }));
                Ok(())
            })
            .await;
        let stored = match written {
            Ok(Moved::Done(_)) => {
                judged.count();
                count("left");
                let left = self.store.left(tenant, LeftAt::Id(row.id)).await?;
                let left = left.ok_or(CoreError::NotFound("message left"))?;
                return self.own_left(tenant, left).await;
            }
            Ok(Moved::Duplicate(stored)) => stored,
            // What would be refused now may have been accepted before.
            Err(refused @ CoreError::Conflict(_)) => {
                self.stored(&key, &sent).await?.ok_or(refused)?
            }
            Err(error) => return Err(error),
        };
        self.left_before((tenant, id), &asked, &stored).await
    }

    /// A page of the messages left in one state.
    ///
    /// # Errors
    /// `forbidden` to visitors, `invalid` without a state and for a page that is too large.
    pub async fn list_left(
        &self,
        request: v1::ListLeftRequest,
    ) -> Result<v1::LeftMessages, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let state = request.state();
        if state == LeftState::Unspecified {
            return Err(CoreError::Invalid(
                "the state is missing or unknown".to_owned(),
            ));
        }
        let ask = LeftAsk {
            tenant: user.tenant,
            state,
            group: request.group_id,
            after: request.after_id,
            limit: self.page(request.limit)?,
        };
        let mut messages = Vec::new();
        for row in self.store.list_left(ask).await? {
            messages.push(self.with_words(user.tenant, row).await?);
        }
        Ok(v1::LeftMessages { messages })
    }

    /// The row with what was written, as the conversation has it now.
    pub(super) async fn with_words(
        &self,
        tenant: TenantId,
        mut row: v1::LeftMessage,
    ) -> Result<v1::LeftMessage, CoreError> {
        let id = ConversationId(row.conversation_id);
        let page = Page::After(row.seq.saturating_sub(1));
        let found = self.store.messages(tenant, id, page, 1).await?;
        if let Some(said) = found.iter().find(|message| message.seq == row.seq) {
            put_words(&mut row, said);
        }
        Ok(row)
    }

    /// A change of a message left goes to all workspaces of the tenant; a new one with what it says.
    pub(super) fn publish_left(&self, moved: &LeftMove, said: Option<&v1::Message>) {
        let mut row = moved.row.clone();
        if let Some(said) = said.filter(|_| row.version == 1) {
            put_words(&mut row, said);
        }
        let changed = v1::LeftChanged {
            tenant_id: moved.tenant.0,
            message: Some(row),
        };
        self.hub
            .workspaces(moved.tenant, || link_down::Body::Left(changed.clone()));
    }

    /// What a retry of `asked` gets, whose message is stored. The name comes as it was sent, before the
    /// lists of now.
    async fn left_before(
        &self,
        (tenant, id): (TenantId, ConversationId),
        asked: &v1::LeftMessage,
        stored: &Stored,
    ) -> Result<v1::LeftMessage, CoreError> {
        let same = |first: &v1::LeftMessage| {
            stored.same_body
                && same_but_stars(&first.name, &asked.name)
                && (&first.phone, &first.email) == (&asked.phone, &asked.email)
        };
        let first = self.store.left(tenant, LeftAt::Place(id, stored.seq));
        let first = first.await?.filter(same);
        let other =
            || CoreError::Conflict("this client id was used for another message".to_owned());
        self.own_left(tenant, first.ok_or_else(other)?).await
    }

    /// As its visitor sees it: what agents note of it is not for them.
    async fn own_left(
        &self,
        tenant: TenantId,
        row: v1::LeftMessage,
    ) -> Result<v1::LeftMessage, CoreError> {
        let mut row = self.with_words(tenant, row).await?;
        row.reason.clear();
        row.visitor_name.clear();
        Ok(row)
    }
}

/// A text as if it had been sent.
pub(super) fn spoken(
    id: ConversationId,
    client_id: &str,
    text: &str,
    quote_seq: u64,
) -> v1::SendMessage {
    let text = v1::Text {
        text: text.to_owned(),
        ..Default::default()
    };
    v1::SendMessage {
        conversation_id: id.0,
        client_id: client_id.to_owned(),
        body: Some(v1::Body {
            kind: Some(body::Kind::Text(text)),
        }),
        quote_seq,
        ..Default::default()
    }
}

pub(super) fn count(outcome: &'static str) {
    metrics::counter!("kefu_chat_left_total", "outcome" => outcome).increment(1);
}

fn put_words(row: &mut v1::LeftMessage, said: &v1::Message) {
    row.recalled = said.recalled_seq != 0;
    row.visitor_name.clone_from(&said.sender_name);
    if let Some(body::Kind::Text(text)) = said.body.as_ref().and_then(|body| body.kind.as_ref()) {
        row.text.clone_from(&text.text);
    }
}
