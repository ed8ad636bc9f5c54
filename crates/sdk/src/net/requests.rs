//! A connection over HTTP: frames go up by POST, one after the other, and come down by reading.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use kefu_proto::v1::{ClientFrame, DownFrames, ServerFrame};
use prost::Message as _;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{
    Answer, Codec, Down, Target, Transport, closed_with, ended,
    events::{Event, Parser},
};
use crate::{Problem, machine::LinkEnd};

/// A poll is answered within 25 s.
const POLL: Duration = Duration::from_secs(40);
/// An event stream says every 15 s that it lives.
const QUIET: Duration = Duration::from_secs(40);
/// So much goes up at once at most: the server takes 64 KiB.
const FRAMES_MAX: usize = 32;
const BYTES_MAX: usize = 48 * 1024;
/// What fails is tried again so often, with what it has, before the link is given up.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(400);

/// One answer without an end that brings frames down as events, and POSTs that bring them up.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventStream;

/// Where nothing else gets through: one question after the other, answered when there is something.
#[derive(Debug, Clone, Copy, Default)]
pub struct LongPoll;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// All frames come as events, the welcome too: something on the way that keeps events back until
    /// the answer ends shows at once, and not when a message is late.
    Events,
    Polls,
}

impl Transport for EventStream {
    fn name(&self) -> &'static str {
        "sse"
    }

    fn carry(
        &self,
        target: Arc<Target>,
        up: mpsc::Receiver<ClientFrame>,
        down: Down,
    ) -> BoxFuture<'static, LinkEnd> {
        carry(target, up, down, Reading::Events).boxed()
    }
}

impl Transport for LongPoll {
    fn name(&self) -> &'static str {
        "long-poll"
    }

    fn carry(
        &self,
        target: Arc<Target>,
        up: mpsc::Receiver<ClientFrame>,
        down: Down,
    ) -> BoxFuture<'static, LinkEnd> {
        carry(target, up, down, Reading::Polls).boxed()
    }
}

async fn carry(
    target: Arc<Target>,
    mut up: mpsc::Receiver<ClientFrame>,
    down: Down,
    reading: Reading,
) -> LinkEnd {
    // There is nothing to open: the first frame begins the connection.
    if !down.opened().await {
        return ended("hung up");
    }
    let Some(first) = up.recv().await else {
        return ended("hung up");
    };
    let link = Link {
        target,
        down,
        stream: String::new(),
        arrived: AtomicU64::new(0),
    };
    let begun = match link.begin(first).await {
        Ok(begun) => begun,
        Err(end) => return end,
    };
    let link = Link {
        stream: begun.stream.clone(),
        ..link
    };
    let takes_first = reading == Reading::Polls || begun.close_code > 0;
    if takes_first && let Err(end) = link.take(begun).await {
        return end;
    }
    let end = tokio::select! {
        end = link.write(&mut up) => end,
        end = link.read(reading) => end,
    };
    let is_left = end
        .as_ref()
        .is_none_or(|end| !end.detail.starts_with("closed"));
    if is_left {
        // It would end by itself, later.
        let left = link.call(Method::DELETE, "/stream", Vec::new());
        let patience = Duration::from_millis(link.target.limits.close_ms);
        let _ = timeout(patience, left).await;
    }
    end.unwrap_or_else(|| ended("hung up"))
}

struct Link {
    target: Arc<Target>,
    down: Down,
    /// The connection's secret name.
    stream: String,
    /// Up to this number all frames have arrived.
    arrived: AtomicU64,
}

/// What a request came to.
enum Failure {
    /// It did not get through; it may the next time.
    Lost(String),
    /// It was refused.
    Refused(LinkEnd),
}

