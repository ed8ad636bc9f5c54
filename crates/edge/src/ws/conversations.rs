//! Opening and leaving conversations.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use kefu_proto::v1::{
    Conversation, GetConversationRequest, Open, Opened as OpenedFrame, Problem, server_frame::Body,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    end::End,
    socket::{Done, Socket},
};
use crate::{
    app::App,
    delivery::Delivery,
    problem::{from_status, problem, unavailable},
    visible::conversation_for_visitor,
};

/// The core answers a watch within this.
pub(super) const WATCH_TIMEOUT: Duration = Duration::from_secs(5);

/// A conversation that the client has open, or is opening.
pub(super) struct Opened {
    /// Answers to an earlier opening of the same conversation are told apart by this.
    pub(super) generation: u64,
    pub(super) after_seq: u64,
    /// The one that the client names until it is open, then that of all that it is given.
    pub(super) epoch: u64,
    /// None until the core has said that the client may read it.
    pub(super) delivery: Option<Delivery>,
    /// The newest head that is known, and that the client was shown once it is open.
    pub(super) head: Option<Arc<Conversation>>,
    /// Stops the reads when the conversation is left.
    pub(super) left: CancellationToken,
    /// The head is being read again.
    pub(super) refreshing: bool,
    _stop: DropGuard,
}

impl Socket {
    pub(super) fn open(&mut self, reference: u64, open: &Open) -> Result<(), End> {
        let conversation = open.conversation_id;
        let max = self.app.settings.limits.open_conversations_max;
        if self.opened.len() >= max && !self.opened.contains_key(&conversation) {
            return self.fail(
                reference,
                problem("invalid", "too many open conversations; leave some"),
            );
        }
        self.generation += 1;
        self.pending += 1;
        let generation = self.generation;
        let left = CancellationToken::new();
        let opened = Opened {
            generation,
            after_seq: open.after_seq,
            epoch: open.epoch,
            delivery: None,
            head: None,
            refreshing: false,
            _stop: left.clone().drop_guard(),
            left,
        };
        self.opened.insert(conversation, opened);
        let (app, socket, session) = (self.app.clone(), self.id, self.session.clone());
        let opening = async move {
            let watched = tokio::time::timeout(WATCH_TIMEOUT, app.hub.watch(conversation, socket));
            // First watch, then read: what happens in between is seen by one of them.
            let result = match watched.await {
                Ok(Ok(())) => head_of(&app, session, conversation).await,
                Ok(Err(problem)) => Err(problem),
                Err(_) => Err(unavailable()),
            };
            Done::Opened {
                reference,
                conversation,
                generation,
                result,
            }
        };
        self.work.push(opening.boxed());
        Ok(())
    }

    pub(super) fn leave(&mut self, conversation: u64) {
        if self.opened.remove(&conversation).is_some() {
            self.app.hub.unwatch(conversation, self.id);
        }
    }

    /// The core has said whether the client may have this conversation.
    pub(super) fn opened(
        &mut self,
        reference: u64,
        conversation: u64,
        generation: u64,
        result: Result<Conversation, Problem>,
    ) -> Result<(), End> {
        let current = self
            .opened
            .get_mut(&conversation)
            .filter(|it| it.generation == generation);
        let Some(opened) = current else { return Ok(()) };
        let mut head = match result {
            Ok(head) => head,
            Err(problem) => {
                self.leave(conversation);
                return self.fail(reference, problem);
            }
        };
        let cursors = std::mem::take(&mut head.cursors);
        let epoch = std::mem::take(&mut head.epoch);
        if opened.epoch != 0 && opened.epoch != epoch {
            // A place in another epoch says nothing about this one.
            opened.after_seq = 0;
        }
        opened.epoch = epoch;
        let newer = opened
            .head
            .take()
            .filter(|seen| seen.version > head.version);
        let head = newer.unwrap_or_else(|| Arc::new(head));
        let after_seq = opened.after_seq;
        let (delivery, read) = Delivery::open(after_seq);
        opened.delivery = Some(delivery);
        opened.head = Some(head.clone());
        let shown = self.shown(&head);
        self.put(
            reference,
            Body::Opened(OpenedFrame {
                conversation: Some(shown),
                cursors,
                epoch,
                after_seq,
            }),
        )?;
        self.look(conversation);
        self.read(conversation, read);
        Ok(())
    }

    /// A head as this client may see it.
    pub(super) fn shown(&self, head: &Conversation) -> Conversation {
        if self.is_user() {
            head.clone()
        } else {
            conversation_for_visitor(head.clone())
        }
    }
}

/// A conversation's head, if this session may see it.
pub(super) async fn head_of(
    app: &App,
    session: String,
    conversation_id: u64,
) -> Result<Conversation, Problem> {
    let request = app.call(GetConversationRequest {
        session,
        conversation_id,
    });
    let answer = app.chat().get_conversation(request).await;
    answer
        .map(tonic::Response::into_inner)
        .map_err(|status| from_status(&status))
}
