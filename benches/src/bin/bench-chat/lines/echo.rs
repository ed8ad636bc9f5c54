//! The floor of the wire: what is written comes back.

use anyhow::Context as _;
use futures::{SinkExt as _, StreamExt as _};
use kefu_benches::frames::Frames;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_tungstenite::{accept_async, tungstenite::Message};

use crate::load::{Heard, Line, Place, WORDS};

/// One socket, which is its own reader.
#[derive(Debug)]
pub struct EchoLine(Frames);

impl EchoLine {
    /// A socket to a server of [`serve`].
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(address: &str) -> anyhow::Result<Self> {
        Ok(Self(Frames::connect(address, "/", "").await?))
    }
}

impl Line for EchoLine {
    async fn say(&mut self, n: u64) -> anyhow::Result<()> {
        self.0.write(Message::text(format!("{n} {WORDS}"))).await
    }

    async fn hear(&mut self) -> anyhow::Result<Heard> {
        let frame = self.0.read().await?;
        let text = std::str::from_utf8(&frame)?;
        let number = text.split(' ').next().and_then(|n| n.parse().ok());
        Ok(Heard::Acknowledged(
            number.context("no number")?,
            Place::default(),
        ))
    }
}

/// Serves until it is killed: the benchmark starts itself once more for this, so that the
/// server's time is not the generator's.
///
/// # Errors
/// When it cannot listen.
pub async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?);
    let mut serving = JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        serving.spawn(async move {
            let Ok(mut socket) = accept_async(tcp).await else {
                return;
            };
            while let Some(Ok(message)) = socket.next().await {
                if message.is_close() || socket.send(message).await.is_err() {
                    return;
                }
            }
        });
        while serving.try_join_next().is_some() {}
    }
}
