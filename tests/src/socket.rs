//! A WebSocket that speaks frames.

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use kefu_proto::v1::{ClientFrame, Hello, ServerFrame, client_frame, server_frame};
use prost::Message as _;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::PATIENCE;

/// How frames are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Subprotocol kefu.v1.json.
    Json,
    /// Subprotocol kefu.v1.proto.
    Proto,
}

/// One connection.
pub struct Socket {
    codec: Codec,
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    refs: u64,
}

impl Socket {
    /// Connects, without a word yet.
    ///
    /// # Errors
    /// When the upgrade is refused.
    pub async fn connect(base: &str, codec: Codec) -> anyhow::Result<Self> {
        Self::connect_with(base, codec, false).await
    }

    /// The same; a `narrow` one has the smallest buffer that the kernel gives, so that little is
    /// on the way to a client that does not read.
    ///
    /// # Errors
    /// When the upgrade is refused.
    pub async fn connect_with(base: &str, codec: Codec, narrow: bool) -> anyhow::Result<Self> {
        let address = base.trim_start_matches("http://").parse()?;
        let tcp = TcpSocket::new_v4()?;
        if narrow {
            tcp.set_recv_buffer_size(1)?;
        }
        let tcp = timeout(PATIENCE, tcp.connect(address)).await??;
        tcp.set_nodelay(true)?;
        let url = format!("{}/ws", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        let name = match codec {
            Codec::Json => "kefu.v1.json",
            Codec::Proto => "kefu.v1.proto",
        };
        request
            .headers_mut()
            .insert("sec-websocket-protocol", name.parse()?);
        let upgrade = client_async(request, MaybeTlsStream::Plain(tcp));
        let (stream, _) = timeout(PATIENCE, upgrade).await??;
        Ok(Self {
            codec,
            stream,
            refs: 0,
        })
    }

    /// Connects and says hello; returns after the welcome.
    ///
    /// # Errors
    /// When either is refused.
    pub async fn hello(base: &str, codec: Codec, token: &str) -> anyhow::Result<Self> {
        let mut socket = Self::connect(base, codec).await?;
        socket.says_hello(token).await?;
        Ok(socket)
    }

    /// Says hello and waits for the welcome.
    ///
    /// # Errors
    /// When there is none.
    pub async fn says_hello(&mut self, token: &str) -> anyhow::Result<()> {
        let hello = Hello {
            token: token.into(),
            ..Hello::default()
        };
        self.send(client_frame::Body::Hello(hello)).await?;
        match self.next().await?.body {
            Some(server_frame::Body::Welcome(_)) => Ok(()),
            other => bail!("no welcome but {other:?}"),
        }
    }

    /// Sends a frame; returns its `ref`.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, body: client_frame::Body) -> anyhow::Result<u64> {
        self.refs += 1;
        let frame = ClientFrame {
            r#ref: self.refs,
            body: Some(body),
        };
        let message = match self.codec {
            Codec::Json => Message::text(serde_json::to_string(&frame)?),
            Codec::Proto => Message::binary(frame.encode_to_vec()),
        };
        self.raw(message).await?;
        Ok(self.refs)
    }

    /// Sends anything.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn raw(&mut self, message: Message) -> anyhow::Result<()> {
        self.stream
            .send(message)
            .await
            .context("the connection is gone")
    }

    /// The next frame.
    ///
    /// # Errors
    /// When the connection is closed, or nothing comes in [`PATIENCE`].
    pub async fn next(&mut self) -> anyhow::Result<ServerFrame> {
        loop {
            let message = timeout(PATIENCE, self.stream.next())
                .await
                .context("nothing came")?;
            match message.context("closed")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Binary(bytes) => return Ok(ServerFrame::decode(bytes)?),
                Message::Close(frame) => bail!("closed by the server: {frame:?}"),
                _ => {}
            }
        }
    }

    /// The close code, after reading everything before it.
    ///
    /// # Errors
    /// When the connection goes on or was cut without a code.
    pub async fn close_code(&mut self) -> anyhow::Result<u16> {
        loop {
            let message = timeout(PATIENCE, self.stream.next())
                .await
                .context("it goes on")?;
            match message.context("cut without a word")?? {
                Message::Close(Some(frame)) => return Ok(frame.code.into()),
                Message::Close(None) => bail!("closed without a code"),
                _ => {}
            }
        }
    }
}
