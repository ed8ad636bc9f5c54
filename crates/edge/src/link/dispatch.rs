//! What came down the link goes to the sockets it concerns, and to no other tenant's.

use std::sync::Arc;

use kefu_proto::v1::{
    AgentChanged, Appended, Conversation, CursorMoved, LinkDown, Problem, Typing, Unwatch,
    WatchRefused, WordsFound, link_down, link_up,
};

use super::{
    Event, News,
    hub::{Hub, Registry},
};
use crate::problem::problem;

impl Hub {
    /// Passes one message of the core on. Never waits.
    pub(super) fn dispatch(&self, down: LinkDown) {
        let mut registry = self.registry.lock();
        match down.body {
            Some(link_down::Body::Appended(appended)) => registry.appended(appended),
            Some(link_down::Body::Changed(changed)) => {
                if let Some(head) = changed.conversation {
                    registry.confirm(head.id);
                    registry.head(changed.tenant_id, Arc::new(head));
                    self.answered.notify_one();
                }
            }
            Some(link_down::Body::Typing(typing)) => registry.typing(typing),
            Some(link_down::Body::Agent(changed)) => registry.agent(changed),
            Some(link_down::Body::Cursor(moved)) => registry.cursor(moved),
            Some(link_down::Body::Noted(noted)) => registry.noted(noted),
            Some(link_down::Body::Viewers(changed)) => registry.viewers(changed),
            Some(link_down::Body::Tags(changed)) => registry.tags(changed),
            Some(link_down::Body::Mentions(seen)) => registry.mentions_seen(seen),
            Some(link_down::Body::Proposed(proposed)) => registry.proposed(proposed),
            Some(link_down::Body::Trail(changed)) => registry.trail(changed),
            Some(link_down::Body::TypingText(changed)) => registry.typing_text(changed),
            Some(link_down::Body::Words(found)) => registry.words(found),
            Some(link_down::Body::Left(changed)) => registry.left(changed),
            Some(link_down::Body::Board(changed)) => registry.board(changed),
            Some(link_down::Body::Sla(due)) => registry.sla(due),
            Some(link_down::Body::SessionEnded(ended)) => {
                let of_session = |member: &&super::Member| member.session_id == ended.session_id;
                registry
                    .members
                    .values()
                    .filter(of_session)
                    .for_each(|member| member.mailbox.end(&ended.by_name));
            }
            Some(link_down::Body::Lagged(_)) => self.resync.notify_one(),
            Some(link_down::Body::Refused(refused)) => {
                registry.refused(refused);
                self.answered.notify_one();
            }
            Some(link_down::Body::Ready(_)) | None => {}
        }
    }
}

impl Registry {
    /// The watch of a conversation is in force.
    fn confirm(&mut self, conversation: u64) {
        let Some(watching) = self.watches.get_mut(&conversation) else {
            return;
        };
        watching.confirmed = true;
        for (_, waiter) in watching.waiting.drain(..) {
            let _ = waiter.send(Ok(()));
        }
    }

    fn appended(&mut self, mut appended: Appended) {
        let head = appended.conversation.take();
        let first = appended
            .messages
            .first()
            .map(|message| message.conversation_id);
        let Some(id) = first.or(head.as_ref().map(|head| head.id)) else {
            return;
        };
        let tenant = appended.tenant_id;
        if let Some(watching) = self.watches.get(&id) {
            let appended = Arc::new(News::new(appended));
            for member in watching
                .sockets
                .iter()
                .filter_map(|socket| self.members.get(socket))
            {
                if member.tenant_id == tenant {
                    member.mailbox.post(Event::Appended(appended.clone()));
                }
            }
        } else if self.workspaces.is_empty() {
            // A leave that crossed a watch on the wire: nobody here wants this any more.
            self.send(link_up::Body::Unwatch(Unwatch {
                conversation_id: id,
            }));
        }
        if let Some(head) = head {
            self.head(tenant, Arc::new(head));
        }
    }

    /// A head goes to those who watch the conversation, and to the tenant's workspaces.
    fn head(&mut self, tenant: u64, head: Arc<Conversation>) {
        let watchers = self.watches.get(&head.id).map(|watching| &watching.sockets);
        let also = self
            .workspaces
            .keys()
            .filter(|socket| watchers.is_none_or(|watchers| !watchers.contains(socket)));
        for socket in watchers.into_iter().flatten().chain(also) {
            if let Some(member) = self
                .members
                .get(socket)
                .filter(|member| member.tenant_id == tenant)
            {
                member.mailbox.post(Event::Head(head.clone()));
            }
        }
    }

    /// A cursor goes to those who watch the conversation, and to the workspaces of its person.
    fn cursor(&self, moved: CursorMoved) {
        let Some(cursor) = moved.cursor else { return };
        let watching = self.watches.get(&cursor.conversation_id);
        let watchers = watching.map(|watching| &watching.sockets);
        let also = self
            .workspaces
            .keys()
            .filter(|socket| watchers.is_none_or(|watchers| !watchers.contains(socket)));
        for socket in watchers.into_iter().flatten() {
            if let Some(member) = self.member(*socket, moved.tenant_id) {
                member.mailbox.post(Event::Cursor(cursor));
            }
        }
        for socket in also {
            if let Some(member) = self.member(*socket, moved.tenant_id)
                && member.principal_id == cursor.who_id
            {
                member.mailbox.post(Event::Cursor(cursor));
            }
        }
    }

    pub(super) fn member(&self, socket: u64, tenant: u64) -> Option<&super::Member> {
        let member = self.members.get(&socket);
        member.filter(|member| member.tenant_id == tenant)
    }

    fn typing(&self, typing: Typing) {
        let Some(watching) = self.watches.get(&typing.conversation_id) else {
            return;
        };
        for member in watching
            .sockets
            .iter()
            .filter_map(|socket| self.members.get(socket))
        {
            member.mailbox.post(Event::Typing(typing));
        }
    }

    fn agent(&mut self, changed: AgentChanged) {
        let Some(agent) = changed.agent.map(Arc::new) else {
            return;
        };
        for (socket, workspace) in &mut self.workspaces {
            let Some(member) = self.members.get(socket) else {
                continue;
            };
            if member.tenant_id != changed.tenant_id {
                continue;
            }
            if member.principal_id == agent.id {
                for waiter in workspace.waiting.drain(..) {
                    let _ = waiter.send(Ok(()));
                }
            }
            member.mailbox.post(Event::Agent(agent.clone()));
        }
    }

    /// Words that were found go to all workspaces; each knows whether it oversees.
    fn words(&self, found: WordsFound) {
        let Some(alert) = found.alert.map(Arc::new) else {
            return;
        };
        for socket in self.workspaces.keys() {
            if let Some(member) = self.member(*socket, found.tenant_id) {
                member.mailbox.post(Event::Words(alert.clone()));
            }
        }
    }

    fn refused(&mut self, refused: WatchRefused) {
        if refused.conversation_id == 0 {
            self.refuse_workspace(refused.socket_id, refused.problem);
        } else {
            let why = refused.problem;
            let why: Problem = why.unwrap_or_else(|| problem("forbidden", "the watch was refused"));
            self.refuse(refused.conversation_id, &why);
        }
    }
}
