//! A service as docs/protocol.md describes it, as small as can be, behind lines that break.

use std::sync::{Arc, Mutex};

use futures::{FutureExt as _, future::BoxFuture};
use kefu_sdk::{
    machine::LinkEnd,
    net::{Down, Target, Transport},
    proto::{
        Accepted, ClientFrame, Conversation, Cursor, Goodbye, Message, Messages, Opened, Pong,
        Problem, ServerFrame, Welcome, client_frame, server_frame::Body,
    },
    pure::chance::Chance,
};
use tokio::{
    sync::{mpsc, watch},
    time::{Duration, sleep},
};

/// The one conversation.
pub const CONVERSATION: u64 = 7;

/// What is stored, and who listens.
pub struct Server {
    state: Mutex<State>,
    /// Goes up when all lines are cut.
    cuts: watch::Sender<u64>,
}

struct State {
    chance: Chance,
    messages: Vec<Message>,
    ids: u64,
    epoch: u64,
    listeners: Vec<(u64, mpsc::UnboundedSender<ServerFrame>)>,
    lines: u64,
    shut: [bool; 3],
    /// Lines up to this one neither say nor hear anything any more.
    mute: u64,
    calm: bool,
}

impl Server {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                chance: Chance::new(seed),
                messages: Vec::new(),
                ids: 0,
                epoch: 1,
                listeners: Vec::new(),
                lines: 0,
                shut: [false; 3],
                mute: 0,
                calm: false,
            }),
            cuts: watch::Sender::new(0),
        })
    }

    fn with<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        what(&mut self.state.lock().expect("no panic holds it"))
    }

    pub fn stored(&self) -> Vec<Message> {
        self.with(|state| state.messages.clone())
    }

    pub fn cuts(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }

    pub fn shuts(&self, rung: usize, shut: bool) {
        self.with(|state| state.shut[rung] = shut);
        self.cuts();
    }

    pub fn mutes(&self) {
        self.with(|state| state.mute = state.lines);
    }

    /// The store is put back, sequences are given out again, all lines end.
    pub fn is_restored(&self) {
        self.with(|state| {
            let kept = state.chance.up_to(state.messages.len() as u64);
            state
                .messages
                .truncate(usize::try_from(kept).expect("a few"));
            state.epoch += 1;
            state.listeners.clear();
        });
        self.cuts();
    }

    pub fn another_writes(&self) {
        self.with(|state| state.store(String::new(), kefu_sdk::text("秘")));
    }

    pub fn calms_down(&self) {
        self.with(|state| {
            state.calm = true;
            state.shut = [false; 3];
        });
        // Lines of now would still end by chance.
        self.cuts();
    }
}

impl State {
    fn store(&mut self, client_id: String, body: kefu_sdk::proto::Body) {
        self.ids += 1;
        let message = Message {
            id: self.ids,
            conversation_id: CONVERSATION,
            seq: self.messages.len() as u64 + 1,
            client_id,
            body: Some(body),
            ..Message::default()
        };
        self.messages.push(message.clone());
        let frame = down(0, messages(vec![message]));
        for (_, listener) in &self.listeners {
            let _ = listener.send(frame.clone());
        }
    }

    fn answer(&mut self, line: u64, frame: ClientFrame, up: &mpsc::UnboundedSender<ServerFrame>) {
        let reference = frame.r#ref;
        let say = |body| drop(up.send(down(reference, body)));
        match frame.body.expect("a body") {
            client_frame::Body::Hello(hello) => {
                assert_eq!(hello.token, "t");
                say(Body::Welcome(Welcome {
                    heartbeat_s: 25,
                    ..Welcome::default()
                }));
            }
            client_frame::Body::Open(open) => {
                let is_known = open.epoch == 0 || open.epoch == self.epoch;
                let after_seq = if is_known { open.after_seq } else { 0 };
                say(Body::Opened(Opened {
                    conversation: Some(Conversation {
                        id: CONVERSATION,
                        last_seq: self.messages.len() as u64,
                        ..Conversation::default()
                    }),
                    epoch: self.epoch,
                    after_seq,
                    ..Opened::default()
                }));
                let after = self.messages.iter().filter(|it| it.seq > after_seq);
                let after: Vec<Message> = after.cloned().collect();
                for some in after.chunks(3) {
                    let _ = up.send(down(0, messages(some.to_vec())));
                }
                self.listeners.retain(|(id, _)| *id != line);
                self.listeners.push((line, up.clone()));
            }
            client_frame::Body::Leave(_) => self.listeners.retain(|(id, _)| *id != line),
            client_frame::Body::Send(send) => {
                if !self.calm && self.chance.up_to(9) == 0 {
                    return say(Body::Problem(Problem {
                        code: "overloaded".into(),
                        retry_after_ms: 300,
                        ..Problem::default()
                    }));
                }
                let known = |it: &&Message| it.client_id == send.client_id;
                let duplicate = self.messages.iter().any(|it| known(&it));
                if !duplicate {
                    self.store(send.client_id.clone(), send.body.expect("a body"));
                }
                let stored = self.messages.iter().find(known).expect("just now");
                say(Body::Accepted(Accepted {
                    conversation_id: CONVERSATION,
                    client_id: send.client_id,
                    id: stored.id,
                    seq: stored.seq,
                    duplicate,
                    ..Accepted::default()
                }));
            }
            client_frame::Body::Mark(mark) => {
                let last = self.messages.len() as u64;
                if mark.epoch != 0 && mark.epoch != self.epoch || mark.delivered_seq > last {
                    return say(Body::Problem(Problem {
                        code: "conflict".into(),
                        ..Problem::default()
                    }));
                }
                say(Body::Cursor(Cursor {
                    conversation_id: CONVERSATION,
                    delivered_seq: mark.delivered_seq,
                    read_seq: mark.read_seq,
                    ..Cursor::default()
                }));
            }
            client_frame::Body::Ping(_) => say(Body::Pong(Pong::default())),
            other => panic!("nobody asked for {other:?}"),
        }
    }
}

