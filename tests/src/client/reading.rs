//! What comes over the socket.

use std::time::Duration;

use anyhow::{Context as _, bail};
use kefu_proto::v1::{Message, Ping, ServerFrame, client_frame, server_frame};
use tokio::time::{Instant, sleep, timeout};

use super::{Client, PAUSE};
use crate::history::{Event, Row};

impl Client {
    pub(super) fn note_opened(&self, conversation: u64, after: u64) {
        self.history.note(Event::Opened {
            reader: self.reader,
            conversation,
            after,
        });
    }

    /// The next frame; what it brings is noted. Connects first when there is no connection.
    ///
    /// # Errors
    /// When the connection ends, or says nothing, not even to a ping, for its patience.
    pub async fn frame(&mut self) -> anyhow::Result<ServerFrame> {
        let patience = self.patience;
        let socket = self.connect().await?;
        let frame = match timeout(patience / 2, socket.next()).await {
            Ok(frame) => frame,
            Err(_) => {
                async {
                    socket
                        .send(client_frame::Body::Ping(Ping::default()))
                        .await?;
                    let answer = timeout(patience / 2, socket.next()).await;
                    answer.context("nobody answers a ping")?
                }
                .await
            }
        };
        match frame {
            Ok(frame) => {
                self.keep(&frame);
                if let Some(server_frame::Body::Goodbye(bye)) = &frame.body {
                    self.goodbyes.push(bye.clone());
                    self.hang_up();
                    bail!("goodbye: {:?}", bye.problem);
                }
                Ok(frame)
            }
            Err(error) => {
                self.hang_up();
                Err(error)
            }
        }
    }

    fn keep(&mut self, frame: &ServerFrame) {
        match &frame.body {
            Some(server_frame::Body::Messages(batch)) => {
                for message in &batch.messages {
                    self.history.note(Event::Heard {
                        reader: self.reader,
                        row: Row::of(message),
                    });
                    self.open.insert(message.conversation_id, message.seq);
                    self.inbox.push_back(message.clone());
                }
            }
            Some(server_frame::Body::Opened(opened)) => {
                if self.epoch != 0 && self.epoch != opened.epoch {
                    // No place of the former epoch is one in this.
                    for conversation in self.reads() {
                        self.begins_again(conversation, 0);
                    }
                }
                self.epoch = opened.epoch;
                let head = opened.conversation.clone();
                self.heads.extend(head.map(|head| (head.id, head)));
            }
            Some(server_frame::Body::Conversation(head)) => {
                let known = self.heads.get(&head.id).map_or(0, |known| known.version);
                if head.version >= known {
                    self.heads.insert(head.id, head.clone());
                }
            }
            Some(server_frame::Body::Workspace(snapshot)) => {
                let heads = snapshot.conversations.iter();
                self.heads.extend(heads.map(|head| (head.id, head.clone())));
            }
            _ => {}
        }
    }

    /// What was read of a conversation after `after_seq` is forgotten.
    fn begins_again(&mut self, conversation: u64, after_seq: u64) {
        let Some(at) = self.open.get_mut(&conversation) else {
            return;
        };
        if after_seq < *at {
            *at = after_seq;
            self.inbox
                .retain(|message| message.conversation_id != conversation);
            self.note_opened(conversation, after_seq);
        }
    }

    /// The next message, through whatever cuts there are.
    ///
    /// # Panics
    /// When none comes for as long as anything may take.
    pub async fn hears(&mut self) -> Message {
        let deadline = Instant::now() + self.limit;
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return message;
            }
            if let Err(error) = self.frame().await {
                assert!(Instant::now() < deadline, "nothing to hear: {error:#}");
                sleep(PAUSE).await;
            }
        }
    }

    /// Reads what is there and what comes within `quiet`.
    pub async fn listens(&mut self, quiet: Duration) {
        let deadline = Instant::now() + quiet;
        while let Ok(heard) = tokio::time::timeout_at(deadline, self.frame()).await {
            if heard.is_err() {
                sleep(PAUSE).await;
            }
        }
    }

    /// Reads until it has everything of this conversation up to `seq`.
    ///
    /// # Panics
    /// When that does not come for as long as anything may take.
    pub async fn reads_until(&mut self, conversation: u64, seq: u64) {
        let deadline = Instant::now() + self.limit;
        while self.open.get(&conversation).is_none_or(|at| *at < seq) {
            if let Err(error) = self.frame().await {
                assert!(
                    Instant::now() < deadline,
                    "{conversation} is not read until {seq} but {:?}: {error:#}",
                    self.open.get(&conversation)
                );
                sleep(PAUSE).await;
            }
        }
    }

    /// Reads until it has everything that is stored of its conversations, and returns that.
    ///
    /// # Panics
    /// When something does not come.
    pub async fn reads_all(&mut self) -> Vec<Vec<Message>> {
        let open: Vec<u64> = self.open.keys().copied().collect();
        let mut all = Vec::new();
        for conversation in open {
            let stored = self.stored(conversation).await;
            let last = stored.last().map_or(0, |message| message.seq);
            self.reads_until(conversation, last).await;
            all.push(stored);
        }
        all
    }
}
