//! `/ws` of the server: one frame is one message.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture};
use kefu_proto::v1::ClientFrame;
use tokio::{
    net::{TcpSocket, TcpStream, lookup_host},
    sync::mpsc,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message, Utf8Bytes,
        client::IntoClientRequest as _,
        http::{HeaderMap, HeaderValue, StatusCode},
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{Codec, Down, Target, Transport, closed_with, ended};
use crate::machine::LinkEnd;

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
            let mut stream = tokio::select! {
                connected = connect(&target) => match connected {
                    Ok(stream) => stream,
                    Err(end) => return end,
                },
                // Given up before it was there.
                () = gone(&mut up) => return ended("hung up"),
            };
            if !down.opened().await {
                return ended("hung up");
            }
            run(&mut stream, &target, &mut up, &down).await
        }
        .boxed()
    }
}

/// Until the other side lets go; nothing is sent before `opened`.
async fn gone(up: &mut mpsc::Receiver<ClientFrame>) {
    while up.recv().await.is_some() {}
}

async fn connect(target: &Target) -> Result<WebSocketStream<TcpStream>, LinkEnd> {
    let tcp = dial(target).await.map_err(ended)?;
    let url = format!("ws://{}/ws", target.authority());
    let mut request = url.into_client_request().map_err(ended)?;
    let protocol = HeaderValue::from_static(target.codec.protocol());
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let config = WebSocketConfig::default()
        .read_buffer_size(target.limits.read_buffer_bytes)
        .write_buffer_size(0)
        .max_message_size(Some(target.limits.frame_bytes_max))
        .max_frame_size(Some(target.limits.frame_bytes_max));
    match client_async_with_config(request, tcp, Some(config)).await {
        Ok((stream, _)) => Ok(stream),
        Err(Error::Http(response)) => Err(refused(response.status(), response.headers())),
        Err(error) => Err(ended(error)),
    }
}

/// From the address that connections shall come from.
async fn dial(target: &Target) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::other("the name has no address");
    for address in lookup_host(target.authority()).await? {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(source) = target.source {
            socket.bind(SocketAddr::new(source, 0))?;
        }
        match socket.connect(address).await {
            Ok(tcp) => {
                tcp.set_nodelay(true)?;
                return Ok(tcp);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
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

async fn run(
    stream: &mut WebSocketStream<TcpStream>,
    target: &Target,
    up: &mut mpsc::Receiver<ClientFrame>,
    down: &Down,
) -> LinkEnd {
    let codec = target.codec;
    loop {
        tokio::select! {
            frame = up.recv() => match frame {
                Some(frame) => {
                    if let Err(error) = stream.send(message(codec, &frame)).await {
                        return ended(error);
                    }
                }
                None => {
                    close(stream, target, CloseCode::Normal).await;
                    return ended("hung up");
                }
            },
            message = stream.next() => {
                let bytes = match message {
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Text(text))) => text.into(),
                    Some(Ok(Message::Close(frame))) => {
                        return frame.map_or_else(|| ended("closed"), |it| closed_with(it.code.into()));
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return ended(error),
                    None => return ended("cut"),
                };
                match codec.read_frame(&bytes) {
                    Ok(frame) => {
                        if !down.frame(frame).await {
                            return ended("hung up");
                        }
                    }
                    Err(why) => {
                        close(stream, target, CloseCode::from(BAD_FRAME)).await;
                        return ended(format!("not a frame: {why}"));
                    }
                }
            }
        }
    }
}

fn message(codec: Codec, frame: &ClientFrame) -> Message {
    let bytes = codec.frame(frame);
    match codec {
        Codec::Proto => Message::binary(bytes),
        Codec::Json => Message::text(String::from_utf8(bytes).unwrap_or_default()),
    }
}

/// Says goodbye, and waits a moment for the answer.
async fn close(stream: &mut WebSocketStream<TcpStream>, target: &Target, code: CloseCode) {
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::default(),
    };
    let said = async {
        if stream.close(Some(frame)).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    let _ = timeout(Duration::from_millis(target.limits.close_ms), said).await;
}