const fn down(reference: u64, body: Body) -> ServerFrame {
    ServerFrame {
        r#ref: reference,
        body: Some(body),
    }
}

fn messages(messages: Vec<Message>) -> Body {
    Body::Messages(Messages {
        conversation_id: CONVERSATION,
        messages,
    })
}

/// One transport to it.
pub struct Line {
    name: &'static str,
    rung: usize,
    server: Arc<Server>,
}

impl Line {
    pub fn new(name: &'static str, rung: usize, server: &Arc<Server>) -> Self {
        Self {
            name,
            rung,
            server: server.clone(),
        }
    }
}

impl Transport for Line {
    fn name(&self) -> &'static str {
        self.name
    }

    fn carry(
        &self,
        _target: Arc<Target>,
        up: mpsc::Receiver<ClientFrame>,
        down: Down,
    ) -> BoxFuture<'static, LinkEnd> {
        carry(self.server.clone(), self.rung, up, down).boxed()
    }
}

fn ended(detail: &str) -> LinkEnd {
    LinkEnd {
        detail: detail.into(),
        ..LinkEnd::default()
    }
}

async fn carry(
    server: Arc<Server>,
    rung: usize,
    mut up: mpsc::Receiver<ClientFrame>,
    down: Down,
) -> LinkEnd {
    let mut cuts = server.cuts.subscribe();
    let (line, is_shut, lives_ms) = server.with(|state| {
        state.lines += 1;
        let lives_ms = state.chance.up_to(60_000);
        let calm = state.calm;
        let lives_ms = if calm { u64::MAX / 2 } else { lives_ms };
        (state.lines, state.shut[rung], lives_ms)
    });
    let latency = |server: &Server| server.with(|it| Duration::from_millis(it.chance.up_to(80)));
    sleep(latency(&server)).await;
    if is_shut {
        return LinkEnd {
            unusable: line.is_multiple_of(2),
            ..ended("shut")
        };
    }
    if !down.opened().await {
        return ended("hung up");
    }
    let (answers, mut answered) = mpsc::unbounded_channel();
    let end = sleep(Duration::from_millis(lives_ms.min(1 << 40)));
    tokio::pin!(end);
    let how = loop {
        let is_mute = server.with(|state| line <= state.mute);
        tokio::select! {
            // What is on the way when it ends is lost, both ways.
            () = &mut end => break ended("cut"),
            Ok(()) = cuts.changed() => break ended("cut"),
            frame = up.recv() => {
                let Some(frame) = frame else { break ended("hung up") };
                sleep(latency(&server)).await;
                if !is_mute {
                    server.with(|state| state.answer(line, frame, &answers));
                }
            }
            Some(frame) = answered.recv() => {
                sleep(latency(&server)).await;
                if !is_mute && !down.frame(frame).await {
                    break ended("hung up");
                }
            }
        }
    };
    server.with(|state| state.listeners.retain(|(id, _)| *id != line));
    if server.with(|state| state.chance.up_to(3)) == 0 {
        let goodbye = Goodbye {
            reconnect_after_ms: 700,
            ..Goodbye::default()
        };
        down.frame(self::down(0, Body::Goodbye(goodbye))).await;
    }
    how
}
