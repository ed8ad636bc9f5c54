//! Somebody who asks.

use std::collections::VecDeque;

use kefu_proto::v1::{
    Accepted, Body, Conversation, Message, Open, Phase, Postback, SendMessage, Sender, body::Kind,
    client_frame, server_frame,
};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use crate::{Api, Codec, PATIENCE, Service, Socket, text};

/// A visitor with a session, a conversation and an open socket.
pub struct Visitor {
    /// REST as this visitor.
    pub api: Api,
    /// Their conversation.
    pub conversation: u64,
    socket: Socket,
    codec: Codec,
    /// Everything received, in order.
    pub seen: Vec<Message>,
    /// The newest head.
    pub head: Option<Conversation>,
    unread: VecDeque<Message>,
    sent: u64,
}

impl Visitor {
    /// A new visitor who reads `language` and whose page speaks JSON.
    pub async fn arrive(service: &Service, language: &str) -> Self {
        Self::arrive_with(service, language, Codec::Json).await
    }

    /// The same over either codec.
    pub async fn arrive_with(service: &Service, language: &str, codec: Codec) -> Self {
        let api = service.api();
        let (status, session) = api
            .post("/api/v1/visitor/session", json!({ "language": language }))
            .await
            .expect("an answer");
        assert_eq!(status, 201, "{session}");
        let api = api.with_token(session["token"].as_str().expect("a token"));
        let conversation = session["principal"]["conversationId"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("a conversation id as a string");
        let socket = Socket::hello(api.base(), codec, api.token())
            .await
            .expect("a welcome");
        let mut visitor = Self {
            api,
            conversation,
            socket,
            codec,
            seen: Vec::new(),
            head: None,
            unread: VecDeque::new(),
            sent: 0,
        };
        visitor.open().await;
        visitor
    }

    async fn open(&mut self) {
        let after_seq = self.seen.last().map_or(0, |message| message.seq);
        let open = Open {
            conversation_id: self.conversation,
            after_seq,
            ..Open::default()
        };
        self.socket
            .send(client_frame::Body::Open(open))
            .await
            .expect("connected");
    }

    /// Connects again, to wherever the service listens now, and goes on where it was.
    pub async fn reconnect(&mut self, service: &Service) {
        self.api = service.api().with_token(self.api.token());
        let deadline = Instant::now() + PATIENCE;
        self.socket = loop {
            match Socket::hello(self.api.base(), self.codec, self.api.token()).await {
                Ok(socket) => break socket,
                Err(error) if Instant::now() > deadline => panic!("cannot reconnect: {error:#}"),
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        };
        self.open().await;
    }

    /// The underlying socket.
    pub const fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// Says something and waits until it is accepted.
    pub async fn says(&mut self, words: &str) -> Accepted {
        self.sent += 1;
        let client_id = format!("m{}", self.sent);
        self.sends(&client_id, text(words)).await.expect("accepted")
    }

    /// Presses a button.
    pub async fn presses(&mut self, payload: &str, label: &str) -> Accepted {
        self.sent += 1;
        let client_id = format!("m{}", self.sent);
        let postback = Postback {
            payload: payload.into(),
            label: label.into(),
            ..Default::default()
        };
        let body = Body {
            kind: Some(Kind::Postback(postback)),
        };
        self.sends(&client_id, body).await.expect("accepted")
    }

    /// Sends this body under this client id; a problem is an error with its code.
    pub async fn sends(&mut self, client_id: &str, body: Body) -> Result<Accepted, String> {
        let send = SendMessage {
            conversation_id: self.conversation,
            client_id: client_id.into(),
            body: Some(body),
            ..SendMessage::default()
        };
        let reference = self
            .socket
            .send(client_frame::Body::Send(send))
            .await
            .map_err(|e| format!("{e:#}"))?;
        loop {
            let frame = self.socket.next().await.map_err(|e| format!("{e:#}"))?;
            match frame.body {
                Some(server_frame::Body::Accepted(accepted)) if frame.r#ref == reference => {
                    return Ok(accepted);
                }
                Some(server_frame::Body::Problem(problem)) if frame.r#ref == reference => {
                    return Err(problem.code);
                }
                Some(server_frame::Body::Goodbye(bye)) => {
                    return Err(bye.problem.unwrap_or_default().code);
                }
                other => self.keep(other),
            }
        }
    }

    fn keep(&mut self, body: Option<server_frame::Body>) {
        match body {
            Some(server_frame::Body::Messages(batch)) => {
                for message in batch.messages {
                    let expected = self.seen.last().map_or(1, |last| last.seq + 1);
                    assert_eq!(message.seq, expected, "delivered out of order or twice");
                    self.seen.push(message.clone());
                    self.unread.push_back(message);
                }
            }
            Some(server_frame::Body::Opened(opened)) => self.head = opened.conversation,
            Some(server_frame::Body::Conversation(head)) => self.head = Some(head),
            _ => {}
        }
    }

    /// The next message from the service that is not this visitor's own.
    pub async fn hears(&mut self) -> Message {
        loop {
            while let Some(message) = self.unread.pop_front() {
                if message.sender() != Sender::Visitor {
                    return message;
                }
            }
            let frame = self.socket.next().await.expect("something to hear");
            self.keep(frame.body);
        }
    }

    /// The next message from this kind of sender; others are passed over.
    pub async fn hears_from(&mut self, sender: Sender) -> Message {
        loop {
            let message = self.hears().await;
            if message.sender() == sender {
                return message;
            }
        }
    }

    /// Whatever comes within `quiet`, own messages aside.
    pub async fn hears_within(&mut self, quiet: std::time::Duration) -> Vec<Message> {
        let deadline = Instant::now() + quiet;
        let mut heard = Vec::new();
        while let Ok(message) = timeout_at(deadline, self.hears()).await {
            heard.push(message);
        }
        heard
    }

    /// Waits until the conversation's head shows this phase.
    pub async fn until_phase(&mut self, phase: Phase) -> Conversation {
        self.until_head(|head| head.phase() == phase).await
    }

    /// Waits until the conversation's head is like this.
    pub async fn until_head(&mut self, wanted: impl Fn(&Conversation) -> bool) -> Conversation {
        loop {
            if let Some(head) = self.head.clone().filter(|head| wanted(head)) {
                return head;
            }
            let frame = self.socket.next().await.expect("the head changes");
            self.keep(frame.body);
        }
    }

    /// Waits until everything that the head speaks of was received: messages and heads come in
    /// either order.
    pub async fn catches_up(&mut self) {
        let last = self.head.as_ref().map_or(0, |head| head.last_seq);
        while self.seen.last().map_or(0, |message| message.seq) < last {
            let frame = self.socket.next().await.expect("the messages come");
            self.keep(frame.body);
        }
    }
}
