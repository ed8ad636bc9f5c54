//! Kefu: Protobuf frames over a WebSocket.

use std::collections::VecDeque;

use anyhow::{Context as _, bail, ensure};
use kefu_benches::frames::Frames;
use kefu_proto::v1::{
    ClientFrame, Hello, Open, SendMessage, ServerFrame, client_frame, server_frame,
};
use kefu_tests::text;
use prost::Message as _;
use tokio_tungstenite::tungstenite::Message;

use crate::load::{Heard, Line, Place, WORDS};

/// One socket of a visitor.
#[derive(Debug)]
pub struct KefuLine {
    frames: Frames,
    conversation: u64,
    /// Sequence of the newest message that this socket got.
    seq: u64,
    heard: VecDeque<Heard>,
}

impl KefuLine {
    /// A socket that says hello; one that reads opens the conversation, too.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(
        address: &str,
        token: &str,
        conversation: u64,
        reads: bool,
    ) -> anyhow::Result<Self> {
        let frames = Frames::connect(address, "/ws", "kefu.v1.proto").await?;
        let mut line = Self {
            frames,
            conversation,
            seq: 0,
            heard: VecDeque::new(),
        };
        let hello = Hello {
            token: token.to_owned(),
            language: String::new(),
            device_id: String::new(),
        };
        line.write(1, client_frame::Body::Hello(hello)).await?;
        line.until(|body| matches!(body, server_frame::Body::Welcome(_)))
            .await?;
        if reads {
            let open = Open {
                conversation_id: conversation,
                ..Open::default()
            };
            line.write(2, client_frame::Body::Open(open)).await?;
            line.until(|body| matches!(body, server_frame::Body::Opened(_)))
                .await?;
        }
        Ok(line)
    }

    /// Whose socket it is.
    #[must_use]
    pub const fn conversation(&self) -> u64 {
        self.conversation
    }

    async fn write(&mut self, reference: u64, body: client_frame::Body) -> anyhow::Result<()> {
        let frame = ClientFrame {
            r#ref: reference,
            body: Some(body),
        };
        self.frames
            .write(Message::binary(frame.encode_to_vec()))
            .await
    }

    async fn until(&mut self, wanted: impl Fn(&server_frame::Body) -> bool) -> anyhow::Result<()> {
        loop {
            let frame = ServerFrame::decode(self.frames.read().await?)?;
            let body = frame.body.context("an empty frame")?;
            let done = wanted(&body);
            self.take(body)?;
            if done {
                return Ok(());
            }
        }
    }

    fn take(&mut self, body: server_frame::Body) -> anyhow::Result<()> {
        match body {
            server_frame::Body::Accepted(accepted) => {
                ensure!(!accepted.duplicate, "a new message was called a duplicate");
                let n = number(&accepted.client_id).context("whose acknowledgement is that?")?;
                let place = Place {
                    id: accepted.id,
                    seq: accepted.seq,
                };
                self.heard.push_back(Heard::Acknowledged(n, place));
            }
            server_frame::Body::Messages(batch) => {
                for message in batch.messages {
                    let due = self.seq + 1;
                    ensure!(
                        message.seq == due,
                        "sequence {} came where {due} was due",
                        message.seq
                    );
                    self.seq = due;
                    // Notices have no client's id.
                    if let Some(n) = number(&message.client_id) {
                        let place = Place {
                            id: message.id,
                            seq: message.seq,
                        };
                        self.heard.push_back(Heard::Delivered(n, place));
                    }
                }
            }
            server_frame::Body::Problem(problem) => bail!("refused: {problem:?}"),
            server_frame::Body::Goodbye(bye) => bail!("sent away: {bye:?}"),
            _ => {}
        }
        Ok(())
    }
}

impl Line for KefuLine {
    async fn say(&mut self, n: u64) -> anyhow::Result<()> {
        let send = SendMessage {
            conversation_id: self.conversation,
            client_id: client_id(n),
            body: Some(text(WORDS)),
            ..SendMessage::default()
        };
        self.write(n, client_frame::Body::Send(send)).await
    }

    async fn hear(&mut self) -> anyhow::Result<Heard> {
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Ok(heard);
            }
            let frame = ServerFrame::decode(self.frames.read().await?)?;
            self.take(frame.body.context("an empty frame")?)?;
        }
    }
}

/// The client's id of the n-th message.
#[must_use]
pub fn client_id(n: u64) -> String {
    format!("m{n}")
}

/// Which message has this client's id.
#[must_use]
pub fn number(client_id: &str) -> Option<u64> {
    client_id.strip_prefix('m')?.parse().ok()
}
