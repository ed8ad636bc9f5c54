//! From events and pages to frames, through each conversation's `Delivery`.

use std::sync::Arc;

use futures::FutureExt as _;
use kefu_proto::v1::{
    Conversation, ListMessagesRequest, Message, MessagePage, Messages, Problem, Sender,
    ServerFrame, Typing, server_frame::Body,
};

use super::{
    codec::Codec,
    end::End,
    outbox::Room,
    recovering::{patiently, pause},
    socket::{Done, Socket},
};
use crate::{
    delivery::{Read, Step},
    link::{Event, Form, News},
    measures,
    problem::from_status,
    visible::{is_news_to_visitor, message_for_visitor},
};

/// Before a page that did not help is asked for again.
const PAGE_PAUSE_MS: u32 = 400;

impl Socket {
    pub(super) fn event(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Appended(appended) => self.appended(&appended),
            Event::Head(head) => self.head(head.id, head),
            Event::Typing(typing) => {
                self.show_typing(typing);
                Ok(())
            }
            Event::Agent(agent) => self.agent(agent),
            Event::Cursor(cursor) => self.cursor(cursor),
            Event::Note(note) => self.note(note),
            Event::Viewers(viewers) => self.viewers(viewers),
            Event::Tags(tags) => self.tags(tags),
            Event::Proposals(proposals) => self.proposals(proposals),
            Event::Trail(trail) => self.trail(trail),
            Event::TypingText(text) => {
                self.show_typing_text(text);
                Ok(())
            }
            Event::MentionsRead(read) => self.mentions_read(read),
            Event::Words(alert) => self.word_alert(&alert),
            Event::Left(message) => self.left(&message),
            Event::Board(board) => self.board(board),
            Event::Sla(alert) => self.sla_alert(alert),
            Event::WatchRefused {
                conversation_id,
                problem,
            } => self.watch_refused(conversation_id, problem),
            Event::Relinked => {
                self.verify_later();
                self.relist();
                Ok(())
            }
            Event::Look => Ok(()),
        }
    }

    fn appended(&mut self, news: &News) -> Result<(), End> {
        let Some(conversation) = news.messages.first().map(|first| first.conversation_id) else {
            return Ok(());
        };
        let Some(opened) = self.opened.get_mut(&conversation) else {
            return Ok(());
        };
        let Some(delivery) = &mut opened.delivery else {
            return Ok(());
        };
        if delivery.whole(&news.messages) {
            return self.pass_on(conversation, news);
        }
        let step = delivery.event(&news.messages);
        self.step(conversation, step, None)
    }

    /// All of it, in a frame that others with the same subprotocol and eyes get, too.
    fn pass_on(&self, conversation_id: u64, news: &News) -> Result<(), End> {
        let (subprotocol, user) = (self.outbox.subprotocol(), self.is_user());
        let form = Form {
            json: subprotocol.codec == Codec::Json,
            snappy: subprotocol.compression.is_some(),
            user,
        };
        let written = news.written(form, || {
            subprotocol.encode(&self.frame_of(conversation_id, news.messages.clone()))
        });
        self.taken(self.outbox.put_written(written))
    }

    /// What this connection may see of them.
    fn frame_of(&self, conversation_id: u64, mut messages: Vec<Message>) -> ServerFrame {
        if !self.is_user() {
            messages = messages.into_iter().map(message_for_visitor).collect();
        }
        ServerFrame {
            r#ref: 0,
            body: Some(Body::Messages(Messages {
                conversation_id,
                messages,
            })),
        }
    }

    /// A head changed, or was read again: it tells how far the conversation is, and is shown when
    /// it is news.
    pub(super) fn head(&mut self, conversation: u64, head: Arc<Conversation>) -> Result<(), End> {
        let user = self.is_user();
        let Some(opened) = self.opened.get_mut(&conversation) else {
            return self.list(head);
        };
        let known = opened.head.as_ref();
        if known.is_some_and(|known| known.version > head.version || *known == head) {
            let step = opened
                .delivery
                .as_mut()
                .map(|delivery| delivery.head(head.last_seq));
            return self.step(conversation, step.unwrap_or_default(), None);
        }
        let news = user || known.is_none_or(|known| is_news_to_visitor(known, &head));
        opened.head = Some(head.clone());
        let Some(delivery) = &mut opened.delivery else {
            return self.list(head);
        };
        let step = delivery.head(head.last_seq);
        self.step(conversation, step, None)?;
        if !news {
            return Ok(());
        }
        let shown = self.shown(&head);
        self.put(0, Body::Conversation(shown))
    }

    /// A page of the store.
    pub(super) fn page(
        &mut self,
        conversation: u64,
        generation: u64,
        result: Result<(MessagePage, Room), Problem>,
    ) -> Result<(), End> {
        let current = self
            .opened
            .get_mut(&conversation)
            .filter(|it| it.generation == generation);
        let Some(opened) = current else { return Ok(()) };
        let epoch = opened.epoch;
        let Some(delivery) = opened.delivery.as_mut() else {
            return Ok(());
        };
        match result {
            Ok((page, _)) if page.epoch != epoch => {
                Err(End::dismissed(self.app.reconnect_after_ms()))
            }
            Ok((page, room)) => {
                let step = delivery.page(&page);
                self.step(conversation, step, Some(room))
            }
            Err(problem) => {
                self.leave(conversation);
                self.fail(0, problem)
            }
        }
    }

    fn step(&mut self, conversation: u64, step: Step, room: Option<Room>) -> Result<(), End> {
        if !step.messages.is_empty() {
            let frame = self.frame_of(conversation, step.messages);
            match room {
                Some(room) => self.outbox.put_in(room, &frame),
                None => self.taken(self.outbox.put(&frame))?,
            }
        }
        if let Some(read) = step.read {
            self.read(conversation, read);
        }
        Ok(())
    }

    /// Reads a page when there is room for it; tries until the core answers.
    pub(super) fn read(&mut self, conversation: u64, read: Read) {
        let Some(opened) = self.opened.get(&conversation) else {
            return;
        };
        let (generation, left) = (opened.generation, opened.left.clone());
        let (app, session, outbox) = (self.app.clone(), self.session.clone(), self.outbox.clone());
        let reading = async move {
            if read.pause {
                pause(&app, PAGE_PAUSE_MS).await;
            }
            let result = patiently(&app, || async {
                let room = outbox
                    .room()
                    .await
                    .ok_or_else(crate::problem::unavailable)?;
                let request = app.call(ListMessagesRequest {
                    session: session.clone(),
                    conversation_id: conversation,
                    after_seq: read.after,
                    before_seq: 0,
                    limit: app.settings.limits.page_messages_max,
                    ..ListMessagesRequest::default()
                });
                metrics::counter!(measures::PAGES_READ).increment(1);
                let page = app.chat().list_messages(request).await;
                page.map(|page| (page.into_inner(), room))
                    .map_err(|status| from_status(&status))
            });
            Done::Page {
                conversation,
                generation,
                result: result.await,
            }
        };
        let reading = async move {
            left.run_until_cancelled(reading)
                .await
                .unwrap_or(Done::Nothing)
        };
        self.work.push(reading.boxed());
    }

    /// Nobody is told of their own typing, and nobody is cut because of it.
    fn show_typing(&self, typing: Typing) {
        let own = if self.is_user() {
            Sender::Agent
        } else {
            Sender::Visitor
        };
        let open = self
            .opened
            .get(&typing.conversation_id)
            .is_some_and(|it| it.delivery.is_some());
        if open && typing.sender() != own {
            let frame = ServerFrame {
                r#ref: 0,
                body: Some(Body::Typing(typing)),
            };
            let _ = self.outbox.put(&frame);
        }
    }
}
