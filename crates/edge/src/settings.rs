//! What an operator may set. The composition root fills these from the configuration file.

use serde::Serialize;

use crate::door::{MetricsAccess, Network};

/// How the edge behaves.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// The tenant whose pages these are.
    pub tenant: String,
    /// What the visitor page says before anybody has said a word.
    pub site: Site,
    /// Longest text of one message, in characters; told to clients, held by the core.
    pub text_chars_max: u32,
    /// For how long clients may offer to recall a message; the core decides.
    pub recall_within_s: u32,
    /// A visitor who waits this long for an answer needs attention; told to clients.
    pub attention_after_s: u32,
    /// As does one whom the bot has not understood so often in a row.
    pub attention_fallbacks: u32,
    /// Agents see what a visitor is writing; told to the visitors' page, decided by the core.
    pub typing_preview: bool,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// Origins (`https://shop.example`) that count as our own although the `Host` header
    /// differs, for proxies that rewrite it.
    pub allowed_origins: Vec<String>,
    /// Origins whose pages may embed the widget; "*" is all.
    pub widget_origins: Vec<String>,
    /// Marks the session cookie `Secure` even when no trusted proxy says that TLS is in front.
    pub cookie_secure: bool,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// Pictures and files.
    pub media: MediaSettings,
    /// The bounds.
    pub limits: Limits,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            tenant: "default".into(),
            site: Site::default(),
            text_chars_max: 4_000,
            recall_within_s: 120,
            attention_after_s: 60,
            attention_fallbacks: 2,
            typing_preview: false,
            trusted_proxies: Vec::new(),
            allowed_origins: Vec::new(),
            widget_origins: Vec::new(),
            cookie_secure: false,
            metrics: MetricsAccess::default(),
            media: MediaSettings::default(),
            limits: Limits::default(),
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A guided question of the welcome card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What the button shows in Chinese.
    pub zh: String,
    /// What the button shows in English.
    pub en: String,
    /// What pressing it sends, such as "intent:order.status".
    pub postback: String,
}

/// The visitor page's words, as `GET /api/v1/site` tells them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Site {
    /// The service's name.
    pub name: Words,
    /// The welcome card's text.
    pub welcome: Words,
    /// The questions under it.
    pub questions: Vec<Question>,
}

/// Pictures and files in conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaSettings {
    /// Off: nothing is taken any more; what was is still served.
    pub enabled: bool,
    /// Largest file, in bytes.
    pub file_bytes_max: u64,
    /// Largest picture, in bytes, as it comes in.
    pub image_bytes_max: u64,
    /// Width times height of a picture that is decoded.
    pub image_pixels_max: u64,
    /// Longest side of a picture as it is kept, in pixels.
    pub image_side_max: u32,
    /// Longest side of a thumbnail, in pixels.
    pub thumb_side_max: u32,
    /// Content types that are taken.
    pub types: Vec<String>,
    /// An upload must have arrived within this.
    pub upload_timeout_s: u64,
    /// Uploads at the same time.
    pub uploads_at_once_max: usize,
    /// Of these, one person's.
    pub uploads_per_person_max: usize,
    /// Uploads of one person in a minute.
    pub uploads_per_minute_per_person: usize,
    /// Pictures decoded at the same time.
    pub decodes_at_once_max: usize,
    /// Pictures that wait for that; one more is refused with a retry-after.
    pub decodes_waiting_max: usize,
    /// How often what is over is removed.
    pub sweep_s: u64,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            file_bytes_max: 20 << 20,
            image_bytes_max: 10 << 20,
            image_pixels_max: 40_000_000,
            image_side_max: 2_560,
            thumb_side_max: 320,
            types: kefu_media::USUAL.map(str::to_owned).to_vec(),
            upload_timeout_s: 120,
            uploads_at_once_max: 32,
            uploads_per_person_max: 1,
            uploads_per_minute_per_person: 30,
            decodes_at_once_max: 2,
            decodes_waiting_max: 16,
            sweep_s: 60,
        }
    }
}

