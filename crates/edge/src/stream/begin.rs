//! `POST /stream`: a connection begins with a hello, and its task lives until something ends it.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{Query, Request, State, rejection::QueryRejection},
    response::Response,
};
use futures::StreamExt as _;
use http::HeaderMap;
use kefu_proto::v1::client_frame::Body;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::{
    body,
    shelf::{Shelf, Top},
    streams::Line,
};
use crate::{
    app::App,
    door::Peer,
    problem::{ApiError, problem, unavailable},
    ws::{Codec, End, Heard, Seat, admit, talk, writer},
};

/// Frames that wait for the task; those behind them wait in their requests.
const UP_QUEUE: usize = 16;
/// How long what a connection said last can be read after its end.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// What the query names.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// Names of protocols, apart by commas, the one liked best first.
    #[serde(default)]
    protocol: String,
}

/// Takes the hello and what came with it; answered with the first frames down.
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    query: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Query(asked) = query.map_err(|_| ApiError::bad_request("the query cannot be read"))?;
    let mut names = asked.protocol.split(',').map(str::trim);
    let codec = names.find_map(Codec::of);
    let codec = codec.ok_or_else(|| Codec::none(!asked.protocol.is_empty()))?;
    let (cookie, seat) = admit(&app, peer, &headers)?;
    let frames = body::frames(&app, codec, request).await?;
    if !matches!(
        frames.first().and_then(|frame| frame.body.as_ref()),
        Some(Body::Hello(_))
    ) {
        return Err(problem("bad_frame", "hello must come first").into());
    }
    let name = app.entropy.secret();
    let (up, heard) = mpsc::channel(UP_QUEUE);
    let line = Arc::new(Line {
        codec,
        up,
        shelf: Arc::new(Shelf::default()),
        over: CancellationToken::new(),
    });
    app.streams.add(name.clone(), line.clone());
    tokio::spawn(serve(
        app.clone(),
        (name.clone(), line.clone()),
        heard,
        cookie,
        seat,
    ));
    for frame in frames {
        // An end meanwhile is read below.
        let _ = line.up.send(Ok(Some(frame))).await;
    }
    let reader = line.shelf.begin();
    let first = line.shelf.next(reader, 0).await;
    let batch = first.map_err(|_| unavailable())?;
    Ok(body::answer(codec, &name, &batch))
}

async fn serve(
    app: Arc<App>,
    (name, line): (String, Arc<Line>),
    heard: mpsc::Receiver<Heard>,
    cookie: String,
    seat: Seat,
) {
    let tracked = app.sockets.token();
    let limits = &app.settings.limits;
    let (frames, bytes) = (limits.outbox_frames_max, limits.outbox_bytes_max);
    let shelf = Top(line.shelf.clone());
    let (outbox, ending, writing) = writer(shelf, line.codec.into(), frames, bytes);
    let until_over = line.over.clone().cancelled_owned();
    let mut heard = ReceiverStream::new(heard).take_until(Box::pin(until_over));
    let end: End = talk(&app, outbox, &mut heard, cookie).await;
    // Whoever still sends is told that it is over.
    drop(heard);
    let last = end.frame().map(|goodbye| line.codec.encode(&goodbye));
    let code = end.code;
    let _ = ending.send(end);
    let _ = writing.await;
    line.shelf.close(last, code);
    drop((seat, tracked));
    tokio::select! {
        () = app.shutdown.cancelled() => {}
        () = tokio::time::sleep(FORGOTTEN_AFTER) => app.streams.remove(&name),
    }
}