impl Link {
    async fn begin(&self, first: ClientFrame) -> Result<DownFrames, LinkEnd> {
        let codec = self.target.codec;
        let path = format!("/stream?protocol={}", codec.protocol());
        match self.post(&path, codec.up(vec![first])).await {
            Ok(answer) => codec.read_down(&answer.bytes).map_err(ended),
            Err(Failure::Lost(why)) => Err(ended(why)),
            Err(Failure::Refused(end)) => Err(end),
        }
    }

    /// Frames go up until nobody has any more: then there is no end to tell.
    async fn write(&self, up: &mut mpsc::Receiver<ClientFrame>) -> Option<LinkEnd> {
        let codec = self.target.codec;
        let mut held = None;
        loop {
            let mut frames = vec![match held.take() {
                Some(frame) => frame,
                None => up.recv().await?,
            }];
            let mut bytes = codec.frame(&frames[0]).len();
            while frames.len() < FRAMES_MAX
                && let Ok(frame) = up.try_recv()
            {
                bytes += codec.frame(&frame).len() + 1;
                if bytes > BYTES_MAX {
                    held = Some(frame);
                    break;
                }
                frames.push(frame);
            }
            let body = codec.up(frames);
            let mut tries = 0;
            loop {
                match self.post("/stream/frames", body.clone()).await {
                    Ok(_) => break,
                    Err(Failure::Refused(end)) => return Some(end),
                    Err(Failure::Lost(why)) if tries + 1 >= TRIES => return Some(ended(why)),
                    Err(Failure::Lost(_)) => tries += 1,
                }
                sleep(PAUSE * tries).await;
            }
        }
    }

    async fn read(&self, reading: Reading) -> Option<LinkEnd> {
        let mut failures = 0;
        loop {
            let before = self.arrived.load(Ordering::Relaxed);
            let read = match reading {
                Reading::Events => self.events().await,
                Reading::Polls => self.poll().await,
            };
            let has_come = self.arrived.load(Ordering::Relaxed) > before;
            match read {
                Ok(()) => failures = 0,
                Err(Failure::Refused(end)) => {
                    // It worked until now: that says nothing against this way.
                    return Some(LinkEnd {
                        unusable: false,
                        ..end
                    });
                }
                Err(Failure::Lost(why)) => {
                    failures = if has_come { 1 } else { failures + 1 };
                    if failures >= TRIES {
                        return Some(ended(why));
                    }
                }
            }
            // An answer that ends at once with nothing in it must not become a flood of questions.
            if failures > 0 || (reading == Reading::Events && !has_come) {
                sleep(PAUSE * failures.max(1)).await;
            }
        }
    }

    async fn poll(&self) -> Result<(), Failure> {
        let connections = &self.target.connections;
        let request = connections.request(Method::GET, &self.path("/stream/poll"));
        let answer = connections.ask(request, Vec::new(), POLL).await;
        let answer = answer.map_err(lost)?;
        good(answer.status, &answer.headers)?;
        let read = self.target.codec.read_down(&answer.bytes);
        let down = read.map_err(|why| Failure::Refused(ended(why)))?;
        self.take(down).await.map_err(Failure::Refused)
    }

    async fn events(&self) -> Result<(), Failure> {
        let silent = |_| Failure::Lost("the events fell silent".into());
        let connections = &self.target.connections;
        let request = connections.request(Method::GET, &self.path("/stream/events"));
        let opened = timeout(QUIET, connections.open(request, Vec::new())).await;
        let response = opened.map_err(silent)?.map_err(lost)?;
        good(response.status(), response.headers())?;
        let mut body = response.into_body();
        let mut parser = Parser::default();
        loop {
            let frame = timeout(QUIET, body.frame()).await.map_err(silent)?;
            let Some(frame) = frame else {
                return Ok(());
            };
            let frame = frame.map_err(|error| Failure::Lost(error.to_string()))?;
            // Anything else is a trailer.
            let Some(piece) = frame.data_ref() else {
                continue;
            };
            for event in parser.take(piece) {
                self.take(self.of(&event)?)
                    .await
                    .map_err(Failure::Refused)?;
            }
            if parser.waiting() > 2 * self.target.limits.frame_bytes_max {
                return Err(Failure::Refused(ended("an event without an end")));
            }
        }
    }