/// Every bound of the edge. Names end in their unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest HTTP body, in bytes.
    pub body_bytes_max: usize,
    /// A request's body must have arrived within this.
    pub body_timeout_s: u64,
    /// A request's headers must have arrived within this; also how long an idle connection is kept.
    pub header_timeout_s: u64,
    /// Headers of one request.
    pub headers_max: usize,
    /// Bytes of one request's line and headers; at least 8 KiB.
    pub header_bytes_max: usize,
    /// A request must be answered within this.
    pub request_timeout_s: u64,
    /// TCP connections of this process, sockets among them.
    pub connections_max: usize,
    /// WebSockets of this process.
    pub sockets_max: usize,
    /// WebSockets of one address.
    pub sockets_per_ip_max: usize,
    /// Largest WebSocket frame a client may send, in bytes.
    pub frame_bytes_max: usize,
    /// A socket must say hello within this.
    pub hello_timeout_s: u64,
    /// Clients ping at least this often, unless they ask for more; so much longer a silence ends
    /// the socket.
    pub heartbeat_s: u32,
    /// The longest silence that a client may ask for.
    pub heartbeat_max_s: u32,
    /// A poll that nothing comes for is answered after this; at most 25, for phones' networks give up
    /// at 30.
    pub poll_s: u64,
    /// Frames that may wait for a slow reader before it is cut.
    pub outbox_frames_max: usize,
    /// Bytes that may wait for a slow reader before it is cut. Pages of history do not count: at
    /// most two of them wait, and the next is read when there is room.
    pub outbox_bytes_max: usize,
    /// Longer frames go compressed to clients that ask for it, in bytes. A message of some words
    /// is shorter and would gain little; pages and lists gain much.
    pub compress_above_bytes: usize,
    /// Events that may wait for one socket's task; above it the socket reads the store instead.
    pub events_max: usize,
    /// Conversations that one socket may have open.
    pub open_conversations_max: usize,
    /// Frames of one socket that may wait for the core; then its reader pauses.
    pub calls_in_flight_max: usize,
    /// Messages of one socket per second; twice as many at once are let pass.
    pub sends_per_second: u32,
    /// Frames of any kind of one socket per second, at least twice `sends_per_second`; a faster
    /// socket is cut.
    pub frames_per_second: u32,
    /// Messages in one page of history.
    pub page_messages_max: u32,
    /// Conversations in one answer of a list.
    pub page_conversations_max: u32,
    /// Conversations in a workspace's first snapshot.
    pub snapshot_conversations_max: usize,
    /// What may wait to go up the link to the core; above it the link is made anew.
    pub link_queue_max: usize,
    /// Largest body of a request that carries files of intents, and the most of their texts in
    /// one answer, in bytes.
    pub intents_body_bytes_max: usize,
    /// A request that builds a set of intents must be answered within this.
    pub intents_timeout_s: u64,
    /// New visitors of one address per minute.
    pub sessions_per_minute_per_ip: u32,
    /// Login attempts of one address per minute.
    pub logins_per_minute_per_ip: u32,
    /// Requests of one session per minute.
    pub requests_per_minute_per_session: u32,
    /// On shutdown, what is under way may take this long.
    pub drain_s: u64,
    /// On shutdown, clients are told to come back spread over this.
    pub reconnect_spread_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 256 * 1024,
            body_timeout_s: 10,
            header_timeout_s: 10,
            headers_max: 64,
            header_bytes_max: 16 * 1024,
            request_timeout_s: 15,
            connections_max: 18_000,
            sockets_max: 15_000,
            sockets_per_ip_max: 1_000,
            frame_bytes_max: 64 * 1024,
            hello_timeout_s: 10,
            heartbeat_s: 25,
            heartbeat_max_s: 300,
            poll_s: 20,
            outbox_frames_max: 256,
            outbox_bytes_max: 1024 * 1024,
            compress_above_bytes: 512,
            events_max: 256,
            open_conversations_max: 64,
            calls_in_flight_max: 32,
            sends_per_second: 20,
            frames_per_second: 100,
            page_messages_max: 100,
            page_conversations_max: 200,
            snapshot_conversations_max: 1_000,
            link_queue_max: 4_096,
            intents_body_bytes_max: 32 << 20,
            intents_timeout_s: 120,
            sessions_per_minute_per_ip: 60,
            logins_per_minute_per_ip: 20,
            requests_per_minute_per_session: 1_200,
            drain_s: 10,
            reconnect_spread_ms: 5_000,
        }
    }
}
