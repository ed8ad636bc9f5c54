//! A visitor or an agent says something.

use kefu_dialog::{Event, Phase};
use kefu_proto::v1::{self, Sender, body};
use kefu_types::{ConversationId, Lang};

use super::{Core, advance::Moved, assist, check, draft::Draft, read::allowed};
use crate::{
    error::CoreError,
    lanes::Lane,
    people::Who,
    store::{Change, ClientKey, Outcome, Reference, Stored},
};

impl Core {
    /// Stores a message. When this returns it is durable, and a retry with the same client id
    /// and body returns the same.
    ///
    /// # Errors
    /// `invalid` and `too_large` for what may not be stored, `conflict` for a client id that was
    /// used with another body or a conversation that somebody else owns, or what is quoted or
    /// recalled was recalled before, `closed` when the talk is over for an agent, `forbidden` for
    /// a recall of what is somebody else's or too old, `blocked` for words that may not be said,
    /// `rate_limited` when the tenant sends more than it may, `overloaded` and `unavailable` when it
    /// cannot be stored now.
    pub async fn send(&self, request: v1::SendRequest) -> Result<v1::Accepted, CoreError> {
        let who = self.who(&request.session).await?;
        let sent = request
            .message
            .ok_or_else(|| CoreError::Invalid("there is no message".to_owned()))?;
        check::client_id(&sent.client_id)?;
        check::sent_body(sent.body.as_ref(), &self.settings.limits)?;
        check::utc_offset(sent.utc_offset_minutes)?;
        check::quote(&sent)?;
        assist::taken(&who, sent.assist.as_ref())?;
        let id = allowed(&who, sent.conversation_id)?;
        self.messages.take(who.tenant(), self.clock.monotonic())?;
        let recalls = recalled(&sent);
        let key = key_of(&who, id, &sent.client_id);
        let language = Lang::parse(&request.language);
        let judged = match self.judge(&who, sent.body.as_ref()) {
            Ok(judged) => judged,
            Err(blocked) => {
                // It may have been stored before the lists said so.
                let stored = self.stored(&key, &sent).await?.ok_or(blocked)?;
                return accepted(Moved::Duplicate(stored), id, sent.client_id);
            }
        };
        let written = self
            .advance(who.tenant(), id, |draft| {
                draft.key = Some(key.clone());
                draft.reference = quoted(&sent);
                draft.alert = judged.alert_for(&who);
                match &who {
                    // No question, and no right to speak: only a word less.
                    _ if recalls.is_some() => draft.recall(recalls.unwrap_or(0)),
                    Who::Visitor { .. } => visitor_says(draft, language),
                    Who::User { .. } => agent_may_say(draft, &who)?,
                }
                draft.push(message(&who, draft, &sent, judged.body.clone()));
                Ok(())
            })
            .await;
        let moved = match written {
            Err(
                refused @ (CoreError::Conflict(_) | CoreError::Closed(_) | CoreError::Forbidden(_)),
            ) => {
                // What would be refused now may have been accepted before.
                Moved::Duplicate(self.stored(&key, &sent).await?.ok_or(refused)?)
            }
            other => other?,
        };
        if matches!(moved, Moved::Done(_)) {
            judged.count();
            if let Some(seq) = recalls {
                // No bot is handed it from now on, however far behind the fan-out is.
                self.turns.lock().take_back((who.tenant(), id), seq);
            }
        }
        accepted(moved, id, sent.client_id)
    }

    /// Whether the message is stored by now, behind everything that is under way.
    pub(super) async fn stored(
        &self,
        key: &ClientKey,
        sent: &v1::SendMessage,
    ) -> Result<Option<Stored>, CoreError> {
        let probe = Change::Probe {
            key: key.clone(),
            body: sent.body.clone(),
            quote_seq: sent.quote_seq,
        };
        // Behind what is under way, whichever lane it took.
        for lane in Lane::ALL {
            let found = self.writer.write_in(lane, probe.clone()).await?;
            if let Outcome::Duplicate(stored) = found {
                return Ok(Some(stored));
            }
        }
        Ok(None)
    }
}

pub(super) fn key_of(who: &Who, conversation: ConversationId, client_id: &str) -> ClientKey {
    let person = who.person();
    ClientKey {
        tenant: who.tenant(),
        conversation,
        sender: person.sender,
        sender_id: person.id,
        client_id: client_id.to_owned(),
    }
}

/// The sequence that a recall takes back.
fn recalled(sent: &v1::SendMessage) -> Option<u64> {
    match sent.body.as_ref()?.kind.as_ref()? {
        body::Kind::Recall(recall) => Some(recall.seq),
        _ => None,
    }
}

fn quoted(sent: &v1::SendMessage) -> Option<Reference> {
    let seq = sent.quote_seq;
    (seq != 0).then_some(Reference::Quote { seq })
}

fn visitor_says(draft: &mut Draft<'_>, language: Option<Lang>) {
    // The page's language counts when it changes; otherwise the visitor's words decide.
    if let Some(language) = language
        && language != draft.head.page_language
    {
        draft.head.page_language = language;
        draft.head.language = language;
    }
    let at_ms = draft.now_ms();
    draft.step(&Event::VisitorMessage { at_ms });
}

fn agent_may_say(draft: &Draft<'_>, who: &Who) -> Result<(), CoreError> {
    let Who::User { user, .. } = who else {
        return Ok(());
    };
    match draft.head.state.phase {
        Phase::Serving if draft.head.agent == Some(user.id) => Ok(()),
        Phase::Serving => Err(CoreError::Conflict(
            "another agent owns this conversation".to_owned(),
        )),
        Phase::WrapUp | Phase::Closed => Err(CoreError::Closed("the talk is over")),
        _ => Err(CoreError::Forbidden(
            "claim the conversation before you write in it",
        )),
    }
}

pub(super) fn message(
    who: &Who,
    draft: &Draft<'_>,
    sent: &v1::SendMessage,
    body: Option<v1::Body>,
) -> v1::Message {
    let (sender, sender_id, sender_name) = match who {
        Who::Visitor { id, .. } => (Sender::Visitor, id.0, draft.head.visitor_name.clone()),
        Who::User { user, .. } => (Sender::Agent, user.id.0, user.name.clone()),
    };
    v1::Message {
        sender: sender.into(),
        sender_id,
        sender_name,
        client_id: sent.client_id.clone(),
        body,
        quote_seq: sent.quote_seq,
        trace: sent.assist.clone().map(|assist| v1::Trace {
            assist: Some(assist),
            ..Default::default()
        }),
        utc_offset_minutes: sent
            .utc_offset_minutes
            .filter(|_| sender == Sender::Visitor),
        ..Default::default()
    }
}

fn accepted(
    moved: Moved,
    id: ConversationId,
    client_id: String,
) -> Result<v1::Accepted, CoreError> {
    let (stored, duplicate) = match moved {
        Moved::Duplicate(stored) if !stored.same_body => {
            return Err(CoreError::Conflict(
                "this client id was used for another message".to_owned(),
            ));
        }
        Moved::Duplicate(stored) => ((stored.id, stored.seq, stored.created_at_ms), true),
        Moved::Done(done) => {
            let own = done
                .messages
                .iter()
                .find(|message| message.client_id == client_id);
            let own =
                own.ok_or_else(|| CoreError::Invalid("the message was not stored".to_owned()))?;
            ((own.id, own.seq, own.created_at_ms), false)
        }
    };
    let (message_id, seq, created_at_ms) = stored;
    Ok(v1::Accepted {
        conversation_id: id.0,
        client_id,
        id: message_id,
        seq,
        created_at_ms,
        duplicate,
    })
}
