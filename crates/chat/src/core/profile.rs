//! What agents know beside the talk: a conversation's tags, and what its visitor is called.

use kefu_proto::v1::{self, link_down::Body};
use kefu_types::ConversationId;

use super::{Core, check};
use crate::{
    error::CoreError,
    store::{Change, Outcome, TagChange},
};

impl Core {
    /// A conversation's tags.
    ///
    /// # Errors
    /// `forbidden` to visitors, `not_found` as for the conversation.
    pub async fn get_tags(&self, request: v1::GetTagsRequest) -> Result<v1::Tags, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let id = conversation(request.conversation_id)?;
        self.committed(user.tenant, id).await?;
        Ok(v1::Tags {
            conversation_id: id.0,
            tags: self.store.tags(user.tenant, id).await?,
        })
    }

    /// Tags come and go; the same again does no harm.
    ///
    /// # Errors
    /// `forbidden` to visitors, `not_found` as for the conversation, `invalid` for a tag that is
    /// none, `too_large` for one that is too long and for too many.
    pub async fn change_tags(&self, request: v1::ChangeTagsRequest) -> Result<v1::Tags, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let id = conversation(request.conversation_id)?;
        self.committed(user.tenant, id).await?;
        let tags_max = self.settings.teamwork.tags_max;
        if request.add.len() > tags_max || request.remove.len() > tags_max {
            return Err(too_many(tags_max));
        }
        let change = TagChange {
            tenant: user.tenant,
            conversation: id,
            add: self.tags_of(&request.add)?,
            remove: self.tags_of(&request.remove)?,
            tags_max,
        };
        match self
            .writer
            .write(Change::ChangeTags(Box::new(change)))
            .await?
        {
            Outcome::Tagged(tags) => Ok(v1::Tags {
                conversation_id: id.0,
                tags,
            }),
            Outcome::QuotaFull => Err(too_many(tags_max)),
            _ => Err(CoreError::NotFound("conversation")),
        }
    }

    /// Tags of the tenant, to complete what is typed.
    ///
    /// # Errors
    /// `forbidden` to visitors, `too_large` for a prefix that no tag has.
    pub async fn list_tags(&self, request: v1::ListTagsRequest) -> Result<v1::TagNames, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let prefix = request.prefix.trim().to_lowercase();
        if !prefix.is_empty() {
            check::text("prefix", &prefix, self.settings.teamwork.tag_chars_max)?;
        }
        let most = self.settings.teamwork.tag_names_max;
        let names = self.store.tag_names(user.tenant, &prefix, most).await?;
        Ok(v1::TagNames { names })
    }

    /// What a conversation's visitor is called, from now on.
    ///
    /// # Errors
    /// `forbidden` to visitors, and to agents where somebody else serves it; `not_found` as for the
    /// conversation; `invalid` and `too_large` for a name that cannot be shown.
    pub async fn rename_visitor(
        &self,
        request: v1::RenameVisitorRequest,
    ) -> Result<v1::Conversation, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let id = conversation(request.conversation_id)?;
        let name = check::name("name", &request.name, &self.settings.limits, true)?;
        self.advance(user.tenant, id, |draft| {
            super::act::may_act_for(&user, draft.head.agent)?;
            draft.head.visitor_name.clone_from(&name);
            Ok(())
        })
        .await?;
        let head = self.committed(user.tenant, id).await?;
        Ok(self.conversation(&head))
    }

    /// Tags in the one form that is stored.
    pub(super) fn tags_of(&self, asked: &[String]) -> Result<Vec<String>, CoreError> {
        let one = |tag: &String| {
            let tag = tag.trim().to_lowercase();
            check::text("tag", &tag, self.settings.teamwork.tag_chars_max)?;
            match tag.contains(['\n', '\r', '\t', ',', '，']) {
                true => Err(CoreError::Invalid(
                    "a tag has no line breaks, tabs and commas".to_owned(),
                )),
                false => Ok(tag),
            }
        };
        asked.iter().map(one).collect()
    }

    pub(super) fn publish_tags(&self, change: &TagChange, outcome: &Outcome) {
        let Outcome::Tagged(tags) = outcome else {
            return;
        };
        let (tenant, id) = (change.tenant, change.conversation);
        self.hub.conversation(tenant, id, false, || {
            let tags = v1::Tags {
                conversation_id: id.0,
                tags: tags.clone(),
            };
            Body::Tags(v1::TagsChanged {
                tenant_id: tenant.0,
                tags: Some(tags),
            })
        });
    }
}

fn conversation(id: u64) -> Result<ConversationId, CoreError> {
    check::sequence("conversation_id", id).map_err(|_| CoreError::NotFound("conversation"))?;
    Ok(ConversationId(id))
}

fn too_many(tags_max: usize) -> CoreError {
    CoreError::TooLarge(format!("a conversation has {tags_max} tags at most"))
}
