//! A client that lives through anything: it comes back, resumes, sends again until it is
//! acknowledged, and notes in a [`History`] all that it does and is told.
//!
//! [`crate::Visitor`] and [`crate::Agent`] fail a test at the first surprise; this one is for tests
//! in which surprises are the point.

mod reading;
mod sending;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use kefu_proto::v1::{
    Conversation, Goodbye, Leave, Message, MessagePage, Open, OpenWorkspace, Sender, client_frame,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{Api, Codec, PATIENCE, Socket, history::History};

pub use sending::Refusal;

/// How long a session or a login may take.
const CREATION: Duration = Duration::from_secs(10);
/// Between two tries of anything.
const PAUSE: Duration = Duration::from_millis(25);

/// Where the service is now: it may come back at another port.
#[derive(Debug, Clone)]
pub struct Place(Arc<Mutex<String>>);

impl Place {
    /// At `http://127.0.0.1:port`.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self(Arc::new(Mutex::new(base.to_owned())))
    }

    /// It moved.
    pub fn set(&self, base: &str) {
        base.clone_into(&mut self.0.lock().expect("no panic holds it"));
    }

    /// Where it is.
    #[must_use]
    pub fn get(&self) -> String {
        self.0.lock().expect("no panic holds it").clone()
    }
}

/// One person's page.
pub struct Client {
    place: Place,
    history: Arc<History>,
    codec: Codec,
    token: String,
    sender: Sender,
    sender_id: u64,
    /// A visitor's own conversation; 0 for agents.
    pub conversation: u64,
    /// With an agent's workspace open.
    workspace: bool,
    /// How long an answer may take before the connection is given up.
    patience: Duration,
    /// How long anything may take altogether.
    limit: Duration,
    socket: Option<Socket>,
    reader: u64,
    /// The conversations that are open, and how far each was read.
    open: BTreeMap<u64, u64>,
    /// The epoch that those places belong to; 0: none was told yet.
    pub epoch: u64,
    /// The newest head of each conversation that was told.
    pub heads: BTreeMap<u64, Conversation>,
    /// What was received and not yet taken.
    pub inbox: VecDeque<Message>,
    /// Connections that were made.
    pub connections: u64,
    /// How the service ended some of them.
    pub goodbyes: Vec<Goodbye>,
    /// Receives through as small a window as there is.
    narrow: bool,
    /// Client ids begin with it, so that no two devices choose the same.
    device: u64,
    sent: u64,
}

impl Client {
    /// A new visitor, connected or not. Waits until the service takes one.
    ///
    /// # Panics
    /// When it takes none for [`PATIENCE`].
    pub async fn visitor(place: &Place, history: &Arc<History>, codec: Codec) -> Self {
        let session = until_created(
            place,
            "/api/v1/visitor/session",
            json!({ "language": "zh" }),
        );
        let session = session.await;
        let conversation = number(&session["principal"]["conversationId"]);
        let mut client = Self::of(place, history, codec, &session, Sender::Visitor);
        client.conversation = conversation;
        client.open.insert(conversation, 0);
        client
    }

    /// Somebody with an account, who opens the workspace and is free. Waits until the service
    /// lets them in.
    ///
    /// # Panics
    /// When it does not for [`PATIENCE`].
    pub async fn agent(place: &Place, history: &Arc<History>, login: &str) -> Self {
        let body = json!({ "login": login, "password": crate::agent::PASSWORD });
        let session = until_created(place, "/api/v1/login", body).await;
        let mut client = Self::of(place, history, Codec::Proto, &session, Sender::Agent);
        client.workspace = true;
        client.becomes_free().await;
        client
    }

    fn of(
        place: &Place,
        history: &Arc<History>,
        codec: Codec,
        session: &serde_json::Value,
        sender: Sender,
    ) -> Self {
        Self {
            place: place.clone(),
            history: history.clone(),
            codec,
            token: session["token"].as_str().expect("a token").to_owned(),
            sender,
            sender_id: number(&session["principal"]["id"]),
            conversation: 0,
            workspace: false,
            patience: Duration::from_secs(5),
            limit: PATIENCE,
            socket: None,
            reader: 0,
            open: BTreeMap::new(),
            epoch: 0,
            heads: BTreeMap::new(),
            inbox: VecDeque::new(),
            connections: 0,
            goodbyes: Vec::new(),
            narrow: false,
            device: history.reader(),
            sent: 0,
        }
    }

    /// The same person on another device: a session is not bound to one.
    #[must_use]
    pub fn another_device(&self) -> Self {
        Self {
            place: self.place.clone(),
            history: self.history.clone(),
            token: self.token.clone(),
            socket: None,
            open: self.open.keys().map(|id| (*id, 0)).collect(),
            heads: BTreeMap::new(),
            inbox: VecDeque::new(),
            connections: 0,
            goodbyes: Vec::new(),
            device: self.history.reader(),
            ..*self
        }
    }

