//! Which users have which conversations open: told to the core, so that colleagues see it.

use kefu_proto::v1::{LinkUp, Look, TypingText, TypingTextUp, Unlook, link_up::Body};

use super::hub::{Hub, Registry};

impl Hub {
    /// A user's socket has a conversation open, which it watches; may be said again. The core answers
    /// with who else looks. Visitors do not look.
    pub(crate) fn look(&self, conversation: u64, socket: u64) {
        let mut registry = self.registry.lock();
        if let Some(look) = registry.look(conversation, socket) {
            registry.looks.insert((conversation, socket));
            registry.send(look);
        }
    }
}

impl Hub {
    /// Tells the core what a visitor is writing; lost when the link is down or busy.
    pub(crate) fn typing_text(&self, session: &str, text: TypingText) {
        let registry = self.registry.lock();
        if let Some(line) = &registry.line {
            let body = Body::TypingText(TypingTextUp {
                session: session.to_owned(),
                text: Some(text),
            });
            let _ = line.up.try_send(LinkUp { body: Some(body) });
        }
    }
}

impl Registry {
    fn look(&self, conversation: u64, socket: u64) -> Option<Body> {
        let member = self.members.get(&socket).filter(|member| member.is_user)?;
        let watching = self.watches.get(&conversation)?;
        watching.sockets.contains(&socket).then(|| {
            Body::Look(Look {
                session: member.session.clone(),
                socket_id: socket,
                conversation_id: conversation,
            })
        })
    }

    /// All looks, for a link that was made anew.
    pub(super) fn all_looks(&self) -> Vec<LinkUp> {
        let all = self.looks.iter();
        let all = all.filter_map(|(conversation, socket)| self.look(*conversation, *socket));
        all.map(|body| LinkUp { body: Some(body) }).collect()
    }

    /// The socket looks no more, if it did.
    pub(super) fn unlook(&mut self, conversation: u64, socket: u64) {
        if self.looks.remove(&(conversation, socket)) {
            self.send(Body::Unlook(Unlook {
                socket_id: socket,
                conversation_id: conversation,
            }));
        }
    }
}
