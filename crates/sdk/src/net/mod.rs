//! How frames travel: over a WebSocket, else by server-sent events and POSTs, else by long polling.

mod codec;
mod connections;
mod events;
mod requests;
mod trust;
mod websocket;

use std::sync::Arc;

use futures::future::BoxFuture;
use kefu_proto::v1::{ClientFrame, ServerFrame};
use tokio::sync::mpsc;

pub use codec::Codec;
pub(crate) use connections::Answer;
pub use connections::Connections;
pub use requests::{EventStream, LongPoll};
pub use websocket::WebSocket;

use crate::{
    Limits,
    machine::{LinkEnd, LinkEvent},
};

/// What the server closes with when the session is over (docs/protocol.md).
const SESSION_OVER: u16 = 1008;

/// Where a link goes.
#[derive(Debug, Clone)]
pub struct Target {
    /// To the server.
    pub connections: Connections,
    /// How frames are written.
    pub codec: Codec,
    /// Whether frames may be compressed, where the transport and the server know how.
    pub compression: bool,
    /// Bounds.
    pub limits: Arc<Limits>,
}

impl Target {
    /// There, without compression.
    #[must_use]
    pub const fn new(connections: Connections, codec: Codec, limits: Arc<Limits>) -> Self {
        Self {
            connections,
            codec,
            compression: false,
            limits,
        }
    }
}

/// Where a link tells what comes.
#[derive(Debug, Clone)]
pub struct Down {
    line: u64,
    events: mpsc::Sender<(u64, LinkEvent)>,
}

impl Down {
    /// For line `line`.
    #[must_use]
    pub const fn new(line: u64, events: mpsc::Sender<(u64, LinkEvent)>) -> Self {
        Self { line, events }
    }

    /// Frames may be sent. False when nobody listens any more.
    pub async fn opened(&self) -> bool {
        self.tell(LinkEvent::Opened).await
    }

    /// A frame came. False when nobody listens any more.
    pub async fn frame(&self, frame: ServerFrame) -> bool {
        self.tell(LinkEvent::Frame(Box::new(frame))).await
    }

    /// The end; the last that is told.
    pub async fn closed(&self, end: LinkEnd) {
        self.tell(LinkEvent::Closed(end)).await;
    }

    async fn tell(&self, event: LinkEvent) -> bool {
        self.events.send((self.line, event)).await.is_ok()
    }
}

/// A way to carry frames. It need not be reliable, only ordered and honest about its end: the place
/// in each conversation is kept above it. So one session may go over any transport, and change it in
/// the middle.
pub trait Transport: Send + Sync + 'static {
    /// "websocket", "sse", "long-poll": the word in diagnostics.
    fn name(&self) -> &'static str;

    /// Carries what comes out of `up`, and tells `down` what comes, until the link ends or `up` is
    /// closed, which hangs up. Told of the opening, the first frame up is `hello`. The end itself is
    /// the return value.
    fn carry(
        &self,
        target: Arc<Target>,
        up: mpsc::Receiver<ClientFrame>,
        down: Down,
    ) -> BoxFuture<'static, LinkEnd>;
}

/// The three of docs/protocol.md, the best one first.
#[must_use]
pub fn transports() -> Vec<Arc<dyn Transport>> {
    vec![
        Arc::new(WebSocket),
        Arc::new(EventStream),
        Arc::new(LongPoll),
    ]
}

fn ended(detail: impl std::fmt::Display) -> LinkEnd {
    LinkEnd {
        detail: detail.to_string(),
        ..LinkEnd::default()
    }
}

fn closed_with(code: u16) -> LinkEnd {
    LinkEnd {
        session_over: code == SESSION_OVER,
        ..ended(format!("closed with {code}"))
    }
}
