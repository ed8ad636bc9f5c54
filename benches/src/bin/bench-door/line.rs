//! One connection to the service, over Protobuf.

use std::time::Duration;

use anyhow::Context as _;
use kefu_benches::frames::Frames;
use kefu_proto::v1::{
    ClientFrame, Hello, Open, SendMessage, ServerFrame, client_frame, server_frame,
};
use kefu_tests::text;
use prost::Message as _;
use tokio_tungstenite::tungstenite::{self, Message};

/// Frames both ways; each that went is kept when asked for.
#[derive(Debug)]
pub struct Line {
    frames: Frames,
    reference: u64,
    /// All frames of this line, if they are to be kept.
    pub record: Option<Record>,
}

/// What went over a line.
#[derive(Debug, Default)]
pub struct Record {
    pub up: Vec<ClientFrame>,
    pub down: Vec<ServerFrame>,
}

impl Line {
    /// Connects, says hello, waits for the welcome.
    ///
    /// # Errors
    /// With the server's word, when it is refused.
    pub async fn enter(address: &str, token: &str, record: bool) -> anyhow::Result<Self> {
        let frames = Frames::connect(address, "/ws", "kefu.v1.proto").await?;
        let mut line = Self {
            frames,
            reference: 0,
            record: record.then(Record::default),
        };
        let hello = Hello {
            token: token.to_owned(),
            language: "zh".to_owned(),
            device_id: "bench".to_owned(),
        };
        line.write(client_frame::Body::Hello(hello)).await?;
        line.until(|body| matches!(body, server_frame::Body::Welcome(_)))
            .await?;
        Ok(line)
    }

    /// Opens a conversation from its beginning.
    ///
    /// # Errors
    /// With the server's word, when it is refused.
    pub async fn open(&mut self, conversation_id: u64) -> anyhow::Result<()> {
        let open = Open {
            conversation_id,
            ..Open::default()
        };
        self.write(client_frame::Body::Open(open)).await?;
        self.until(|body| matches!(body, server_frame::Body::Opened(_)))
            .await
    }

    /// Says these words.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn say(&mut self, conversation_id: u64, words: &str) -> anyhow::Result<()> {
        let send = SendMessage {
            conversation_id,
            client_id: format!("b{}", self.reference + 1),
            body: Some(text(words)),
            ..SendMessage::default()
        };
        self.write(client_frame::Body::Send(send)).await
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn write(&mut self, body: client_frame::Body) -> anyhow::Result<()> {
        self.reference += 1;
        let frame = ClientFrame {
            r#ref: self.reference,
            body: Some(body),
        };
        let bytes = frame.encode_to_vec();
        if let Some(record) = &mut self.record {
            record.up.push(frame);
        }
        self.frames.write(Message::binary(bytes)).await
    }

    /// What comes next. May be dropped half way.
    ///
    /// # Errors
    /// When the connection is closed, with the server's word where it gave one.
    pub async fn next(&mut self) -> anyhow::Result<server_frame::Body> {
        let frame = ServerFrame::decode(self.frames.read().await?)?;
        if let Some(record) = &mut self.record {
            record.down.push(frame.clone());
        }
        match frame.body.context("an empty frame")? {
            server_frame::Body::Problem(problem) => {
                let refused = Refused::after_ms(problem.retry_after_ms);
                Err(anyhow::Error::new(refused).context(format!("{problem:?}")))
            }
            server_frame::Body::Goodbye(bye) => {
                let refused = Refused::after_ms(bye.reconnect_after_ms);
                Err(anyhow::Error::new(refused).context(format!("{bye:?}")))
            }
            body => Ok(body),
        }
    }

    /// Reads until this came.
    ///
    /// # Errors
    /// When the connection is closed before.
    pub async fn until(
        &mut self,
        wanted: impl Fn(&server_frame::Body) -> bool,
    ) -> anyhow::Result<()> {
        while !wanted(&self.next().await?) {}
        Ok(())
    }
}

/// The server does not serve this connection or frame now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// When it may be tried again, where the server said so.
    pub after: Option<Duration>,
}

impl Refused {
    fn after_ms(ms: u32) -> Self {
        Self {
            after: (ms > 0).then(|| Duration::from_millis(ms.into())),
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused; to be tried again after {:?}", self.after)
    }
}

impl std::error::Error for Refused {}

/// What the server said when it refused; none when the connection failed or broke by itself.
#[must_use]
pub fn refusal(error: &anyhow::Error) -> Option<Refused> {
    if let Some(refused) = error.downcast_ref::<Refused>() {
        return Some(*refused);
    }
    match error.downcast_ref::<tungstenite::Error>()? {
        tungstenite::Error::Http(response) => {
            let after = response.headers().get("retry-after");
            let seconds = after.and_then(|it| it.to_str().ok()?.parse().ok());
            Some(Refused {
                after: seconds.map(Duration::from_secs),
            })
        }
        _ => None,
    }
}
