//! Notes: what agents write beside a conversation, for each other.
//!
//! Every path in here begins with [`Core::user`]: a visitor is refused before anything is read.

use kefu_proto::v1::{self, Role, link_down::Body};
use kefu_types::{AgentId, ConversationId, TenantId};

use super::{Core, check};
use crate::{
    error::CoreError,
    model::{Head, User},
    people::mentioned,
    store::{Change, NewNote, Outcome, Page},
};

impl Core {
    /// Stores a note. When this returns it is durable, and a retry with the same client id and
    /// words returns the same.
    ///
    /// # Errors
    /// `forbidden` to visitors, and for a whisper to agents; `not_found` for a conversation of
    /// somebody else; `invalid` for a text that is none, too many mentions, and a whisper that
    /// nobody is there to hear; `too_large` for too long a text and one note too many; `conflict`
    /// for a client id that was used for other words.
    pub async fn write_note(
        &self,
        request: v1::WriteNoteRequest,
    ) -> Result<v1::NoteWritten, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let bounds = &self.settings.teamwork;
        check::client_id(&request.client_id)?;
        check::text("note", &request.text, bounds.note_chars_max)?;
        let id = conversation(request.conversation_id)?;
        let head = self.committed(user.tenant, id).await?;
        let mut mentioned = self.mentioned(&user, &request.text)?;
        if request.whisper {
            let owner = listener(&user, &head)?;
            if !mentioned.contains(&owner.0) {
                mentioned.push(owner.0);
            }
        }
        let note = v1::Note {
            id: self.ids.next(),
            conversation_id: id.0,
            number: 0,
            author_id: user.id.0,
            author_name: user.name.clone(),
            client_id: request.client_id,
            created_at_ms: self.clock.wall_ms(),
            after_seq: head.last_seq,
            body: Some(v1::NoteBody {
                text: request.text.clone(),
                mentioned_ids: mentioned,
                whisper: request.whisper,
            }),
        };
        let change = Change::AddNote(Box::new(NewNote {
            tenant: user.tenant,
            note,
            notes_max: bounds.notes_max,
        }));
        match self.writer.write(change).await? {
            Outcome::Noted { note, new }
                if new || is_same(&note, &request.text, request.whisper) =>
            {
                Ok(v1::NoteWritten {
                    note: Some(*note),
                    duplicate: !new,
                })
            }
            Outcome::Noted { .. } => Err(CoreError::Conflict(
                "this client id was used for another note".to_owned(),
            )),
            Outcome::QuotaFull => Err(CoreError::TooLarge(format!(
                "a conversation has {} notes at most",
                bounds.notes_max
            ))),
            _ => Err(CoreError::NotFound("conversation")),
        }
    }

    /// A page of the notes on a conversation, ascending.
    ///
    /// # Errors
    /// `forbidden` to visitors, `not_found` as for the conversation, `invalid` for both directions
    /// and for a page that is too large.
    pub async fn list_notes(
        &self,
        request: v1::ListNotesRequest,
    ) -> Result<v1::NotePage, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let id = conversation(request.conversation_id)?;
        let page = match (request.after_number, request.before_number) {
            (after, 0) => Page::After(after),
            (0, before) => Page::Before(before),
            _ => {
                return Err(CoreError::Invalid(
                    "after_number and before_number exclude each other".to_owned(),
                ));
            }
        };
        let limit = self.page(request.limit)?;
        self.committed(user.tenant, id).await?;
        let notes = self.store.notes(user.tenant, id, page, limit).await?;
        Ok(v1::NotePage { notes })
    }

    /// Notes that mention the caller and that they have not opened yet.
    ///
    /// # Errors
    /// `forbidden` to visitors.
    pub async fn list_mentions(
        &self,
        request: v1::ListMentionsRequest,
    ) -> Result<v1::Mentions, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let most = self.settings.teamwork.mentions_max;
        let notes = self.store.mentions(user.tenant, user.id, most).await?;
        Ok(v1::Mentions { notes })
    }

    /// The caller has seen the notes of a conversation up to a number. What was seen before may be
    /// said again.
    ///
    /// # Errors
    /// `forbidden` to visitors, `invalid` for a number that no note can have.
    pub async fn read_mentions(
        &self,
        request: v1::ReadMentionsRequest,
    ) -> Result<v1::Empty, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        check::sequence("number", request.number)?;
        let read = Change::ReadMentions {
            tenant: user.tenant,
            agent: user.id,
            conversation: conversation(request.conversation_id)?,
            number: request.number,
        };
        self.writer.write(read).await?;
        Ok(v1::Empty {})
    }

    /// The colleagues whom a text names, without its author.
    fn mentioned(&self, author: &User, text: &str) -> Result<Vec<u64>, CoreError> {
        let colleagues = self.directory.of(author.tenant);
        let colleagues = colleagues
            .iter()
            .filter(|user| !user.disabled && user.id != author.id);
        let found = mentioned(text, colleagues.map(|user| (user.login.as_str(), user.id)));
        let most = self.settings.teamwork.note_mentions_max;
        if found.len() > most {
            return Err(CoreError::Invalid(format!(
                "a note mentions {most} colleagues at most"
            )));
        }
        Ok(found.into_iter().map(|id| id.0).collect())
    }

    pub(super) fn publish_note(&self, tenant: TenantId, outcome: &Outcome) {
        let Outcome::Noted { note, .. } = outcome else {
            return;
        };
        let id = ConversationId(note.conversation_id);
        self.hub.conversation(tenant, id, true, || {
            Body::Noted(v1::Noted {
                tenant_id: tenant.0,
                note: Some((**note).clone()),
            })
        });
    }

    pub(super) fn publish_read(
        &self,
        tenant: TenantId,
        agent: AgentId,
        conversation: ConversationId,
        number: u64,
    ) {
        let read = v1::MentionsRead {
            conversation_id: conversation.0,
            agent_id: agent.0,
            number,
        };
        self.hub.workspaces(tenant, || {
            Body::Mentions(v1::MentionsSeen {
                tenant_id: tenant.0,
                read: Some(read),
            })
        });
    }
}

/// An id that a conversation can have.
fn conversation(id: u64) -> Result<ConversationId, CoreError> {
    check::sequence("conversation_id", id).map_err(|_| CoreError::NotFound("conversation"))?;
    Ok(ConversationId(id))
}

/// Who hears a whisper of `user`.
fn listener(user: &User, head: &Head) -> Result<AgentId, CoreError> {
    if !matches!(user.role, Role::Supervisor | Role::Admin) {
        return Err(CoreError::Forbidden("only supervisors and admins whisper"));
    }
    let owner = head.owner().filter(|owner| *owner != user.id);
    owner.ok_or_else(|| {
        CoreError::Invalid("nobody else serves this conversation: write a note".to_owned())
    })
}

/// Whether a retry says what was said at first. Whom it mentions follows from the words.
fn is_same(note: &v1::Note, text: &str, whisper: bool) -> bool {
    let body = note.body.as_ref();
    body.is_some_and(|body| body.text == text && body.whisper == whisper)
}
