//! socket.io: Engine.IO 4 and Socket.IO 5 over a WebSocket, as far as a sender and a reader need.

use anyhow::{Context as _, bail, ensure};
use kefu_benches::frames::Frames;
use tokio_tungstenite::tungstenite::Message;

use crate::load::{Heard, Line, Place, WORDS};

/// One socket.
#[derive(Debug)]
pub struct SocketIoLine(Frames);

impl SocketIoLine {
    /// A socket of a pair; the reader joins the pair's room on the server.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(address: &str, pair: usize, reads: bool) -> anyhow::Result<Self> {
        let role = if reads { "reader" } else { "sender" };
        let path = format!("/socket.io/?EIO=4&transport=websocket&pair={pair}&role={role}");
        let mut frames = Frames::connect(address, &path, "").await?;
        let open = frames.read().await?;
        ensure!(open.starts_with(b"0"), "no Engine.IO handshake");
        frames.write(Message::text("40")).await?;
        let connected = frames.read().await?;
        ensure!(connected.starts_with(b"40"), "no Socket.IO connection");
        Ok(Self(frames))
    }
}

impl Line for SocketIoLine {
    async fn say(&mut self, n: u64) -> anyhow::Result<()> {
        // An event (2) in a message (4) that wants acknowledgement n.
        self.0
            .write(Message::text(format!("42{n}[\"say\",{n},\"{WORDS}\"]")))
            .await
    }

    async fn hear(&mut self) -> anyhow::Result<Heard> {
        loop {
            let frame = self.0.read().await?;
            let text = std::str::from_utf8(&frame)?;
            if let Some(rest) = text.strip_prefix("43") {
                return Ok(Heard::Acknowledged(leading(rest)?, Place::default()));
            }
            if let Some(rest) = text.strip_prefix("42[\"said\",") {
                ensure!(rest.contains(WORDS), "another text was delivered");
                return Ok(Heard::Delivered(leading(rest)?, Place::default()));
            }
            // A ping is left unanswered: no run is as long as the server's patience.
            if text != "2" {
                bail!("the server says {text}");
            }
        }
    }
}

fn leading(text: &str) -> anyhow::Result<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().context("no number")
}
