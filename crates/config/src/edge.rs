//! The role that holds sockets: what may come in, and how much.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{EdgeBounds, MetricsDoor};

/// The door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeConfig {
    /// Largest HTTP body, in bytes.
    pub body_bytes_max: usize,
    /// Largest WebSocket frame, in bytes.
    pub frame_bytes_max: usize,
    /// WebSockets of this process.
    pub sockets_max: usize,
    /// WebSockets of one address.
    pub sockets_per_ip_max: usize,
    /// A socket must say hello within this.
    pub hello_timeout_s: u64,
    /// Clients ping at least this often, unless they ask for more.
    pub heartbeat_s: u32,
    /// The longest silence that a client may ask for, whose network has shown that it bears it.
    pub heartbeat_max_s: u32,
    /// Frames that may wait for a slow reader before it is cut off.
    pub outbox_frames_max: usize,
    /// Messages of one socket per second.
    pub sends_per_second: u32,
    /// New visitors of one address per minute.
    pub sessions_per_minute_per_ip: u32,
    /// Login attempts of one address per minute.
    pub logins_per_minute_per_ip: u32,
    /// HTTP requests of one session per minute; what a connection sends counts elsewhere.
    pub requests_per_minute_per_session: u32,
    /// An HTTP request must be answered within this.
    pub request_timeout_s: u64,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// Origins such as "https://shop.example" that count as our own although the `Host` header
    /// differs, for proxies that rewrite it.
    pub allowed_origins: Vec<String>,
    /// Origins such as "https://shop.example" whose pages may embed the widget; "*" is all of them.
    pub widget_origins: Vec<String>,
    /// Marks the session cookie `Secure` even when no trusted proxy says that TLS is in front.
    pub cookie_secure: bool,
    /// Who may read `/metrics`: "loopback" (programs on this machine, not through a proxy),
    /// "open" (everybody who reaches the port), or "token:" and at least 16 characters, which
    /// are then sent as `Authorization: Bearer`.
    #[schemars(with = "String")]
    pub metrics: MetricsDoor,
    /// Bounds that are rarely changed.
    pub limits: EdgeBounds,
}

impl Default for EdgeConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 256 * 1024,
            frame_bytes_max: 64 * 1024,
            sockets_max: 15_000,
            sockets_per_ip_max: 1_000,
            hello_timeout_s: 10,
            heartbeat_s: 25,
            heartbeat_max_s: 300,
            outbox_frames_max: 256,
            sends_per_second: 20,
            sessions_per_minute_per_ip: 60,
            logins_per_minute_per_ip: 20,
            requests_per_minute_per_session: 1_200,
            request_timeout_s: 15,
            trusted_proxies: Vec::new(),
            allowed_origins: Vec::new(),
            widget_origins: Vec::new(),
            cookie_secure: false,
            metrics: MetricsDoor::from("loopback"),
            limits: EdgeBounds::default(),
        }
    }
}
