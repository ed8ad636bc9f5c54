//! What agents share around a conversation, as frames. A visitor's connection writes none of them,
//! whatever reaches it.

use std::sync::Arc;

use kefu_proto::v1::{
    MentionsRead, Note, Proposals, ServerFrame, Tags, Trail, TypingText, Viewers,
    server_frame::Body,
};

use super::{end::End, socket::Socket};

impl Socket {
    pub(super) fn note(&self, note: Arc<Note>) -> Result<(), End> {
        self.put_for_user(|| Body::Note(Arc::unwrap_or_clone(note)))
    }

    pub(super) fn viewers(&self, viewers: Arc<Viewers>) -> Result<(), End> {
        self.put_for_user(|| Body::Viewers(Arc::unwrap_or_clone(viewers)))
    }

    pub(super) fn tags(&self, tags: Arc<Tags>) -> Result<(), End> {
        self.put_for_user(|| Body::Tags(Arc::unwrap_or_clone(tags)))
    }

    pub(super) fn proposals(&self, proposals: Arc<Proposals>) -> Result<(), End> {
        self.put_for_user(|| Body::Proposals(Arc::unwrap_or_clone(proposals)))
    }

    pub(super) fn trail(&self, trail: Arc<Trail>) -> Result<(), End> {
        self.put_for_user(|| Body::Trail(Arc::unwrap_or_clone(trail)))
    }

    /// Nobody is cut because a visitor types fast.
    pub(super) fn show_typing_text(&self, text: Arc<TypingText>) {
        if self.is_user() {
            let body = Some(Body::TypingText(Arc::unwrap_or_clone(text)));
            let _ = self.outbox.put(&ServerFrame { r#ref: 0, body });
        }
    }

    pub(super) fn mentions_read(&self, read: MentionsRead) -> Result<(), End> {
        self.put_for_user(|| Body::MentionsRead(read))
    }

    /// Colleagues see that this one looks; the answer is who else does.
    pub(super) fn look(&self, conversation: u64) {
        if self.is_user() {
            self.app.hub.look(conversation, self.id);
        }
    }

    fn put_for_user(&self, body: impl FnOnce() -> Body) -> Result<(), End> {
        if self.is_user() {
            return self.put(0, body());
        }
        Ok(())
    }
}
