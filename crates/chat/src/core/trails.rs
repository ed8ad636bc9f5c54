//! On which pages a visitor is and was.

use kefu_proto::v1::{self, link_down::Body};
use kefu_types::{ConversationId, TenantId, VisitorId};

use super::{Core, check};
use crate::{
    error::CoreError,
    people::Who,
    store::{Change, NewPage},
    trail,
};

impl Core {
    /// A visitor is on a page.
    ///
    /// # Errors
    /// `forbidden` to users, `invalid` for what is no address of a page, `unavailable` and
    /// `overloaded` when it cannot be stored now.
    pub async fn see_page(
        &self,
        request: v1::SeePageRequest,
    ) -> Result<v1::SeePageReply, CoreError> {
        let Who::Visitor {
            id,
            conversation,
            session,
        } = self.who(&request.session).await?
        else {
            return Err(CoreError::Forbidden("this is for visitors"));
        };
        let rules = &self.settings.trail;
        if !rules.enabled {
            return Ok(v1::SeePageReply { kept: false });
        }
        let asked = request.page.unwrap_or_default();
        let url = trail::cleaned(&asked.url, rules.url_chars_max)
            .ok_or_else(|| CoreError::Invalid("the url is none of a page".to_owned()))?;
        let tenant = session.tenant;
        let now_ms = self.clock.wall_ms();
        let before = self.store.pages(tenant, id, 1).await?;
        let passes = before
            .first()
            .is_none_or(|last| last.url != url && now_ms - last.seen_at_ms >= rules.gap_ms);
        if !passes {
            return Ok(v1::SeePageReply { kept: false });
        }
        let page = v1::PageSeen {
            url,
            title: trail::title(&asked.title, rules.title_chars_max),
            referrer: trail::cleaned(&asked.referrer, rules.url_chars_max).unwrap_or_default(),
            id: self.ids.next(),
            seen_at_ms: now_ms,
        };
        let change = Change::SeePage(Box::new(NewPage {
            tenant,
            visitor: id,
            page,
            pages_max: rules.pages_max,
        }));
        self.writer.write(change).await?;
        self.publish_trail(tenant, id, conversation).await?;
        Ok(v1::SeePageReply { kept: true })
    }

    /// The last pages of a conversation's visitor, newest first.
    ///
    /// # Errors
    /// `forbidden` to visitors, `not_found` as for the conversation.
    pub async fn get_trail(&self, request: v1::GetTrailRequest) -> Result<v1::Trail, CoreError> {
        let (user, _) = self.user(&request.session).await?;
        let id = request.conversation_id;
        check::sequence("conversation_id", id).map_err(|_| CoreError::NotFound("conversation"))?;
        let head = self.committed(user.tenant, ConversationId(id)).await?;
        self.trail_of(user.tenant, head.visitor, head.id).await
    }

    async fn trail_of(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        id: ConversationId,
    ) -> Result<v1::Trail, CoreError> {
        let rules = &self.settings.trail;
        let pages = match rules.enabled {
            true => self.store.pages(tenant, visitor, rules.pages_max).await?,
            false => Vec::new(),
        };
        Ok(v1::Trail {
            conversation_id: id.0,
            pages,
        })
    }

    async fn publish_trail(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        id: ConversationId,
    ) -> Result<(), CoreError> {
        if self.looks.agents((tenant, id), 1).is_empty() {
            return Ok(());
        }
        let trail = self.trail_of(tenant, visitor, id).await?;
        self.hub.conversation(tenant, id, false, || {
            Body::Trail(v1::TrailChanged {
                tenant_id: tenant.0,
                trail: Some(trail.clone()),
            })
        });
        Ok(())
    }
}
