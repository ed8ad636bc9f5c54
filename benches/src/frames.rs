//! A WebSocket without the comforts: small buffers, no delay.

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Bytes, Message, client::IntoClientRequest as _, protocol::WebSocketConfig},
};

/// As large as a few messages: thousands of connections are held.
const BUFFER_BYTES: usize = 4 * 1024;

/// One connection.
#[derive(Debug)]
pub struct Frames {
    stream: WebSocketStream<TcpStream>,
}

impl Frames {
    /// Connects to `ws://{address}{path}`, asking for a subprotocol if one is named.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(address: &str, path: &str, subprotocol: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        if !subprotocol.is_empty() {
            let headers = request.headers_mut();
            headers.insert("sec-websocket-protocol", subprotocol.parse()?);
        }
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let (stream, _) = client_async_with_config(request, tcp, Some(config)).await?;
        Ok(Self { stream })
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn write(&mut self, message: Message) -> anyhow::Result<()> {
        self.stream
            .send(message)
            .await
            .context("the connection is gone")
    }

    /// The next frame with something in it. May be dropped half way.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn read(&mut self) -> anyhow::Result<Bytes> {
        loop {
            match self
                .stream
                .next()
                .await
                .context("the connection was closed")??
            {
                Message::Text(text) => return Ok(text.into()),
                Message::Binary(bytes) => return Ok(bytes),
                Message::Close(frame) => bail!("closed by the server: {frame:?}"),
                _ => {}
            }
        }
    }
}
