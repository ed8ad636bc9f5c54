//! Somebody who answers.

use std::collections::{BTreeMap, VecDeque};

use kefu_proto::v1::{
    Accepted, Conversation, Message, Open, OpenWorkspace, SendMessage, client_frame, server_frame,
};
use serde_json::{Value, json};

use crate::{Api, Codec, Service, Socket, text};

/// The password of every user that tests create.
pub const PASSWORD: &str = "correct horse battery";

/// A user with an open workspace.
pub struct Agent {
    /// REST as this user.
    pub api: Api,
    /// Their id.
    pub id: u64,
    socket: Socket,
    /// Every conversation head seen, newest version only.
    pub heads: BTreeMap<u64, Conversation>,
    messages: VecDeque<Message>,
    sent: u64,
}

impl Agent {
    /// The first admin, through the one-time link, with an open workspace.
    pub async fn first_admin(service: &Service) -> Self {
        let token = service.setup_token.as_deref().expect("a one-time link");
        let body = json!({
            "token": token, "login": "admin", "name": "Admin", "password": PASSWORD,
        });
        let (status, session) = service
            .api()
            .post("/api/v1/setup", body)
            .await
            .expect("an answer");
        assert_eq!(status, 201, "{session}");
        Self::enter(
            service
                .api()
                .with_token(session["token"].as_str().expect("a token")),
        )
        .await
    }

    /// Another user, made by this admin, with an open workspace.
    pub async fn hires(&self, login: &str, capacity: u32) -> Self {
        let body = json!({
            "login": login, "name": login, "password": PASSWORD,
            "role": "ROLE_AGENT", "capacity": capacity,
        });
        let (status, user) = self
            .api
            .post("/api/v1/users", body)
            .await
            .expect("an answer");
        assert_eq!(status, 201, "{user}");
        Self::log_in(self.api.base(), login).await
    }

    /// Logs in with the tests' password and opens the workspace.
    pub async fn log_in(base: &str, login: &str) -> Self {
        let api = Api::new(base);
        let body = json!({ "login": login, "password": PASSWORD });
        let (status, session) = api.post("/api/v1/login", body).await.expect("an answer");
        assert_eq!(status, 200, "{session}");
        Self::enter(api.with_token(session["token"].as_str().expect("a token"))).await
    }

    /// Opens the workspace over Protobuf; the agent is free from now on.
    async fn enter(api: Api) -> Self {
        let (_, me) = api.get("/api/v1/me").await.expect("an answer");
        let id = me["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("an id as a string");
        let free = json!({ "status": "AGENT_STATUS_FREE" });
        let (status, agent) = api
            .call(reqwest::Method::PUT, "/api/v1/me/status", Some(free))
            .await
            .expect("an answer");
        assert_eq!(status, 200, "{agent}");
        let mut socket = Socket::hello(api.base(), Codec::Proto, api.token())
            .await
            .expect("a welcome");
        let open = client_frame::Body::Workspace(OpenWorkspace {});
        socket.send(open).await.expect("connected");
        let mut agent = Self {
            api,
            id,
            socket,
            heads: BTreeMap::new(),
            messages: VecDeque::new(),
            sent: 0,
        };
        while !agent.step().await {}
        agent
    }

    /// Reads one frame; true when it was the workspace's snapshot.
    async fn step(&mut self) -> bool {
        let frame = self
            .socket
            .next()
            .await
            .expect("the workspace is connected");
        match frame.body {
            Some(server_frame::Body::Workspace(snapshot)) => {
                self.heads.extend(
                    snapshot
                        .conversations
                        .into_iter()
                        .map(|head| (head.id, head)),
                );
                return true;
            }
            Some(server_frame::Body::Conversation(head)) => self.keep(head),
            Some(server_frame::Body::Messages(batch)) => self.messages.extend(batch.messages),
            _ => {}
        }
        false
    }

    fn keep(&mut self, head: Conversation) {
        let known = self.heads.get(&head.id).map_or(0, |old| old.version);
        if head.version >= known {
            self.heads.insert(head.id, head);
        }
    }

    /// Waits until a conversation's head is like this.
    pub async fn until(&mut self, id: u64, wanted: impl Fn(&Conversation) -> bool) -> Conversation {
        loop {
            if let Some(head) = self.heads.get(&id).filter(|head| wanted(head)) {
                return head.clone();
            }
            self.step().await;
        }
    }

    /// Waits until any conversation's head is like this.
    pub async fn until_any(&mut self, wanted: impl Fn(&Conversation) -> bool) -> Conversation {
        loop {
            if let Some(head) = self.heads.values().find(|head| wanted(head)) {
                return head.clone();
            }
            self.step().await;
        }
    }

    /// Opens a conversation: its whole history comes, then what is new.
    pub async fn opens(&mut self, conversation: u64) {
        let open = Open {
            conversation_id: conversation,
            ..Open::default()
        };
        self.socket
            .send(client_frame::Body::Open(open))
            .await
            .expect("connected");
    }

    /// The next message of the opened conversations.
    pub async fn reads(&mut self) -> Message {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return message;
            }
            self.step().await;
        }
    }

    /// Writes to a conversation.
    pub async fn says(&mut self, conversation: u64, words: &str) -> Accepted {
        self.sent += 1;
        let send = SendMessage {
            conversation_id: conversation,
            client_id: format!("a{}", self.sent),
            body: Some(text(words)),
            ..SendMessage::default()
        };
        let reference = self
            .socket
            .send(client_frame::Body::Send(send))
            .await
            .expect("connected");
        loop {
            let frame = self.socket.next().await.expect("an answer");
            match frame.body {
                Some(server_frame::Body::Accepted(accepted)) => return accepted,
                Some(server_frame::Body::Problem(problem)) if frame.r#ref == reference => {
                    panic!("refused: {problem:?}")
                }
                Some(server_frame::Body::Messages(batch)) => self.messages.extend(batch.messages),
                Some(server_frame::Body::Conversation(head)) => self.keep(head),
                _ => {}
            }
        }
    }

    /// Does something to a conversation as a whole; status and answer.
    pub async fn acts(&self, conversation: u64, action: &str) -> (u16, Value) {
        let path = format!("/api/v1/conversations/{conversation}/actions");
        self.api
            .post(&path, json!({ "action": action }))
            .await
            .expect("an answer")
    }
}
