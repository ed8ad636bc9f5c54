//! What agents share around a conversation, on its way to their sockets and to nobody else's.

use std::sync::Arc;

use kefu_proto::v1::{
    MentionsSeen, Noted, Proposed, TagsChanged, TrailChanged, TypingTextChanged, ViewersChanged,
};

use super::{Event, Member, hub::Registry};

impl Registry {
    /// A note goes to the users who watch the conversation, and to the workspaces of whom it mentions.
    pub(super) fn noted(&self, noted: Noted) {
        let Some(note) = noted.note.map(Arc::new) else {
            return;
        };
        let watchers = self.watches.get(&note.conversation_id);
        let watchers = watchers.map(|watching| &watching.sockets);
        let body = note.body.clone().unwrap_or_default();
        let mentioned = self.workspaces.keys().filter(|socket| {
            let watches = watchers.is_some_and(|watchers| watchers.contains(socket));
            let member = self.members.get(socket);
            !watches && member.is_some_and(|it| body.mentioned_ids.contains(&it.principal_id))
        });
        for socket in watchers.into_iter().flatten().chain(mentioned) {
            if let Some(user) = self.user(*socket, noted.tenant_id) {
                user.mailbox.post(Event::Note(note.clone()));
            }
        }
    }

    /// Who looks is told to the users who look.
    pub(super) fn viewers(&self, changed: ViewersChanged) {
        if let Some(viewers) = changed.viewers.map(Arc::new) {
            let place = (changed.tenant_id, viewers.conversation_id);
            self.to_watchers(place, || Event::Viewers(viewers.clone()));
        }
    }

    /// Tags are told to the users who look.
    pub(super) fn tags(&self, changed: TagsChanged) {
        if let Some(tags) = changed.tags.map(Arc::new) {
            let place = (changed.tenant_id, tags.conversation_id);
            self.to_watchers(place, || Event::Tags(tags.clone()));
        }
    }

    /// What a bot would say is told to the users who look.
    pub(super) fn proposed(&self, proposed: Proposed) {
        if let Some(proposals) = proposed.proposals.map(Arc::new) {
            let place = (proposed.tenant_id, proposals.conversation_id);
            self.to_watchers(place, || Event::Proposals(proposals.clone()));
        }
    }

    /// On which pages the visitor is, is told to the users who look.
    pub(super) fn trail(&self, changed: TrailChanged) {
        if let Some(trail) = changed.trail.map(Arc::new) {
            let place = (changed.tenant_id, trail.conversation_id);
            self.to_watchers(place, || Event::Trail(trail.clone()));
        }
    }

    /// What a visitor is writing is told to the sockets that the core names, as far as they look.
    pub(super) fn typing_text(&self, changed: TypingTextChanged) {
        let Some(text) = changed.text.map(Arc::new) else {
            return;
        };
        let watching = self.watches.get(&text.conversation_id);
        for socket in changed.socket_ids {
            let looks = watching.is_some_and(|watching| watching.sockets.contains(&socket));
            if let Some(user) = self.user(socket, changed.tenant_id).filter(|_| looks) {
                user.mailbox.post(Event::TypingText(text.clone()));
            }
        }
    }

    /// To the users of a tenant who watch a conversation.
    fn to_watchers(&self, (tenant, conversation): (u64, u64), event: impl Fn() -> Event) {
        let watching = self.watches.get(&conversation);
        for socket in watching.iter().flat_map(|watching| &watching.sockets) {
            if let Some(user) = self.user(*socket, tenant) {
                user.mailbox.post(event());
            }
        }
    }

    /// What somebody has seen goes to their own workspaces.
    pub(super) fn mentions_seen(&self, seen: MentionsSeen) {
        let Some(read) = seen.read else { return };
        for socket in self.workspaces.keys() {
            if let Some(user) = self.user(*socket, seen.tenant_id)
                && user.principal_id == read.agent_id
            {
                user.mailbox.post(Event::MentionsRead(read));
            }
        }
    }

    fn user(&self, socket: u64, tenant: u64) -> Option<&Member> {
        self.member(socket, tenant).filter(|member| member.is_user)
    }
}
