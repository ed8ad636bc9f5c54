//! What is done to a conversation as a whole: claim, end, transfer, hand back, leave.

use kefu_dialog::{Event, Phase};
use kefu_proto::v1::{self, Role, act_request::Action, notice};
use kefu_types::{AgentId, ConversationId, TenantId};

use super::{Core, advance::Moved, draft::Draft, read::allowed};
use crate::{error::CoreError, model::User, people::Who, router::Assignment};

impl Core {
    /// Acts on a conversation. What has happened already is not an error.
    ///
    /// # Errors
    /// `forbidden` to whom the action is not for, `conflict` when another agent owns it, has no
    /// room, or it is not at the version that the request expects; `closed` when it is over.
    pub async fn act(&self, request: v1::ActRequest) -> Result<v1::Conversation, CoreError> {
        let who = self.who(&request.session).await?;
        let id = allowed(&who, request.conversation_id)?;
        match &who {
            Who::Visitor { .. } => self.act_as_visitor(who.tenant(), id, &request).await?,
            Who::User { user, .. } => self.act_as_user(user, id, &request).await?,
        }
        let head = self.committed(who.tenant(), id).await?;
        Ok(self.conversation_for(&head, &who))
    }

    async fn act_as_visitor(
        &self,
        tenant: TenantId,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        let (event, said) = match request.action() {
            Action::RequestHuman => (
                Event::HumanRequested {
                    reason: String::new(),
                },
                None,
            ),
            Action::LeaveQueue => (Event::QueueLeft, Some(notice::Kind::LeftQueue)),
            Action::Close => (Event::Closed, Some(notice::Kind::Closed)),
            _ => return Err(CoreError::Forbidden("this is for agents")),
        };
        self.advance(tenant, id, |draft| {
            expect(draft, request)?;
            // Whose talk it was, without a name: the agent did not end it.
            let agent_id = draft.head.owner().map_or(0, |agent| agent.0);
            if draft.step(&event)
                && let Some(kind) = said
            {
                draft.fact(v1::Notice {
                    kind: kind.into(),
                    agent_id,
                    ..Default::default()
                });
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    async fn act_as_user(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        match request.action() {
            Action::Claim => self.claim(user, id, request).await,
            Action::Transfer if request.agent_id != 0 => self.transfer(user, id, request).await,
            Action::Transfer => self.transfer_to_group(user, id, request).await,
            Action::Accept => self.accept(user, id, request).await,
            Action::Decline => self.decline(user, id),
            Action::End => {
                self.owner_does(user, id, request, &Event::Ended, Some(notice::Kind::Closed))
                    .await
            }
            Action::Finish => {
                self.owner_does(user, id, request, &Event::WrapUpDone, None)
                    .await
            }
            Action::ReturnToBot => {
                self.owner_does(
                    user,
                    id,
                    request,
                    &Event::ReturnedToBot,
                    Some(notice::Kind::ReturnedToBot),
                )
                .await
            }
            Action::Prioritize => self.prioritize(user, id, request).await,
            Action::Unspecified => Err(CoreError::Invalid(
                "the action is missing or unknown".to_owned(),
            )),
            Action::RequestHuman | Action::LeaveQueue | Action::Close => {
                Err(CoreError::Forbidden("this is for visitors"))
            }
        }
    }

    /// An event that only the owner (or a supervisor) may cause.
    async fn owner_does(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
        event: &Event,
        said: Option<notice::Kind>,
    ) -> Result<(), CoreError> {
        self.advance(user.tenant, id, |draft| {
            expect(draft, request)?;
            let owner = draft.head.agent;
            if draft.step(event) {
                may_act_for(user, owner)?;
                if let Some(kind) = said {
                    // What the agent wanted is the fact; how the dialog words it is not.
                    draft.drop_notices();
                    draft.notice(kind, Some(user), "");
                }
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Its agent, or a supervisor, says who matters more.
    async fn prioritize(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        let priority = request.priority();
        if priority == v1::Priority::Unspecified {
            return Err(CoreError::Invalid(
                "the priority is missing or unknown".to_owned(),
            ));
        }
        self.advance(user.tenant, id, |draft| {
            expect(draft, request)?;
            may_act_for(user, draft.head.agent)?;
            draft.prioritize(priority);
            Ok(())
        })
        .await
        .map(drop)
    }

    pub(crate) async fn claim(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        let head = self.committed(user.tenant, id).await?;
        if head.owner() == Some(user.id) {
            return Ok(());
        }
        self.reserved(user, id, |draft| {
            expect(draft, request)?;
            take_over(draft, user, notice::Kind::Assigned)
        })
        .await
    }

    /// The owner hands it to a colleague; a supervisor may give away what waits, too.
    async fn transfer(
        &self,
        user: &User,
        id: ConversationId,
        request: &v1::ActRequest,
    ) -> Result<(), CoreError> {
        let target = self.directory.get(user.tenant, AgentId(request.agent_id));
        let target = target
            .filter(|target| !target.disabled)
            .ok_or(CoreError::NotFound("agent"))?;
        if !self.routing.is_online(user.tenant, target.id) {
            return Err(CoreError::Conflict("this agent is not online".to_owned()));
        }
        let head = self.committed(user.tenant, id).await?;
        may_act_for(user, head.agent)?;
        if head.owner() == Some(target.id) {
            return Ok(());
        }
        self.reserved(&target, id, |draft| {
            expect(draft, request)?;
            may_act_for(user, draft.head.agent)?;
            match draft.head.state.phase {
                Phase::Serving => {
                    draft.assign(&target, notice::Kind::Transferred);
                    Ok(())
                }
                _ => take_over(draft, &target, notice::Kind::Assigned),
            }
        })
        .await
    }

    /// The router's way to the same end: from the queue only, and from the place in it that was
    /// decided on. Who left and came back, or moved to another line, takes their turn there.
    pub(crate) async fn take(
        &self,
        tenant: TenantId,
        given: Assignment,
        agent: &User,
        kind: notice::Kind,
    ) -> Result<(), CoreError> {
        self.advance(tenant, given.conversation, |draft| {
            if !matches!(draft.head.state.phase, Phase::Queued) {
                return Err(CoreError::Conflict("it does not wait any more".to_owned()));
            }
            let home = self.routing.home(tenant, draft.head.group);
            if draft.head.rank != Some(given.rank) || home != given.group {
                return Err(CoreError::Conflict("it waits elsewhere by now".to_owned()));
            }
            take_over(draft, agent, kind)
        })
        .await
        .map(drop)
    }

    /// Writes with room reserved for `agent`. The reservation ends when the head is observed.
    async fn reserved<F>(
        &self,
        agent: &User,
        id: ConversationId,
        mut write: F,
    ) -> Result<(), CoreError>
    where
        F: FnMut(&mut Draft<'_>) -> Result<(), CoreError> + Send,
    {
        let home = self
            .routing
            .reserve(agent.tenant, id, agent.id)
            .map_err(|refused| CoreError::Conflict(refused.to_string()))?;
        // Dropped by a caller that left, too: what it queued is then observed or refused.
        let guard = Reservation {
            core: self,
            tenant: agent.tenant,
            id,
            kept: false,
        };
        let moved = self
            .advance(agent.tenant, id, |draft| {
                write(draft)?;
                // Room was found in one group: handed to another meanwhile, it is another question.
                if self.routing.home(agent.tenant, draft.head.group) != home {
                    return Err(CoreError::Conflict(
                        "the conversation went to another group meanwhile".to_owned(),
                    ));
                }
                Ok(())
            })
            .await?;
        match moved {
            Moved::Done(done) if !done.messages.is_empty() => {
                guard.keep();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

struct Reservation<'a> {
    core: &'a Core,
    tenant: TenantId,
    id: ConversationId,
    kept: bool,
}

impl Reservation<'_> {
    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.core.routing.release(self.tenant, self.id);
        }
    }
}

/// From the queue, or out of the bot's hands, to `agent`.
fn take_over(draft: &mut Draft<'_>, agent: &User, kind: notice::Kind) -> Result<(), CoreError> {
    match draft.head.state.phase {
        Phase::Serving | Phase::WrapUp => {
            return Err(CoreError::Conflict(
                "another agent owns this conversation".to_owned(),
            ));
        }
        Phase::Closed => return Err(CoreError::Closed("the conversation is closed")),
        Phase::Queued => {}
        _ => {
            draft.step(&Event::HumanRequested {
                reason: String::new(),
            });
            draft.drop_notices();
        }
    }
    draft.step(&Event::Assigned);
    if !matches!(draft.head.state.phase, Phase::Serving) {
        return Err(CoreError::Conflict(
            "the conversation cannot be taken now".to_owned(),
        ));
    }
    draft.assign(agent, kind);
    Ok(())
}

/// The owner of a conversation acts, and who oversees owners.
pub(crate) fn may_act_for(user: &User, owner: Option<AgentId>) -> Result<(), CoreError> {
    if owner == Some(user.id) || matches!(user.role, Role::Supervisor | Role::Admin) {
        return Ok(());
    }
    Err(match owner {
        Some(_) => CoreError::Conflict("another agent owns this conversation".to_owned()),
        None => CoreError::Forbidden("claim the conversation first"),
    })
}

/// A screen that is out of date does nothing.
pub(crate) fn expect(draft: &Draft<'_>, request: &v1::ActRequest) -> Result<(), CoreError> {
    if request.expected_version != 0 && request.expected_version != draft.head.version {
        return Err(CoreError::Conflict(
            "the conversation has changed since it was shown".to_owned(),
        ));
    }
    Ok(())
}
