//! A WebSocket client.

use std::net::SocketAddr;

use futures::{SinkExt as _, StreamExt as _};
use kefu_proto::{
    snappy,
    v1::{
        Body, ClientFrame, Hello, Messages, Open, Ping, SendMessage, ServerFrame, Text, Welcome,
        body::Kind, client_frame::Body as Up, server_frame::Body as Down,
    },
};
use prost::Message as _;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::PATIENCE;

/// How a socket ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    pub code: u16,
    /// The goodbye's word.
    pub word: String,
    pub reconnect_after_ms: u32,
}

pub struct Wire {
    pub stream: WebSocketStream<TcpStream>,
    /// What the server has chosen.
    pub subprotocol: String,
    /// Of the last message, as it came.
    pub last: Vec<u8>,
    next: u64,
}

/// Whatever a test's server sends.
const FRAME_BYTES_MAX: usize = 16 << 20;

impl Wire {
    pub async fn connect(
        address: SocketAddr,
        subprotocol: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let mut request = format!("ws://{address}/ws")
            .into_client_request()
            .expect("a request");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).expect("a header"));
        }
        if !subprotocol.is_empty() {
            let value = HeaderValue::from_str(subprotocol).expect("a header");
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        let stream = TcpStream::connect(address).await.expect("a connection");
        let (stream, answer) = client_async(request, stream).await?;
        let chosen = &answer.headers()["sec-websocket-protocol"];
        Ok(Self {
            stream,
            subprotocol: chosen.to_str().expect("a name").into(),
            last: Vec::new(),
            next: 0,
        })
    }

    pub async fn raw(&mut self, message: Message) {
        // The server may have hung up already; what it said is still to be read.
        let _ = self.stream.send(message).await;
    }

    /// Sends a frame and returns its ref.
    pub async fn say(&mut self, body: Up) -> u64 {
        self.next += 1;
        let frame = ClientFrame {
            r#ref: self.next,
            body: Some(body),
        };
        let json = || serde_json::to_string(&frame).expect("JSON");
        let message = match self.subprotocol.as_str() {
            "kefu.v1.json" => Message::Text(json().into()),
            "kefu.v1.json+snappy" => Message::Binary(snappy::pack(json().as_bytes(), 0).into()),
            "kefu.v1.proto" => Message::Binary(frame.encode_to_vec().into()),
            _ => Message::Binary(snappy::pack(&frame.encode_to_vec(), 0).into()),
        };
        self.raw(message).await;
        self.next
    }

    pub async fn hello(&mut self, token: &str) -> Welcome {
        self.say(Up::Hello(Hello {
            token: token.into(),
            language: "en".into(),
            ..Hello::default()
        }))
        .await;
        match self.hear().await.body {
            Some(Down::Welcome(welcome)) => welcome,
            other => panic!("expected a welcome, got {other:?}"),
        }
    }

    pub async fn open(&mut self, conversation_id: u64, after_seq: u64) -> u64 {
        self.say(Up::Open(Open {
            conversation_id,
            after_seq,
            ..Open::default()
        }))
        .await
    }

    pub async fn send_text(&mut self, conversation_id: u64, client_id: &str, text: &str) -> u64 {
        let kind = Kind::Text(Text {
            text: text.into(),
            ..Default::default()
        });
        let body = Some(Body { kind: Some(kind) });
        self.say(Up::Send(SendMessage {
            conversation_id,
            client_id: client_id.into(),
            body,
            ..SendMessage::default()
        }))
        .await
    }

    /// The next frame.
    pub async fn hear(&mut self) -> ServerFrame {
        match self.next().await {
            Ok(frame) => frame,
            Err(closed) => panic!("closed: {closed:?}"),
        }
    }

    /// The next frame that `wanted` picks; others are passed over.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(Down) -> Option<T>) -> T {
        loop {
            let frame = self.hear().await;
            if let Some(found) = frame.body.and_then(&mut wanted) {
                return found;
            }
        }
    }

    /// What comes until a ping, which is said now, is answered; of each body what is wanted.
    pub async fn heard<T>(&mut self, mut wanted: impl FnMut(Down) -> Option<T>) -> Vec<T> {
        let asked = self.say(Up::Ping(Ping::default())).await;
        let mut heard = Vec::new();
        loop {
            let frame = self.hear().await;
            match frame.body {
                Some(Down::Pong(_)) if frame.r#ref == asked => return heard,
                Some(body) => heard.extend(wanted(body)),
                None => {}
            }
        }
    }

    /// Reads messages until one has this sequence; returns all sequences in between.
    pub async fn seqs_until(&mut self, last: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        while seen.last().is_none_or(|seq| *seq < last) {
            let page: Messages = self
                .until(|body| match body {
                    Down::Messages(messages) => Some(messages),
                    _ => None,
                })
                .await;
            seen.extend(page.messages.iter().map(|message| message.seq));
        }
        seen
    }

    /// Reads until the end.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.next().await {
                return closed;
            }
        }
    }

    /// The frame of a binary message.
    fn read(&mut self, bytes: &[u8]) -> ServerFrame {
        bytes.clone_into(&mut self.last);
        let Some(codec) = self.subprotocol.strip_suffix(snappy::SUFFIX) else {
            return ServerFrame::decode(bytes).expect("a frame");
        };
        let frame = snappy::unpack(bytes, FRAME_BYTES_MAX).expect("a frame");
        match codec {
            "kefu.v1.json" => serde_json::from_slice(&frame).expect("JSON"),
            _ => ServerFrame::decode(&*frame).expect("Protobuf"),
        }
    }

    async fn next(&mut self) -> Result<ServerFrame, Closed> {
        let mut goodbye = None;
        loop {
            let item = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            let frame = match item.expect("something in time") {
                Some(Ok(Message::Binary(bytes))) => self.read(&bytes),
                Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("a frame"),
                Some(Ok(Message::Close(close))) => {
                    let code = close.map_or(1005, |close| close.code.into());
                    let goodbye: kefu_proto::v1::Goodbye = goodbye.unwrap_or_default();
                    let word = goodbye
                        .problem
                        .map(|problem| problem.code)
                        .unwrap_or_default();
                    return Err(Closed {
                        code,
                        word,
                        reconnect_after_ms: goodbye.reconnect_after_ms,
                    });
                }
                Some(Ok(_)) => continue,
                other => panic!("the connection broke without a close: {other:?}"),
            };
            match frame.body {
                Some(Down::Goodbye(words)) => goodbye = Some(words),
                _ => return Ok(frame),
            }
        }
    }
}
