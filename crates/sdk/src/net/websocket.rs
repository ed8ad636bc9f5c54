//! `/ws` of the server: one frame is one message.

use std::{borrow::Cow, sync::Arc, time::Duration};

use futures::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture};
use kefu_proto::{
    snappy,
    v1::{ClientFrame, ServerFrame},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message, Utf8Bytes,
        client::IntoClientRequest as _,
        http::{HeaderMap, HeaderValue, StatusCode},
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{Codec, Down, Target, Transport, closed_with, connections::Line, ended};
use crate::machine::LinkEnd;

/// What is offered, and what was chosen.
const PROTOCOL: &str = "sec-websocket-protocol";
/// What was received was no frame.
const BAD_FRAME: u16 = 4400;

/// The best transport, where it gets through.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebSocket;

impl Transport for WebSocket {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn carry(
        &self,
        target: Arc<Target>,
        mut up: mpsc::Receiver<ClientFrame>,
        down: Down,
    ) -> BoxFuture<'static, LinkEnd> {
        async move {
            let mut link = tokio::select! {
                connected = connect(&target) => match connected {
                    Ok(link) => link,
                    Err(end) => return end,
                },
                // Given up before it was there.
                () = gone(&mut up) => return ended("hung up"),
            };
            if !down.opened().await {
                return ended("hung up");
            }
            link.run(&mut up, &down).await
        }
        .boxed()
    }
}

/// Until the other side lets go; nothing is sent before `opened`.
async fn gone(up: &mut mpsc::Receiver<ClientFrame>) {
    while up.recv().await.is_some() {}
}

async fn connect(target: &Arc<Target>) -> Result<Link, LinkEnd> {
    let line = target.connections.dial().await.map_err(ended)?;
    let url = target.connections.socket_url();
    let mut request = url.into_client_request().map_err(ended)?;
    let offer = target.codec.offer(target.compression);
    let offer = HeaderValue::try_from(offer).map_err(ended)?;
    request.headers_mut().insert(PROTOCOL, offer);
    let config = WebSocketConfig::default()
        .read_buffer_size(target.limits.read_buffer_bytes)
        .write_buffer_size(0)
        .max_message_size(Some(target.limits.frame_bytes_max))
        .max_frame_size(Some(target.limits.frame_bytes_max));
    match client_async_with_config(request, line, Some(config)).await {
        Ok((stream, answer)) => {
            let chosen = answer.headers().get(PROTOCOL);
            let chosen = chosen.and_then(|it| it.to_str().ok()).unwrap_or_default();
            Ok(Link {
                stream,
                target: target.clone(),
                is_compressed: chosen.ends_with(snappy::SUFFIX),
            })
        }
        Err(Error::Http(response)) => Err(refused(response.status(), response.headers())),
        Err(error) => Err(ended(error)),
    }
}

/// The upgrade was answered with something else.
fn refused(status: StatusCode, headers: &HeaderMap) -> LinkEnd {
    let retry_after_ms = retry_after_ms(headers);
    LinkEnd {
        // A proxy that knows no WebSocket answers so; a server that has enough says for how long.
        unusable: retry_after_ms == 0 && !status.is_server_error(),
        retry_after_ms,
        ..ended(format!("the upgrade was answered with {status}"))
    }
}

fn retry_after_ms(headers: &HeaderMap) -> u64 {
    let seconds = headers.get("retry-after").and_then(|it| it.to_str().ok());
    let seconds: Option<u64> = seconds.and_then(|text| text.parse().ok());
    seconds.map_or(0, |s| s.saturating_mul(1_000))
}

/// A WebSocket that stands.
struct Link {
    stream: WebSocketStream<Line>,
    target: Arc<Target>,
    /// Frames may be compressed, in both directions.
    is_compressed: bool,
}

impl Link {
    async fn run(&mut self, up: &mut mpsc::Receiver<ClientFrame>, down: &Down) -> LinkEnd {
        loop {
            tokio::select! {
                frame = up.recv() => match frame {
                    Some(frame) => {
                        let message = self.message(&frame);
                        if let Err(error) = self.stream.send(message).await {
                            return ended(error);
                        }
                    }
                    None => {
                        self.close(CloseCode::Normal).await;
                        return ended("hung up");
                    }
                },
                message = self.stream.next() => {
                    let frame = match message {
                        Some(Ok(Message::Binary(bytes))) => self.frame(&bytes),
                        Some(Ok(Message::Text(_))) if self.is_compressed => Err("a text message".into()),
                        Some(Ok(Message::Text(text))) => self.frame(text.as_bytes()),
                        Some(Ok(Message::Close(frame))) => {
                            return frame.map_or_else(|| ended("closed"), |it| closed_with(it.code.into()));
                        }
                        Some(Ok(_)) => continue,
                        Some(Err(error)) => return ended(error),
                        None => return ended("cut"),
                    };
                    match frame {
                        Ok(frame) => {
                            if !down.frame(frame).await {
                                return ended("hung up");
                            }
                        }
                        Err(why) => {
                            self.close(CloseCode::from(BAD_FRAME)).await;
                            return ended(format!("not a frame: {why}"));
                        }
                    }
                }
            }
        }
    }

    /// A frame as it goes up.
    fn message(&self, frame: &ClientFrame) -> Message {
        let bytes = self.target.codec.frame(frame);
        if self.is_compressed {
            let above_bytes = self.target.limits.compress_above_bytes;
            return Message::binary(snappy::pack(&bytes, above_bytes));
        }
        match self.target.codec {
            Codec::Proto => Message::binary(bytes),
            Codec::Json => Message::text(String::from_utf8(bytes).unwrap_or_default()),
        }
    }

    /// A frame that came down.
    fn frame(&self, bytes: &[u8]) -> Result<ServerFrame, String> {
        let frame = if self.is_compressed {
            let frame = snappy::unpack(bytes, self.target.limits.frame_bytes_max);
            frame.map_err(|error| error.to_string())?
        } else {
            Cow::Borrowed(bytes)
        };
        self.target.codec.read_frame(&frame)
    }

    /// Says goodbye, and waits a moment for the answer.
    async fn close(&mut self, code: CloseCode) {
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::default(),
        };
        let stream = &mut self.stream;
        let said = async {
            if stream.close(Some(frame)).await.is_ok() {
                while let Some(Ok(_)) = stream.next().await {}
            }
        };
        let _ = timeout(Duration::from_millis(self.target.limits.close_ms), said).await;
    }
}
