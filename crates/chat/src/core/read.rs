//! Reading: always from the store, so that what is read is durable.

use kefu_proto::v1::{self, list_messages_request::View};
use kefu_types::{ConversationId, TenantId};

use super::{Core, check, view};
use crate::{error::CoreError, model::Head, people::Who, store::Page};

/// What a request for messages means.
enum Wanted {
    Page(Page, u32, View),
    These(Vec<u64>),
}

/// Rows when a request names no number.
const PAGE_DEFAULT: u32 = 50;

impl Core {
    /// A conversation with its cursors. Visitors have only their own, users all of their tenant.
    ///
    /// # Errors
    /// `not_found` for any other.
    pub async fn get_conversation(
        &self,
        request: v1::GetConversationRequest,
    ) -> Result<v1::Conversation, CoreError> {
        let who = self.who(&request.session).await?;
        let id = allowed(&who, request.conversation_id)?;
        let head = self.committed(who.tenant(), id).await?;
        let cursors = self.cursors(who.tenant(), id).await?;
        Ok(v1::Conversation {
            cursors,
            epoch: self.lineage.epoch,
            ..self.conversation_for(&head, &who)
        })
    }

    /// Conversations of the tenant by phase, newest first.
    ///
    /// # Errors
    /// `forbidden` to visitors, `invalid` for a page that is too large.
    pub async fn list_conversations(
        &self,
        request: v1::ListConversationsRequest,
    ) -> Result<v1::Conversations, CoreError> {
        use v1::Phase::{Bot, Queued, Serving, WrapUp};

        let (user, _) = self.user(&request.session).await?;
        let limit = self.page(request.limit)?;
        let asked: Vec<v1::Phase> = request
            .phases()
            .filter(|phase| *phase != v1::Phase::Unspecified)
            .collect();
        let phases = if asked.is_empty() {
            vec![Bot, Queued, Serving, WrapUp]
        } else {
            asked
        };
        let before = ConversationId(if request.before_id == 0 {
            u64::MAX
        } else {
            request.before_id
        });
        let heads = self
            .store
            .heads(user.tenant, &phases, before, limit)
            .await?;
        Ok(v1::Conversations {
            conversations: heads.iter().map(|head| self.conversation(head)).collect(),
        })
    }

    /// A page of a history, or messages by id, ascending.
    ///
    /// # Errors
    /// `not_found` as for the conversation, `invalid` for both directions, a page that is too
    /// large, and ids that no message can have.
    pub async fn list_messages(
        &self,
        request: v1::ListMessagesRequest,
    ) -> Result<v1::MessagePage, CoreError> {
        let who = self.who(&request.session).await?;
        let id = allowed(&who, request.conversation_id)?;
        let wanted = self.wanted(&request)?;
        let tenant = who.tenant();
        let head = self.committed(tenant, id).await?;
        let mut messages = match wanted {
            Wanted::These(ids) => self.store.messages_by_id(tenant, id, &ids).await?,
            Wanted::Page(page, limit, View::Full) => {
                self.store.messages(tenant, id, page, limit).await?
            }
            Wanted::Page(page, limit, View::Metadata) => {
                self.store.metadata(tenant, id, page, limit).await?
            }
        };
        if who.is_visitor() {
            view::strip(&mut messages);
        }
        // A message may have been committed between the two reads.
        let last_seq = messages
            .last()
            .map_or(0, |message| message.seq)
            .max(head.last_seq);
        Ok(v1::MessagePage {
            messages,
            last_seq,
            epoch: self.lineage.epoch,
        })
    }

    fn wanted(&self, request: &v1::ListMessagesRequest) -> Result<Wanted, CoreError> {
        let directions = (request.after_seq, request.before_seq);
        if !request.ids.is_empty() {
            return self.wanted_ids(request);
        }
        let page = match directions {
            (after, 0) => Page::After(after),
            (0, before) => Page::Before(before),
            _ => {
                return Err(CoreError::Invalid(
                    "after_seq and before_seq exclude each other".to_owned(),
                ));
            }
        };
        let view = View::try_from(request.view)
            .map_err(|_| CoreError::Invalid("there is no such view".to_owned()))?;
        Ok(Wanted::Page(page, self.page(request.limit)?, view))
    }

    fn wanted_ids(&self, request: &v1::ListMessagesRequest) -> Result<Wanted, CoreError> {
        let alone = request.after_seq == 0 && request.before_seq == 0 && request.limit == 0;
        if !alone || request.view() != View::Full {
            return Err(CoreError::Invalid(
                "ids are asked for without a page and in full".to_owned(),
            ));
        }
        let most = self.settings.limits.page_max;
        if u32::try_from(request.ids.len()).map_or(true, |count| count > most) {
            return Err(CoreError::Invalid(format!(
                "{most} ids at most can be asked for at once"
            )));
        }
        request
            .ids
            .iter()
            .try_for_each(|id| check::message_id(*id))?;
        Ok(Wanted::These(request.ids.clone()))
    }

    pub(crate) async fn committed(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Head, CoreError> {
        self.store
            .head(tenant, id)
            .await?
            .ok_or(CoreError::NotFound("conversation"))
    }

    pub(crate) fn page(&self, limit: u32) -> Result<u32, CoreError> {
        let most = self.settings.limits.page_max;
        match limit {
            0 => Ok(PAGE_DEFAULT.min(most)),
            limit if limit > most => Err(CoreError::Invalid(format!(
                "a page has {most} rows at most"
            ))),
            limit => Ok(limit),
        }
    }
}

/// Which conversation `who` means and may see. Visitors may leave it out; another one's looks
/// exactly like one that does not exist.
pub(crate) fn allowed(who: &Who, id: u64) -> Result<ConversationId, CoreError> {
    match who {
        Who::Visitor { conversation, .. } if id == 0 || id == conversation.0 => Ok(*conversation),
        Who::User { .. } if id != 0 && i64::try_from(id).is_ok() => Ok(ConversationId(id)),
        _ => Err(CoreError::NotFound("conversation")),
    }
}
