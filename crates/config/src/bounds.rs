//! The bounds that are rarely changed: `[edge.limits]`, `[chat.limits]` and
//! `[bot.limits]`. The file that comes
//! with Kefu leaves them out; `kefu config show` tells them all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More bounds of the role that holds sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeBounds {
    /// A request's body must have arrived within this.
    pub body_timeout_s: u64,
    /// A request's headers must have arrived within this; also how long an idle connection is kept.
    pub header_timeout_s: u64,
    /// Headers of one request.
    pub headers_max: usize,
    /// Bytes of one request's line and headers; at least 8192.
    pub header_bytes_max: usize,
    /// TCP connections of this process, sockets among them.
    pub connections_max: usize,
    /// A poll that nothing comes for is answered after this; at most 25.
    pub poll_s: u64,
    /// Bytes that may wait for a slow reader before it is cut off.
    pub outbox_bytes_max: usize,
    /// Longer frames go compressed to clients that ask for it, in bytes.
    pub compress_above_bytes: usize,
    /// Events that may wait for one socket; above it the socket reads the store instead.
    pub events_max: usize,
    /// Conversations that one socket may have open.
    pub open_conversations_max: usize,
    /// Frames of one socket that may wait for the core; then its reader pauses.
    pub calls_in_flight_max: usize,
    /// Frames of any kind of one socket per second, at least twice `sends_per_second`; a faster
    /// socket is cut off.
    pub frames_per_second: u32,
    /// Messages in one page of history.
    pub page_messages_max: u32,
    /// Conversations in one answer of a list.
    pub page_conversations_max: u32,
    /// Conversations in a workspace's first snapshot.
    pub snapshot_conversations_max: usize,
    /// What may wait to go up the link to the core; above it the link is made anew.
    pub link_queue_max: usize,
    /// On shutdown, clients are told to come back spread over this.
    pub reconnect_spread_ms: u32,
}

impl Default for EdgeBounds {
    fn default() -> Self {
        Self {
            body_timeout_s: 10,
            header_timeout_s: 10,
            headers_max: 64,
            header_bytes_max: 16 * 1024,
            connections_max: 18_000,
            poll_s: 20,
            outbox_bytes_max: 1024 * 1024,
            compress_above_bytes: 512,
            events_max: 256,
            open_conversations_max: 64,
            calls_in_flight_max: 32,
            frames_per_second: 100,
            page_messages_max: 100,
            page_conversations_max: 200,
            snapshot_conversations_max: 1_000,
            link_queue_max: 4_096,
            reconnect_spread_ms: 5_000,
        }
    }
}

/// More bounds of the core.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChatBounds {
    /// Encoded bytes of one message's body.
    pub body_bytes_max: usize,
    /// Characters of a name or a login.
    pub name_chars_max: usize,
    /// Characters that a password must have.
    pub password_chars_min: usize,
    /// Bytes of a password.
    pub password_bytes_max: usize,
    /// Messages in one commit of a bot.
    pub bot_messages_max: usize,
    /// Bytes of a dialog's state.
    pub state_bytes_max: usize,
    /// Messages handed to a bot with one turn: the newest.
    pub turn_messages_max: usize,
    /// Turns that wait for an answer; beyond it visitors are queued for people at once.
    pub turns_open_max: usize,
    /// Bots connected at once.
    pub bots_max: usize,
    /// Turns that one bot may have in flight, whatever it asks for.
    pub bot_in_flight_max: usize,
    /// Changes of conversations with priority that wait for the writer: room of their own beside
    /// `writer_queue_max`.
    pub writer_queue_vip_max: usize,
    /// With priority, at most so many pass while somebody waits: for an agent, for a bot, for the
    /// writer. At least 1.
    pub vip_ahead_max: u32,
    /// Committed batches that wait to be fanned out.
    pub fan_out_batches_max: usize,
    /// Sessions kept in memory.
    pub sessions_max: u64,
    /// How often a change is computed anew because the conversation moved.
    pub conflict_retries_max: usize,
    /// Edges connected at once.
    pub links_max: usize,
    /// Conversations watched by one edge.
    pub watches_max: usize,
    /// Messages or conversations in one page.
    pub page_max: u32,
    /// Passwords hashed at the same time.
    pub hashing_at_once_max: usize,
    /// Logins that wait for a hash; beyond it they are refused.
    pub hashing_queue_max: usize,
    /// Names whose failed logins are remembered.
    pub login_names_max: u64,
    /// Users of one tenant.
    pub users_max: usize,
    /// Conversations an agent may be allowed to own.
    pub agent_capacity_max: u32,
    /// Places in the queue that are announced to workspaces.
    pub queue_announced_max: u32,
    /// People whose places are shown with one conversation.
    pub cursors_max: u32,
    /// Conversations in one page of what a device missed.
    pub missed_page_max: u32,
    /// First missed messages of each of them.
    pub missed_messages_max: u32,
    /// Unread messages are counted up to here.
    pub unread_max: u32,
    /// The newest messages among which they are counted.
    pub unread_scan_max: u32,
    /// Life of the link that creates the first admin.
    pub setup_link_hours: u32,
    /// Pause between two tries against a store that stalls.
    pub store_retry_ms: u64,
    /// The longest that anybody waits for an acknowledgement.
    pub acknowledgement_ms: u64,
    /// Failed logins are counted over this long.
    pub login_window_s: u64,
    /// Places in the queue are announced at most this often.
    pub queue_announcement_ms: u64,
}

impl Default for ChatBounds {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 * 1024,
            name_chars_max: 64,
            password_chars_min: 8,
            password_bytes_max: 256,
            bot_messages_max: 8,
            state_bytes_max: 64 * 1024,
            turn_messages_max: 16,
            turns_open_max: 10_000,
            bots_max: 64,
            bot_in_flight_max: 256,
            writer_queue_vip_max: 2_048,
            vip_ahead_max: 8,
            fan_out_batches_max: 64,
            sessions_max: 100_000,
            conflict_retries_max: 16,
            links_max: 256,
            watches_max: 100_000,
            page_max: 200,
            hashing_at_once_max: 2,
            hashing_queue_max: 32,
            login_names_max: 10_000,
            users_max: 5_000,
            agent_capacity_max: 100,
            queue_announced_max: 50,
            cursors_max: 64,
            missed_page_max: 20,
            missed_messages_max: 10,
            unread_max: 100,
            unread_scan_max: 1_000,
            setup_link_hours: 24,
            store_retry_ms: 50,
            acknowledgement_ms: 10_000,
            login_window_s: 300,
            queue_announcement_ms: 250,
        }
    }
}

/// More bounds of the bot role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BotBounds {
    /// Requests that wait for the encoder or are in it; one more is refused at once, and its turn
    /// falls back.
    pub encoder_requests_max: usize,
    /// Tokens of these requests together; one that would pass this is refused, unless it is alone.
    pub encoder_tokens_max: usize,
    /// Requests are computed together up to this many tokens.
    pub encoder_batch_tokens_max: usize,
    /// The longest that a turn waits for the encoder; less where its own deadline is nearer.
    pub encoder_wait_max_ms: u64,
    /// Bytes that the vectors of recent texts may take.
    pub recent_bytes_max: u64,
}

impl Default for BotBounds {
    fn default() -> Self {
        Self {
            encoder_requests_max: 64,
            encoder_tokens_max: 8_192,
            encoder_batch_tokens_max: 256,
            encoder_wait_max_ms: 2_000,
            recent_bytes_max: 32 << 20,
        }
    }
}
