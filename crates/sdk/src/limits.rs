//! Every wait and bound of a client, in one place.

/// What a client may wait for and keep. Times are milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// From opening a link to its `welcome`. Default 10 s.
    pub connect_ms: u64,
    /// First step of the pauses between connects, which double. Default 500.
    pub backoff_base_ms: u64,
    /// Their ceiling. Default 20 s.
    pub backoff_max_ms: u64,
    /// No connect comes sooner after a cut than this, whatever chance says. Default 50.
    pub reconnect_min_ms: u64,
    /// A connection that lived this long counts as good: the pauses begin small again. Default 5 s.
    pub stable_ms: u64,
    /// Failures of one transport in a row before the next one is tried. Default 2.
    pub fallback_tries: u32,
    /// Wait, on a fallback, before the best transport is tried beside it. Default 60 s.
    pub upgrade_base_ms: u64,
    /// That wait doubles up to this. Default 10 min.
    pub upgrade_max_ms: u64,
    /// Share of the server's heartbeat after which a quiet client pings, 0 to 1. Default 0.7.
    pub heartbeat_share: f64,
    /// The heartbeat is never made faster than this, unless the server asks for it. Default 25 s.
    pub heartbeat_min_ms: u64,
    /// A ping that is not answered in this time means that the connection is dead. Default 8 s.
    pub pong_ms: u64,
    /// Any other frame that is not answered in this time is given up. Default 10 s.
    pub reply_ms: u64,
    /// The same for a request over HTTP. Default 15 s.
    pub rest_ms: u64,
    /// What a link may take to close by itself. Default 1 s.
    pub close_ms: u64,
    /// Tries of one message that the server refuses for now, before somebody is asked. Default 6.
    pub send_tries: u32,
    /// Wait between those tries when the server named none. Default 1 s.
    pub retry_ms: u64,
    /// The longest wait that the server may name. Default 5 min.
    pub retry_max_ms: u64,
    /// Messages that may wait to be sent in one conversation. Default 100.
    pub outbox_messages_max: usize,
    /// Messages that may wait in all conversations together. Default 10,000.
    pub outbox_total_max: usize,
    /// Bytes of the outbox's file; it is written anew without what is gone before it grows beyond.
    /// Default 16 MiB.
    pub outbox_bytes_max: u64,
    /// Wait before a conversation is opened again after a gap or a refusal. Default 400.
    pub reopen_ms: u64,
    /// Marks of one conversation are told at most this often. Default 250.
    pub mark_ms: u64,
    /// Messages that a room keeps to look at; the oldest are let go. Default 10,000.
    pub room_messages_max: usize,
    /// Events of a room that nobody has taken. When there are more, the server is asked to stop, and
    /// goes on from the same place later: nothing is lost. Default 64.
    pub room_events_max: usize,
    /// Events of an agent's workspace that nobody has taken; beyond that the lists are asked for
    /// anew. Default 1,024.
    pub workspace_events_max: usize,
    /// Calls of the application that the client has not looked at. Default 1,024.
    pub commands_max: usize,
    /// Frames that a link has not carried away; beyond that the link counts as dead. Default 256.
    pub up_frames_max: usize,
    /// Frames that arrived and were not looked at; beyond that the link is not read. Default 64.
    pub down_frames_max: usize,
    /// The largest frame that is taken from a server, bytes, compressed or not. Default 16 MiB.
    pub frame_bytes_max: usize,
    /// Longer frames go up compressed where that was agreed, bytes. Default 512.
    pub compress_above_bytes: usize,
    /// What a WebSocket reads at once, bytes; each connection has a buffer of it. Default 16 KiB.
    pub read_buffer_bytes: usize,
    /// Events that diagnostics keep. Default 200.
    pub events_max: usize,
    /// Samples of each time that they keep. Default 64.
    pub samples_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_ms: 10_000,
            backoff_base_ms: 500,
            backoff_max_ms: 20_000,
            reconnect_min_ms: 50,
            stable_ms: 5_000,
            fallback_tries: 2,
            upgrade_base_ms: 60_000,
            upgrade_max_ms: 600_000,
            heartbeat_share: 0.7,
            heartbeat_min_ms: 25_000,
            pong_ms: 8_000,
            reply_ms: 10_000,
            rest_ms: 15_000,
            close_ms: 1_000,
            send_tries: 6,
            retry_ms: 1_000,
            retry_max_ms: 300_000,
            outbox_messages_max: 100,
            outbox_total_max: 10_000,
            outbox_bytes_max: 16 << 20,
            reopen_ms: 400,
            mark_ms: 250,
            room_messages_max: 10_000,
            room_events_max: 64,
            workspace_events_max: 1_024,
            commands_max: 1_024,
            up_frames_max: 256,
            down_frames_max: 64,
            frame_bytes_max: 16 << 20,
            compress_above_bytes: 512,
            read_buffer_bytes: 16 << 10,
            events_max: 200,
            samples_max: 64,
        }
    }
}
