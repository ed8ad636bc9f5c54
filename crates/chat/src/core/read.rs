//! Reading: always from the store, so that what is read is durable.

use kefu_proto::v1;
use kefu_types::{ConversationId, TenantId};

use super::{Core, view};
use crate::{error::CoreError, model::Head, people::Who, store::Page};

/// Rows when a request names no number.
const PAGE_DEFAULT: u32 = 50;

impl Core {
    /// A conversation. Visitors have only their own, users all of their tenant.
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
        Ok(self.conversation_for(&head, &who))
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

    /// A page of a history, ascending.
    ///
    /// # Errors
    /// `not_found` as for the conversation, `invalid` for both directions or a page that is too
    /// large.
    pub async fn list_messages(
        &self,
        request: v1::ListMessagesRequest,
    ) -> Result<v1::MessagePage, CoreError> {
        let who = self.who(&request.session).await?;
        let id = allowed(&who, request.conversation_id)?;
        let limit = self.page(request.limit)?;
        let page = match (request.after_seq, request.before_seq) {
            (after, 0) => Page::After(after),
            (0, before) => Page::Before(before),
            _ => {
                return Err(CoreError::Invalid(
                    "after_seq and before_seq exclude each other".to_owned(),
                ));
            }
        };
        let head = self.committed(who.tenant(), id).await?;
        let mut messages = self.store.messages(who.tenant(), id, page, limit).await?;
        if who.is_visitor() {
            view::strip(&mut messages);
        }
        // A message may have been committed between the two reads.
        let last_seq = messages
            .last()
            .map_or(0, |message| message.seq)
            .max(head.last_seq);
        Ok(v1::MessagePage { messages, last_seq })
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
