//! The other end of the wire: a core in memory that keeps the contract of `chat.proto`, and whose
//! link can be made to lose, repeat and reorder.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use kefu_proto::{
    transport::listen_unix,
    v1::{
        Appended, Body, Conversation, ConversationChanged, Cursor, Lagged, LinkDown, Message,
        Principal, Problem, Role, Sender, SessionEnded, Text, Trace, body::Kind,
        chat_server::ChatServer, link_down, ops_server::OpsServer, principal,
    },
};
use parking_lot::Mutex;
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

pub const TENANT: u64 = 1;

#[derive(Default)]
pub struct State {
    pub sessions: HashMap<String, Principal>,
    pub talks: HashMap<u64, Talk>,
    pub links: Vec<Link>,
    /// What the link does to `Appended`: pass on (the default), lose, repeat, or hold and reverse.
    pub mischief: Mischief,
    pub held: Vec<LinkDown>,
    pub made: u64,
    /// Of all positions.
    pub epoch: u64,
    /// How long `Send` takes.
    pub send_takes: Duration,
    /// How many calls of `Send` have come in.
    pub sends_begun: usize,
    pub sends: Vec<String>,
    /// Marks that have come in, with the device of each.
    pub marks: Vec<(String, kefu_proto::v1::Mark)>,
    /// Uploads by id.
    pub media: std::collections::BTreeMap<u64, super::media::Upload>,
    /// Bytes of uploads that there is room for; 0: as many as come.
    pub media_room: u64,
    /// Seals that are refused, as by a core that is just gone.
    pub seals_refused: u32,
}

#[derive(Default, Clone, Copy, PartialEq)]
pub enum Mischief {
    #[default]
    None,
    Lose,
    Repeat,
    Hold,
}

#[derive(Default, Clone)]
pub struct Talk {
    pub head: Conversation,
    pub messages: Vec<Message>,
}

pub struct Link {
    pub down: mpsc::Sender<Result<LinkDown, Status>>,
    pub watches: HashSet<u64>,
    pub workspaces: HashSet<u64>,
    pub id: u64,
}

#[derive(Clone)]
pub struct Core {
    pub state: Arc<Mutex<State>>,
    pub path: PathBuf,
    running: Arc<Mutex<Option<Running>>>,
}

struct Running {
    token: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Core {
    pub async fn start(path: PathBuf) -> Self {
        let core = Self {
            state: Arc::default(),
            path,
            running: Arc::default(),
        };
        core.resume().await;
        core
    }

    /// Listens, again after a [`Self::halt`].
    pub async fn resume(&self) {
        let incoming = listen_unix(&self.path).await.expect("a socket");
        let token = CancellationToken::new();
        let stopped = token.clone().cancelled_owned();
        let (chat, ops) = (ChatServer::new(self.clone()), OpsServer::new(self.clone()));
        let server = tonic::transport::Server::builder()
            .add_service(chat)
            .add_service(ops);
        let task = tokio::spawn(async move {
            server
                .serve_with_incoming_shutdown(incoming, stopped)
                .await
                .expect("served");
        });
        *self.running.lock() = Some(Running { token, task });
    }

    /// Dies: every link and every call ends. What is stored stays.
    pub async fn halt(&self) {
        self.state.lock().links.clear();
        let running = self.running.lock().take();
        if let Some(Running { token, task }) = running {
            token.cancel();
            task.await.expect("no panic");
        }
        std::fs::remove_file(&self.path).expect("the socket");
    }

    /// A visitor's token and conversation.
    pub fn visitor(&self, token: &str) -> u64 {
        let mut state = self.state.lock();
        let conversation = state.id();
        let visitor = state.id();
        let head = Conversation {
            id: conversation,
            visitor_id: visitor,
            version: 1,
            preview: "secret preview".into(),
            handoff_reason: "secret reason".into(),
            ..Conversation::default()
        };
        state.talks.insert(
            conversation,
            Talk {
                head,
                messages: Vec::new(),
            },
        );
        let principal = Principal {
            kind: principal::Kind::Visitor.into(),
            id: visitor,
            tenant_id: TENANT,
            session_id: state.id(),
            conversation_id: conversation,
            ..Principal::default()
        };
        state.sessions.insert(token.into(), principal);
        conversation
    }

    /// A user's token.
    pub fn user(&self, token: &str) -> u64 {
        self.user_as(token, Role::Unspecified)
    }

    pub fn user_as(&self, token: &str, role: Role) -> u64 {
        let mut state = self.state.lock();
        let id = state.id();
        let principal = Principal {
            kind: principal::Kind::User.into(),
            id,
            tenant_id: TENANT,
            session_id: state.id(),
            name: "Agent".into(),
            role: role.into(),
            ..Principal::default()
        };
        state.sessions.insert(token.into(), principal);
        id
    }

    /// The bot says something, with a trace.
    pub fn bot_says(&self, conversation: u64, text: &str) -> u64 {
        let message = Message {
            sender: Sender::Bot.into(),
            body: Some(text_body(text)),
            trace: Some(Trace {
                tier: "keyword".into(),
                ..Trace::default()
            }),
            ..Message::default()
        };
        self.state.lock().append(conversation, message)
    }

    /// Ends a session, as a logout elsewhere does.
    pub fn end_session(&self, token: &str) {
        let mut state = self.state.lock();
        if let Some(principal) = state.sessions.remove(token) {
            let ended = SessionEnded {
                session_id: principal.session_id,
                ..SessionEnded::default()
            };
            state.tell_all(link_down::Body::SessionEnded(ended));
        }
    }

    /// What was held comes now, the last first.
    pub fn release_reversed(&self) {
        let mut state = self.state.lock();
        let held = std::mem::take(&mut state.held);
        for down in held.into_iter().rev() {
            state
                .links
                .iter()
                .for_each(|link| drop(link.down.try_send(Ok(down.clone()))));
        }
    }

    pub fn lagged(&self) {
        self.state
            .lock()
            .tell_all(link_down::Body::Lagged(Lagged {}));
    }

    pub fn online(&self) -> usize {
        self.state
            .lock()
            .links
            .iter()
            .map(|link| link.workspaces.len())
            .sum()
    }

    pub fn watched(&self, conversation: u64) -> bool {
        self.state
            .lock()
            .links
            .iter()
            .any(|link| link.watches.contains(&conversation))
    }
}

impl State {
    pub fn id(&mut self) -> u64 {
        self.made += 1;
        // Above 2^53, so that a number instead of a string in JSON would be noticed.
        (1 << 60) + self.made
    }

