//! How far devices are: this one's marks on their way to the core, others' on their way here, and
//! what this one missed.
//!
//! Marks of one conversation go one after the other, because of two under way together the older
//! could arrive last and be refused for going back.

use std::sync::Arc;

use futures::FutureExt as _;
use kefu_proto::v1::{
    AskMissed, Conversation, Cursor, Mark, MarkRequest, MissedPage, MissedRequest, Problem,
    ServerFrame, server_frame::Body,
};

use super::{
    end::End,
    outbox::Room,
    socket::{Done, Socket},
};
use crate::problem::{from_status, unavailable};

impl Socket {
    /// Queues a mark behind those of its conversation.
    pub(super) fn mark(&mut self, reference: u64, mark: Mark) {
        self.pending += 1;
        let conversation = mark.conversation_id;
        let queue = self.marks.entry(conversation).or_default();
        queue.push_back((reference, mark));
        if queue.len() == 1 {
            self.mark_first(conversation);
        }
    }

    fn mark_first(&mut self, conversation: u64) {
        let first = self.marks.get(&conversation).and_then(|it| it.front());
        let Some((reference, mark)) = first else {
            self.marks.remove(&conversation);
            return;
        };
        let request = self.app.call(MarkRequest {
            session: self.session.clone(),
            mark: Some(*mark),
            device_id: self.device_id.clone(),
        });
        let (app, reference) = (self.app.clone(), *reference);
        let marking = async move {
            let result = app.chat().mark(request).await;
            Done::Marked {
                reference,
                conversation,
                result: result
                    .map(tonic::Response::into_inner)
                    .map_err(|why| from_status(&why)),
            }
        };
        self.work.push(marking.boxed());
    }

    /// The core has answered the first mark of a conversation.
    pub(super) fn marked(
        &mut self,
        reference: u64,
        conversation: u64,
        result: Result<Cursor, Problem>,
    ) -> Result<(), End> {
        self.pending -= 1;
        if let Some(queue) = self.marks.get_mut(&conversation) {
            queue.pop_front();
        }
        self.mark_first(conversation);
        match result {
            Ok(cursor) => self.put(reference, Body::Cursor(cursor)),
            Err(problem) => self.fail(reference, problem),
        }
    }

    /// Somebody's cursor moved.
    pub(super) fn cursor(&self, cursor: Cursor) -> Result<(), End> {
        let own = cursor.who_id == self.principal.id;
        if own || self.opened.contains_key(&cursor.conversation_id) {
            return self.put(0, Body::Cursor(cursor));
        }
        Ok(())
    }

    /// A head that was read again, with the cursors whose moves may have been lost.
    pub(super) fn reread_head(
        &mut self,
        conversation: u64,
        mut head: Conversation,
    ) -> Result<(), End> {
        let epoch = std::mem::take(&mut head.epoch);
        let opened = self.opened.get(&conversation);
        if opened.is_some_and(|it| it.delivery.is_some() && it.epoch != epoch) {
            return Err(End::dismissed(self.app.reconnect_after_ms()));
        }
        for cursor in std::mem::take(&mut head.cursors) {
            self.cursor(cursor)?;
        }
        self.head(conversation, Arc::new(head))
    }

    /// Asks what this device missed, as soon as there is room for the answer.
    pub(super) fn ask_missed(&mut self, reference: u64, ask: AskMissed) {
        self.pending += 1;
        let request = MissedRequest {
            session: self.session.clone(),
            device_id: self.device_id.clone(),
            ask: Some(ask),
        };
        let (app, outbox) = (self.app.clone(), self.outbox.clone());
        let asking = async move {
            let result = match outbox.room().await {
                None => Err(unavailable()),
                Some(room) => {
                    let page = app.chat().missed(app.call(request)).await;
                    page.map(|page| (page.into_inner(), room))
                        .map_err(|why| from_status(&why))
                }
            };
            Done::Missed { reference, result }
        };
        self.work.push(asking.boxed());
    }

    pub(super) fn missed(
        &mut self,
        reference: u64,
        result: Result<(MissedPage, Room), Problem>,
    ) -> Result<(), End> {
        self.pending -= 1;
        match result {
            Ok((page, room)) => {
                let body = Some(Body::Missed(page));
                let r#ref = reference;
                self.outbox.put_in(room, &ServerFrame { r#ref, body });
                Ok(())
            }
            Err(problem) => self.fail(reference, problem),
        }
    }
}
