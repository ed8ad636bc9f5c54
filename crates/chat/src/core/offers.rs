//! What agents answer to offers, and conversations that are given to groups.

use kefu_dialog::{Event, Phase};
use kefu_proto::v1::{self, history_event::Kind};
use kefu_types::{ConversationId, GroupId};

use super::{
    Core,
    act::{expect, may_act_for},
    timers::Due,
};
use crate::{error::CoreError, model::User, router::Refused};

impl Core {
    /// The agent takes what they are asked about.
    pub(crate) async fn accept(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        let head = self.committed(user.tenant, id).await?;
        if head.owner() == Some(user.id) {
            return Ok(());
        }
        if !self.routing.is_offered(user.tenant, id, user.id) {
            return Err(CoreError::Conflict(Refused::Ended.to_string()));
        }
        metrics::counter!("kefu_chat_offers_total", "outcome" => "accepted").increment(1);
        let claimed = self.claim(user, id, request).await;
        self.publish_agent(user.tenant, user.id);
        claimed
    }

    /// The agent does not: somebody else is asked.
    pub(crate) fn decline(&self, user: &User, id: ConversationId) -> Result<(), CoreError> {
        let now = self.clock.monotonic();
        self.routing
            .decline(user.tenant, id, user.id, now)
            .map_err(|refused| CoreError::Conflict(refused.to_string()))?;
        metrics::counter!("kefu_chat_offers_total", "outcome" => "declined").increment(1);
        self.tell_offer(user.tenant, Kind::Declined, (user.id, id));
        self.publish_agent(user.tenant, user.id);
        self.timers.set(now, Due::Route(user.tenant));
        Ok(())
    }

    /// To the front of a group's line: its own when none is named. A supervisor may move what
    /// waits to another line, where it keeps its ticket.
    pub(crate) async fn transfer_to_group(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        let target = request.group_id.map(GroupId);
        if let Some(target) = target {
            let group = self.groups.get(user.tenant, target);
            group
                .filter(|group| !group.disabled)
                .ok_or(CoreError::NotFound("group"))?;
        }
        self.advance(user.tenant, id, |draft| {
            expect(draft, request)?;
            let owner = draft.head.agent;
            let to = target.unwrap_or(draft.head.group);
            let waits = matches!(draft.head.state.phase, Phase::Queued);
            if draft.step(&Event::Requeued) || waits && to != draft.head.group {
                may_act_for(user, owner)?;
                draft.regroup(to);
            }
            Ok(())
        })
        .await
        .map(drop)
    }
}
