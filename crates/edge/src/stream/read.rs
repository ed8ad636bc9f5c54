//! Frames coming down: a poll that waits a while, or events for as long as somebody listens.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{State, ws::Message},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{
    body,
    shelf::{Batch, Reader, Refusal},
    streams::Line,
    up::{Named, line},
};
use crate::{
    app::App,
    problem::{ApiError, problem},
};

/// An event stream says this often that it lives, for proxies and for its reader.
const COMMENT_EVERY: Duration = Duration::from_secs(15);
/// What a browser waits before it comes back to an event stream.
const COME_BACK: Duration = Duration::from_secs(1);
/// The code of an event stream that a newer reader has ended.
const SUPERSEDED: u16 = 4409;

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Superseded => problem("conflict", "another reader has begun").into(),
            Refusal::Ahead => Self::bad_request("no frame has had this number yet"),
            Refusal::Gone => {
                let words =
                    "frames after this number are not kept any longer: begin a new connection";
                Self::with_status(StatusCode::GONE, problem("not_found", words))
            }
        }
    }
}

/// `GET /stream/poll`: the frames after a number, when there are any, or none after a while.
pub(super) async fn poll(State(app): State<Arc<App>>, query: Named) -> Result<Response, ApiError> {
    let (line, asked) = line(&app, query)?;
    line.lives();
    line.shelf.acknowledge(asked.after);
    let reader = line.shelf.begin();
    let patience = Duration::from_secs(app.settings.limits.poll_s);
    let told = tokio::time::timeout(patience, line.shelf.next(reader, asked.after)).await;
    let batch = match told {
        Ok(told) => told?,
        Err(_) => Batch {
            first: asked.after + 1,
            frames: Vec::new(),
            closed: None,
        },
    };
    Ok(body::answer(line.codec, "", &batch))
}

/// `GET /stream/events`: the frames after a number, each an event, for as long as somebody listens.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Named,
) -> Result<Response, ApiError> {
    let (line, asked) = line(&app, query)?;
    line.lives();
    // A browser that comes back says by itself where it was; its address says where it began.
    let last = headers.get("last-event-id");
    let last = last.and_then(|last| last.to_str().ok()?.parse::<u64>().ok());
    let after = last.unwrap_or(0).max(asked.after);
    line.shelf.can_give(after)?;
    line.shelf.acknowledge(after);
    let reader = line.shelf.begin();
    let events = Sse::new(told(line, reader, after))
        .keep_alive(KeepAlive::new().interval(COMMENT_EVERY).text(""));
    let mut response = events.into_response();
    // nginx would gather events until it has a page of them.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    let headers = response.headers_mut();
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    Ok(response)
}

/// Where an event stream is.
enum At {
    After(u64),
    End,
}

fn told(
    line: Arc<Line>,
    reader: Reader,
    after: u64,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let batches = futures::stream::unfold(At::After(after), move |at| {
        let line = line.clone();
        async move {
            let At::After(after) = at else { return None };
            let (events, next) = match line.shelf.next(reader, after).await {
                Ok(batch) => {
                    let next = match batch.closed {
                        None => At::After(batch.last()),
                        Some(_) => At::End,
                    };
                    (events_of(&batch), next)
                }
                Err(refusal) => (vec![closed(code_of(refusal))], At::End),
            };
            Some((futures::stream::iter(events.into_iter().map(Ok)), next))
        }
    });
    let hint = futures::stream::once(async { Ok(Event::default().retry(COME_BACK)) });
    hint.chain(batches.flatten())
}

/// What was acknowledged cannot be had again, and what is not there yet never could.
const fn code_of(refusal: Refusal) -> u16 {
    match refusal {
        Refusal::Superseded => SUPERSEDED,
        Refusal::Gone | Refusal::Ahead => 4400,
    }
}

fn events_of(batch: &Batch) -> Vec<Event> {
    let frames = (batch.first..).zip(&batch.frames);
    let mut events: Vec<Event> = frames
        .map(|(number, frame)| {
            let event = Event::default().id(number.to_string());
            match frame {
                Message::Text(text) => event.data(text.as_str()),
                Message::Binary(bytes) => event.data(STANDARD.encode(bytes)),
                _ => event,
            }
        })
        .collect();
    events.extend(batch.closed.map(closed));
    events
}

fn closed(code: u16) -> Event {
    Event::default().event("close").data(code.to_string())
}
