//! What every handler and socket of this process shares.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kefu_media::SharedBlobs;
use kefu_proto::v1::{
    Accepted, Problem, SendRequest, assist_client::AssistClient, boards_client::BoardsClient,
    catalogues_client::CataloguesClient, chat_client::ChatClient, intents_client::IntentsClient,
    left_client::LeftClient, ops_client::OpsClient, talks_client::TalksClient,
    trails_client::TrailsClient,
};
use kefu_types::{Clock, Entropy};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::Channel;

use crate::{
    door::{Gate, TokenGate},
    link::{Hub, Unsent},
    media::{Making, Uploads},
    problem::{from_status, unavailable},
    settings::EdgeSettings,
    stream::Streams,
    ws::Seats,
};

/// Renders this process's own metrics as Prometheus text.
pub(crate) type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// The edge, seen from inside.
pub(crate) struct App {
    pub(crate) settings: EdgeSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) metrics: Render,
    pub(crate) hub: Arc<Hub>,
    pub(crate) seats: Arc<Seats>,
    /// Connections that are reached by requests.
    pub(crate) streams: Streams,
    pub(crate) new_visitors: Gate,
    pub(crate) logins: Gate,
    /// Requests that come with a session.
    pub(crate) requests: TokenGate,
    /// Where the bytes of pictures and files are.
    pub(crate) blobs: SharedBlobs,
    pub(crate) uploads: Arc<Uploads>,
    pub(crate) making: Making,
    /// Cancelled when the server stops.
    pub(crate) shutdown: CancellationToken,
    /// Sockets that are to say goodbye before the process ends.
    pub(crate) sockets: TaskTracker,
    pub(crate) chat: Channel,
    pub(crate) bot: Channel,
    next_socket: AtomicU64,
}

impl App {
    pub(crate) fn new(
        wiring: crate::Wiring,
        (chat, bot): (Channel, Channel),
        shutdown: CancellationToken,
    ) -> Self {
        let crate::Wiring {
            settings,
            clock,
            entropy,
            metrics,
            blobs,
            ..
        } = wiring;
        let limits = &settings.limits;
        Self {
            hub: Arc::default(),
            seats: Seats::new(limits.sockets_max, limits.sockets_per_ip_max),
            streams: Streams::default(),
            new_visitors: Gate::new(limits.sessions_per_minute_per_ip, clock.clone()),
            logins: Gate::new(limits.logins_per_minute_per_ip, clock.clone()),
            requests: TokenGate::new(limits.requests_per_minute_per_session, clock.clone()),
            blobs,
            uploads: Uploads::new(&settings.media),
            making: Making::new(&settings.media),
            sockets: TaskTracker::new(),
            next_socket: AtomicU64::new(1),
            settings,
            clock,
            entropy,
            metrics,
            shutdown,
            chat,
            bot,
        }
    }

    /// The core.
    pub(crate) fn chat(&self) -> ChatClient<Channel> {
        ChatClient::new(self.chat.clone())
    }

    /// How talks ended, in the core.
    pub(crate) fn talks(&self) -> TalksClient<Channel> {
        TalksClient::new(self.chat.clone())
    }

    /// Messages left, in the core.
    pub(crate) fn left(&self) -> LeftClient<Channel> {
        LeftClient::new(self.chat.clone())
    }

    /// What bots propose, in the core.
    pub(crate) fn assist(&self) -> AssistClient<Channel> {
        AssistClient::new(self.chat.clone())
    }

    /// On which pages visitors are, in the core.
    pub(crate) fn trails(&self) -> TrailsClient<Channel> {
        TrailsClient::new(self.chat.clone())
    }

    /// The board and the history behind it, in the core.
    pub(crate) fn boards(&self) -> BoardsClient<Channel> {
        BoardsClient::new(self.chat.clone())
    }

    /// The history of intents, in the core.
    pub(crate) fn catalogues(&self) -> CataloguesClient<Channel> {
        CataloguesClient::new(self.chat.clone())
    }

    /// The intents in use, in the bot.
    pub(crate) fn intents(&self) -> IntentsClient<Channel> {
        // Files that go in come back in a status or a report, with words around them.
        let most = self.settings.limits.intents_body_bytes_max * 2 + (8 << 20);
        IntentsClient::new(self.bot.clone())
            .max_encoding_message_size(most)
            .max_decoding_message_size(most)
    }

    /// What the core and the bot say about themselves, by role.
    pub(crate) fn roles(&self) -> [(&'static str, OpsClient<Channel>); 2] {
        [
            ("chat", OpsClient::new(self.chat.clone())),
            ("bot", OpsClient::new(self.bot.clone())),
        ]
    }

    /// A call that ends within the request timeout.
    pub(crate) fn call<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.set_timeout(Duration::from_secs(self.settings.limits.request_timeout_s));
        request
    }

    /// Sends a message: on the stream while there is one, else as a call.
    ///
    /// # Errors
    /// What the core refuses it with, or `unavailable` when there is no answer in time.
    pub(crate) async fn send(&self, request: SendRequest) -> Result<Accepted, Problem> {
        let ticket = match self.hub.sends.submit(request) {
            Ok(ticket) => ticket,
            Err(Unsent::Full(problem)) => return Err(problem),
            Err(Unsent::NoStream(request)) => {
                let accepted = self.chat().send(self.call(*request)).await;
                return accepted
                    .map(tonic::Response::into_inner)
                    .map_err(|status| from_status(&status));
            }
        };
        let patience = Duration::from_secs(self.settings.limits.request_timeout_s);
        let answer = tokio::time::timeout(patience, ticket).await;
        answer
            .ok()
            .and_then(Result::ok)
            .unwrap_or_else(|| Err(unavailable()))
    }

    /// A number that no other socket of this process has.
    pub(crate) fn socket_id(&self) -> u64 {
        self.next_socket.fetch_add(1, Ordering::Relaxed)
    }

    /// Somewhere in `0..spread_ms`, so that many clients do not act in step.
    pub(crate) fn jitter_ms(&self, spread_ms: u32) -> u32 {
        let bits = u32::try_from(self.entropy.next_u64() >> 32).unwrap_or(0);
        let scaled = (u64::from(bits) * u64::from(spread_ms)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// When a client that is sent away should come back.
    pub(crate) fn reconnect_after_ms(&self) -> u32 {
        500 + self.jitter_ms(self.settings.limits.reconnect_spread_ms)
    }
}
