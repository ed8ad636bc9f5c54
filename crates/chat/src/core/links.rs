//! An edge's link: what it watches, and what it is told.

use std::sync::Arc;

use kefu_proto::v1::{self, Sender, link_down::Body, link_up};
use kefu_types::ConversationId;

use super::{Core, read::allowed};
use crate::{
    error::CoreError,
    link::{LinkEvents, LinkId, Workspace},
    people::Who,
};

/// The writing end of an edge's link. Dropped, its watches and sockets are gone.
pub struct Link {
    pub(super) id: LinkId,
    pub(super) core: Arc<Core>,
}

impl Core {
    /// An edge connects.
    ///
    /// # Errors
    /// `overloaded` when too many are.
    pub fn open_link(self: &Arc<Self>) -> Result<(Link, LinkEvents), CoreError> {
        let limits = &self.settings.limits;
        let (id, events) = self
            .hub
            .open(limits.links_max, limits.link_events_max)
            .ok_or(CoreError::Overloaded {
                what: "the list of edges",
                limit: "links_max",
                retry_after: std::time::Duration::from_secs(1),
            })?;
        let epoch = self.lineage.epoch;
        let protocol = kefu_proto::LINK_PROTOCOL;
        let ready = v1::LinkReady { epoch, protocol };
        self.hub.send(id, Body::Ready(ready));
        Ok((
            Link {
                id,
                core: self.clone(),
            },
            events,
        ))
    }
}

impl Link {
    /// Does what the edge asks. Refusals go down the link, each with what was refused.
    pub async fn receive(&self, up: v1::LinkUp) {
        let (mut conversation_id, mut socket_id) = (0, 0);
        let done = match up.body {
            Some(link_up::Body::Hello(hello)) => {
                tracing::info!(edge = hello.edge_id, "an edge is linked");
                Ok(())
            }
            Some(link_up::Body::Watch(watch)) => {
                conversation_id = watch.conversation_id;
                self.watch(&watch).await
            }
            Some(link_up::Body::Unwatch(unwatch)) => {
                self.core
                    .hub
                    .unwatch(self.id, ConversationId(unwatch.conversation_id));
                Ok(())
            }
            Some(link_up::Body::WatchWorkspace(watch)) => {
                socket_id = watch.socket_id;
                self.watch_workspace(&watch).await
            }
            Some(link_up::Body::UnwatchWorkspace(unwatch)) => {
                if let Some(socket) = self.core.hub.unwatch_workspace(self.id, unwatch.socket_id) {
                    self.core.look_online(socket.tenant, socket.agent);
                }
                Ok(())
            }
            // May be lost, so a refusal is of no use to anybody.
            Some(link_up::Body::Typing(typing)) => self.typing(typing).await.or(Ok(())),
            Some(link_up::Body::Look(look)) => self.look(&look).await.or(Ok(())),
            Some(link_up::Body::TypingText(text)) => self.typing_text(text).await.or(Ok(())),
            Some(link_up::Body::Unlook(unlook)) => {
                self.unlook(unlook);
                Ok(())
            }
            None => Ok(()),
        };
        if let Err(error) = done {
            let refused = v1::WatchRefused {
                conversation_id,
                socket_id,
                problem: Some(error.problem()),
            };
            self.core.hub.send(self.id, Body::Refused(refused));
        }
    }

    async fn watch(&self, watch: &v1::Watch) -> Result<(), CoreError> {
        let core = &self.core;
        let who = core.who(&watch.session).await?;
        let id = allowed(&who, watch.conversation_id)?;
        let tenant = who.tenant();
        let key = (tenant, id);
        if !core
            .hub
            .watch(self.id, key, core.settings.limits.watches_max)
        {
            return Err(too_many());
        }
        // Read after the watch is in place: what is not in this head will come as an event.
        let head = match core.committed(tenant, id).await {
            Ok(head) => head,
            Err(error) => {
                core.hub.unwatch(self.id, id);
                return Err(error);
            }
        };
        let conversation = Some(core.conversation(&head));
        core.hub.send(
            self.id,
            Body::Changed(v1::ConversationChanged {
                tenant_id: tenant.0,
                conversation,
            }),
        );
        Ok(())
    }

    async fn watch_workspace(&self, watch: &v1::WatchWorkspace) -> Result<(), CoreError> {
        let core = &self.core;
        let (user, session) = core.user(&watch.session).await?;
        let socket = Workspace {
            tenant: user.tenant,
            agent: user.id,
            session: session.id,
        };
        if !core.hub.watch_workspace(
            self.id,
            watch.socket_id,
            socket,
            core.settings.limits.watches_max,
        ) {
            return Err(too_many());
        }
        core.look_online(user.tenant, user.id);
        let changed = v1::AgentChanged {
            tenant_id: user.tenant.0,
            agent: Some(core.agent(&user)),
        };
        core.hub.send(self.id, Body::Agent(changed));
        Ok(())
    }

    async fn typing(&self, up: v1::TypingUp) -> Result<(), CoreError> {
        let core = &self.core;
        let who = core.who(&up.session).await?;
        let typing = up.typing.ok_or(CoreError::NotFound("conversation"))?;
        let id = allowed(&who, typing.conversation_id)?;
        // A foreign id is in nobody's watches under this tenant: it reaches no one.
        let sender = match who {
            Who::Visitor { .. } => Sender::Visitor,
            Who::User { .. } => Sender::Agent,
        };
        let typing = v1::Typing {
            conversation_id: id.0,
            sender: sender.into(),
            active: typing.active,
        };
        core.hub
            .conversation(who.tenant(), id, false, || Body::Typing(typing));
        Ok(())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for socket in self.core.hub.close(self.id) {
            self.core.look_online(socket.tenant, socket.agent);
        }
        for place in self.core.looks.close(self.id) {
            self.core.publish_viewers(place);
        }
    }
}

fn too_many() -> CoreError {
    CoreError::Overloaded {
        what: "the list of what this edge watches",
        limit: "watches_max",
        retry_after: std::time::Duration::from_secs(5),
    }
}