    /// Gives up a connection that does not answer for this long.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Panics when something takes longer than this.
    #[must_use]
    pub const fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Over a connection on which little can wait.
    #[must_use]
    pub const fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Finds the service there.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        self.place = place.clone();
        self
    }

    /// REST as this person.
    #[must_use]
    pub fn api(&self) -> Api {
        let api = Api::new(&self.place.get()).within(self.patience);
        api.with_token(&self.token)
    }

    /// Their number.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.sender_id
    }

    async fn becomes_free(&self) {
        let deadline = Instant::now() + self.limit;
        let free = json!({ "status": "AGENT_STATUS_FREE" });
        let put = || {
            let free = Some(free.clone());
            async {
                self.api()
                    .call(reqwest::Method::PUT, "/api/v1/me/status", free)
                    .await
            }
        };
        while !matches!(put().await, Ok((200, _))) {
            assert!(Instant::now() < deadline, "nobody may become free");
            sleep(PAUSE).await;
        }
    }

    /// A socket with everything open that was open, behind what was read; the one there is, or
    /// one try at a new one.
    ///
    /// # Errors
    /// When there is none now.
    pub async fn connect(&mut self) -> anyhow::Result<&mut Socket> {
        if self.socket.is_none() {
            let base = self.place.get();
            let hello = async {
                let connected = Socket::connect_with(&base, self.codec, self.narrow);
                let mut socket = connected.await?;
                socket.says_hello(&self.token).await?;
                anyhow::Ok(socket)
            };
            let mut socket = tokio::time::timeout(self.patience, hello).await??;
            self.connections += 1;
            self.reader = self.history.reader();
            if self.workspace {
                socket
                    .send(client_frame::Body::Workspace(OpenWorkspace {}))
                    .await?;
            }
            for (conversation, after) in &self.open {
                self.note_opened(*conversation, *after);
                socket.send(open(*conversation, *after, self.epoch)).await?;
            }
            self.socket = Some(socket);
        }
        Ok(self.socket.as_mut().expect("just made"))
    }

    /// Cuts the connection, if there is one.
    pub fn hang_up(&mut self) {
        self.socket = None;
    }

    /// Whether a connection is believed to stand.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Reads this conversation from its beginning, now and after every reconnection.
    ///
    /// # Errors
    /// When the connection breaks meanwhile; it is made again by whatever comes next.
    pub async fn opens(&mut self, conversation: u64) -> anyhow::Result<()> {
        if self.open.contains_key(&conversation) {
            return Ok(());
        }
        self.connect().await?;
        self.open.insert(conversation, 0);
        self.note_opened(conversation, 0);
        let socket = self.connect().await?;
        let sent = socket.send(open(conversation, 0, 0)).await;
        if sent.is_err() {
            self.hang_up();
        }
        sent.map(drop)
    }

    /// Reads this conversation no more.
    pub async fn leaves(&mut self, conversation_id: u64) {
        self.open.remove(&conversation_id);
        self.heads.remove(&conversation_id);
        let leave = client_frame::Body::Leave(Leave { conversation_id });
        if let Some(socket) = &mut self.socket
            && socket.send(leave).await.is_err()
        {
            self.hang_up();
        }
    }

    /// The conversations that it reads.
    #[must_use]
    pub fn reads(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }

    /// A conversation as it is stored, all of it.
    ///
    /// # Panics
    /// When it cannot be read for as long as anything may take.
    pub async fn stored(&self, conversation: u64) -> Vec<Message> {
        let deadline = Instant::now() + self.limit;
        let mut all: Vec<Message> = Vec::new();
        loop {
            let after = all.last().map_or(0, |message| message.seq);
            let path = format!(
                "/api/v1/conversations/{conversation}/messages?after_seq={after}&limit=100"
            );
            match self.api().get(&path).await {
                Ok((200, page)) => {
                    let page: MessagePage = serde_json::from_value(page).expect("a page");
                    if page.messages.is_empty() {
                        return all;
                    }
                    all.extend(page.messages);
                }
                other => {
                    assert!(Instant::now() < deadline, "it cannot be read: {other:?}");
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

const fn open(conversation_id: u64, after_seq: u64, epoch: u64) -> client_frame::Body {
    client_frame::Body::Open(Open {
        conversation_id,
        after_seq,
        epoch,
    })
}

async fn until_created(place: &Place, path: &str, body: serde_json::Value) -> serde_json::Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let api = Api::new(&place.get()).within(CREATION);
        match api.post(path, body.clone()).await {
            Ok((200 | 201, session)) => return session,
            other => assert!(
                Instant::now() < deadline,
                "{path} is never answered: {other:?}"
            ),
        }
        sleep(PAUSE).await;
    }
}

/// A 64-bit number as JSON has it.
fn number(value: &serde_json::Value) -> u64 {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or_default()
}