    fn of(&self, event: &Event) -> Result<DownFrames, Failure> {
        let bad = |why: String| Failure::Refused(ended(format!("not an event: {why}")));
        if event.name == "close" {
            let code = event.data.parse();
            return Ok(DownFrames {
                close_code: code.map_err(|_| bad(event.data.clone()))?,
                ..DownFrames::default()
            });
        }
        let bytes = match self.target.codec {
            Codec::Json => event.data.clone().into_bytes(),
            Codec::Proto => STANDARD
                .decode(&event.data)
                .map_err(|error| bad(error.to_string()))?,
        };
        let frame = match self.target.codec {
            Codec::Json => serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string())),
            Codec::Proto => {
                ServerFrame::decode(bytes.as_slice()).map_err(|error| bad(error.to_string()))
            }
        }?;
        Ok(DownFrames {
            first: event.id.parse().map_err(|_| bad(event.id.clone()))?,
            frames: vec![frame],
            ..DownFrames::default()
        })
    }

    /// Frames came down. Those that came before are passed over.
    async fn take(&self, down: DownFrames) -> Result<(), LinkEnd> {
        for (number, frame) in (down.first..).zip(down.frames) {
            let arrived = self.arrived.load(Ordering::Relaxed);
            if number <= arrived {
                continue;
            }
            if number > arrived + 1 {
                return Err(ended("frames are missing"));
            }
            self.arrived.store(number, Ordering::Relaxed);
            if !self.down.frame(frame).await {
                return Err(ended("hung up"));
            }
        }
        match u16::try_from(down.close_code) {
            Ok(0) => Ok(()),
            Ok(code) => Err(closed_with(code)),
            Err(_) => Err(ended("closed")),
        }
    }

    fn path(&self, path: &str) -> String {
        // The stream's name has no letter that a query must quote.
        let (stream, after) = (&self.stream, self.arrived.load(Ordering::Relaxed));
        format!("{path}?stream={stream}&after={after}")
    }

    async fn post(&self, path: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        self.call(Method::POST, path, body).await
    }

    async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Answer, Failure> {
        let path = if path.contains('?') {
            path.to_owned()
        } else {
            self.path(path)
        };
        let patience = Duration::from_millis(self.target.limits.rest_ms);
        let connections = &self.target.connections;
        let request = connections
            .request(method, &path)
            .header(header::CONTENT_TYPE, self.target.codec.content_type());
        let answer = connections.ask(request, body, patience).await;
        let answer = answer.map_err(lost)?;
        let judged = good(answer.status, &answer.headers);
        judged.map(|()| answer).map_err(|failure| match failure {
            // Before there is a connection: a server, or something before it, that does not know
            // this way.
            Failure::Refused(end) if self.stream.is_empty() => Failure::Refused(LinkEnd {
                unusable: end.unusable && end.retry_after_ms == 0,
                ..end
            }),
            Failure::Refused(end) => Failure::Refused(LinkEnd {
                unusable: false,
                ..end
            }),
            lost @ Failure::Lost(_) => lost,
        })
    }
}

fn lost(problem: Problem) -> Failure {
    // The name of the connection is a secret, and part of the address, which no problem has.
    Failure::Lost(problem.to_string())
}

fn good(status: StatusCode, headers: &HeaderMap) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    let seconds = headers.get(header::RETRY_AFTER);
    let seconds: Option<u64> = seconds.and_then(|it| it.to_str().ok()?.parse().ok());
    Err(Failure::Refused(LinkEnd {
        unusable: status.as_u16() >= 400 && status.as_u16() != 429,
        retry_after_ms: seconds.map_or(0, |s| s.saturating_mul(1_000)),
        ..ended(format!("the server answered with {status}"))
    }))
}
