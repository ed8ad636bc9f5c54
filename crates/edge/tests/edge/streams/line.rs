//! A client of such connections, for tests.

use kefu_proto::v1::{
    Body, ClientFrame, DownFrames, Hello, Open, SendMessage, ServerFrame, Text, UpFrames,
    body::Kind, client_frame::Body as Up, server_frame::Body as Down,
};
use prost::Message as _;
use reqwest::Response;

use crate::support::{Edge, PATIENCE};

/// A connection of a test.
pub struct Line<'a> {
    edge: &'a Edge,
    json: bool,
    pub name: String,
    pub after: u64,
    refs: u64,
}

pub fn hello(token: &str) -> Up {
    Up::Hello(Hello {
        token: token.into(),
        ..Hello::default()
    })
}

pub fn open(conversation_id: u64, after_seq: u64) -> Up {
    Up::Open(Open {
        conversation_id,
        after_seq,
        ..Open::default()
    })
}

pub fn says(conversation_id: u64, client_id: &str) -> Up {
    let text = Text {
        text: client_id.into(),
        ..Default::default()
    };
    Up::Send(SendMessage {
        conversation_id,
        client_id: client_id.into(),
        body: Some(Body {
            kind: Some(Kind::Text(text)),
        }),
        ..SendMessage::default()
    })
}

impl<'a> Line<'a> {
    /// Begins with these frames; the first answer.
    pub async fn begin(edge: &'a Edge, json: bool, bodies: Vec<Up>) -> (Self, DownFrames) {
        let mut line = Self {
            edge,
            json,
            name: String::new(),
            after: 0,
            refs: 0,
        };
        let protocol = if json {
            "kefu.v1.json"
        } else {
            "kefu.v1.proto"
        };
        let path = format!("/stream?protocol=kefu.v9.json,{protocol}");
        let answer = line.post(&path, bodies).await;
        assert_eq!(answer.status(), 200);
        let told = line.read(answer).await;
        line.name = told.stream.clone();
        (line, told)
    }

    /// Begins and is welcomed.
    pub async fn welcomed(edge: &'a Edge, json: bool, token: &str) -> Self {
        let (mut line, told) = Self::begin(edge, json, vec![hello(token)]).await;
        assert_eq!((told.first, told.close_code), (1, 0));
        assert!(matches!(&told.frames[0].body, Some(Down::Welcome(_))));
        assert!(line.name.len() > 40, "it is a secret");
        line.after = 1;
        line
    }

    pub async fn post(&mut self, path: &str, bodies: Vec<Up>) -> Response {
        let frames = bodies.into_iter().map(|body| {
            self.refs += 1;
            ClientFrame {
                r#ref: self.refs,
                body: Some(body),
            }
        });
        let ups = UpFrames {
            frames: frames.collect(),
        };
        let (media, body) = if self.json {
            ("application/json", serde_json::to_vec(&ups).expect("JSON"))
        } else {
            ("application/x-protobuf", ups.encode_to_vec())
        };
        let request = self.edge.http.post(self.edge.url(path));
        let request = request.header("content-type", media).body(body);
        request.send().await.expect("an answer")
    }

    pub async fn up(&mut self, bodies: Vec<Up>) {
        let path = format!("/stream/frames?stream={}", self.name);
        assert_eq!(self.post(&path, bodies).await.status(), 204);
    }

    pub async fn read(&self, answer: Response) -> DownFrames {
        let media = answer.headers()["content-type"].to_str().expect("words");
        let expected = if self.json {
            "application/json"
        } else {
            "application/x-protobuf"
        };
        assert_eq!(media, expected);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let bytes = answer.bytes().await.expect("a body");
        if self.json {
            serde_json::from_slice(&bytes).expect("frames")
        } else {
            DownFrames::decode(bytes).expect("frames")
        }
    }

    pub async fn asks(&self, after: u64) -> Response {
        let path = format!("/stream/poll?stream={}&after={after}", self.name);
        let request = self.edge.http.get(self.edge.url(&path));
        request.send().await.expect("an answer")
    }

    /// What comes next; it is acknowledged by the poll after this.
    pub async fn poll(&mut self) -> DownFrames {
        let answer = self.asks(self.after).await;
        assert_eq!(answer.status(), 200);
        let told = self.read(answer).await;
        assert_eq!(told.first, self.after + 1);
        assert_eq!(told.stream, "", "told once");
        self.after += told.frames.len() as u64;
        told
    }

    /// Polls until a frame is what is wanted.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            let told = self.poll().await;
            assert_eq!(told.close_code, 0, "it goes on");
            if let Some(found) = told.frames.iter().find_map(&mut wanted) {
                return found;
            }
        }
    }

    /// Polls until the end: the code, and the last word.
    pub async fn closed(&mut self) -> (u32, String) {
        let mut word = String::new();
        loop {
            let told = self.poll().await;
            for frame in told.frames {
                if let Some(Down::Goodbye(goodbye)) = frame.body {
                    word = goodbye.problem.unwrap_or_default().code;
                }
            }
            if told.close_code > 0 {
                return (told.close_code, word);
            }
        }
    }
}

pub fn seqs(frames: &[ServerFrame]) -> Vec<u64> {
    let batches = frames.iter().filter_map(|frame| match &frame.body {
        Some(Down::Messages(batch)) => Some(batch),
        _ => None,
    });
    let messages = batches.flat_map(|batch| &batch.messages);
    messages.map(|message| message.seq).collect()
}

/// One event as browsers read them.
#[derive(Debug, Default)]
pub struct Event {
    pub id: Option<u64>,
    pub event: String,
    pub data: String,
}

pub struct Events {
    response: Response,
    text: String,
}

pub async fn events_of(edge: &Edge, name: &str, last: u64) -> Events {
    let url = edge.url(&format!("/stream/events?stream={name}"));
    let request = edge.http.get(url).header("last-event-id", last);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let media = response.headers()["content-type"].to_str().expect("words");
    assert!(media.starts_with("text/event-stream"), "{media}");
    Events {
        response,
        text: String::new(),
    }
}

impl Events {
    /// The next event that says something.
    pub async fn next(&mut self) -> Event {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let lines = self.text.drain(..end + 2).collect::<String>();
                let mut event = Event {
                    event: "message".into(),
                    ..Event::default()
                };
                for line in lines.lines() {
                    let (field, value) = line.split_once(':').unwrap_or((line, ""));
                    let value = value.strip_prefix(' ').unwrap_or(value);
                    match field {
                        "id" => event.id = value.parse().ok(),
                        "event" => event.event = value.into(),
                        "data" => event.data.push_str(value),
                        _ => {}
                    }
                }
                if !event.data.is_empty() {
                    return event;
                }
            }
            let more = tokio::time::timeout(PATIENCE, self.response.chunk());
            let more = more.await.expect("in time").expect("no break");
            let more = more.expect("it goes on");
            self.text += std::str::from_utf8(&more).expect("UTF-8");
        }
    }

    /// The code with which it ends, and nothing after it.
    pub async fn closed(&mut self) -> String {
        loop {
            let told = self.next().await;
            if told.event == "close" {
                let rest = self.response.chunk().await;
                assert!(self.text.trim().is_empty() && matches!(rest, Ok(None)));
                return told.data;
            }
        }
    }
}