    pub fn append(&mut self, conversation: u64, message: Message) -> u64 {
        let id = self.id();
        let talk = self.talks.get_mut(&conversation).expect("a conversation");
        let seq = talk.messages.len() as u64 + 1;
        let message = Message {
            id,
            seq,
            conversation_id: conversation,
            created_at_ms: 5,
            ..message
        };
        talk.messages.push(message.clone());
        (talk.head.last_seq, talk.head.version) = (seq, talk.head.version + 1);
        let (tenant_id, conversation) = (TENANT, Some(talk.head.clone()));
        let appended = Appended {
            tenant_id,
            conversation,
            messages: vec![message],
        };
        self.tell(appended);
        seq
    }

    fn tell(&mut self, appended: Appended) {
        let id = appended.conversation.as_ref().map_or(0, |head| head.id);
        let down = LinkDown {
            body: Some(link_down::Body::Appended(appended)),
        };
        let times = match self.mischief {
            Mischief::None => 1,
            Mischief::Repeat => 2,
            Mischief::Lose => return,
            Mischief::Hold => return self.held.push(down),
        };
        for link in &self.links {
            if link.watches.contains(&id) || !link.workspaces.is_empty() {
                for _ in 0..times {
                    link.down.try_send(Ok(down.clone())).expect("room");
                }
            }
        }
    }

    /// Somebody else waits less: the conversation moves up, and no message says so.
    pub fn moves_up(&mut self, conversation: u64) {
        let talk = self.talks.get_mut(&conversation).expect("a conversation");
        talk.head.version += 1;
        talk.head.queue_position += 1;
        self.changed(conversation);
    }

    pub fn changed(&mut self, conversation: u64) {
        let head = self.talks[&conversation].head.clone();
        let changed = ConversationChanged {
            tenant_id: TENANT,
            conversation: Some(head),
        };
        self.tell_all(link_down::Body::Changed(changed));
    }

    pub fn tell_all(&self, body: link_down::Body) {
        for link in &self.links {
            let _ = link.down.try_send(Ok(LinkDown {
                body: Some(body.clone()),
            }));
        }
    }

    /// Keeps the mark; one beyond a thousand is refused.
    pub fn mark(&mut self, request: kefu_proto::v1::MarkRequest) -> Result<Cursor, Status> {
        let mark = request.mark.unwrap_or_default();
        self.allowed(&request.session, mark.conversation_id)?;
        self.marks.push((request.device_id, mark));
        if mark.read_seq > 1_000 {
            return Err(refusal("invalid", 0));
        }
        Ok(Cursor {
            conversation_id: mark.conversation_id,
            delivered_seq: mark.delivered_seq,
            read_seq: mark.read_seq,
            ..Cursor::default()
        })
    }

    pub fn who(&self, session: &str) -> Result<Principal, Status> {
        self.sessions
            .get(session)
            .cloned()
            .ok_or_else(|| refusal("unauthenticated", 0))
    }

    /// The conversation, if this session may have it.
    pub fn allowed(&self, session: &str, conversation: u64) -> Result<&Talk, Status> {
        let who = self.who(session)?;
        let own = who.conversation_id == conversation || who.kind() == principal::Kind::User;
        let talk = self.talks.get(&conversation).filter(|_| own);
        talk.ok_or_else(|| refusal("not_found", 0))
    }
}

pub fn text_body(text: &str) -> Body {
    Body {
        kind: Some(Kind::Text(Text {
            text: text.into(),
            ..Default::default()
        })),
    }
}

/// A status as the core makes it.
pub fn refusal(code: &str, retry_after_ms: u32) -> Status {
    let problem = Problem {
        code: code.into(),
        message: format!("{code}, says the core"),
        retry_after_ms,
    };
    Status::with_details(tonic::Code::Unknown, code, problem.encode_to_vec().into())
}
