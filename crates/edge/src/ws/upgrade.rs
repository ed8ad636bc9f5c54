//! From an HTTP request to a socket: subprotocol, origin, a seat; then hello, the talk, goodbye.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use futures::{StreamExt as _, stream::SplitStream};
use http::HeaderMap;

use super::{
    codec::Codec,
    end::End,
    hello,
    incoming::{Incoming, read},
    outbox::{self, Outbox},
    seats::Seat,
    socket::Socket,
    subprotocol::Subprotocol,
};
use crate::{
    app::App,
    door::{Peer, cookie_token, same_origin},
    measures,
    problem::{ApiError, problem},
};

/// tungstenite's default read buffer is 128 KiB a connection, which idle sockets do not need. What people
/// write fits; a larger frame gets room as its header says.
const READ_BUFFER_BYTES: usize = 1024;
/// Frames that wait for each other are written together up to here.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// The largest frame the server writes is a page of history; its default bound is none.
const WRITE_BUFFER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// After the goodbye the client has this long to close, so that what it still sends does not
/// reset the connection before it has read why.
const LINGER: Duration = Duration::from_secs(1);

/// `GET /ws`.
pub(crate) async fn upgrade(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    request: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let request = request.map_err(|rejection| {
        ApiError::with_status(
            rejection.status(),
            problem("invalid", rejection.body_text()),
        )
    })?;
    let limits = &app.settings.limits;
    let Some(subprotocol) = Subprotocol::chosen(&headers, limits) else {
        let offers = request.requested_protocols().next().is_some();
        return Err(Codec::none(offers));
    };
    let (cookie, seat) = admit(&app, peer, &headers)?;
    let request = request
        .protocols([subprotocol.name()])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_frame_size(limits.frame_bytes_max)
        .max_message_size(limits.frame_bytes_max);
    let token = app.sockets.token();
    // A task of its own: the one that upgrades is several times as large as what is left to do, for as long as
    // the connection lasts.
    Ok(request.on_upgrade(move |socket| {
        tokio::spawn(async move {
            let _tracked = token;
            serve(app, socket, subprotocol, cookie, seat).await;
        });
        std::future::ready(())
    }))
}

/// Whether a connection may begin: the session that its cookie carries, if any, and a seat.
///
/// # Errors
/// `forbidden` for a cookie from elsewhere, `unavailable` while the server stops, and when there is
/// no seat.
pub(crate) fn admit(
    app: &App,
    peer: Peer,
    headers: &HeaderMap,
) -> Result<(String, Seat), ApiError> {
    let cookie = cookie_token(headers);
    if cookie.is_some() && !same_origin(headers, &app.settings.allowed_origins) {
        return Err(problem("forbidden", "a cookie is taken from our own page only").into());
    }
    if app.shutdown.is_cancelled() {
        return Err(crate::problem::passing("unavailable", "the server stops", 1_000).into());
    }
    Ok((cookie.unwrap_or_default(), app.seats.take(peer)?))
}

async fn serve(
    app: Arc<App>,
    socket: WebSocket,
    subprotocol: Subprotocol,
    cookie: String,
    _seat: Seat,
) {
    let limits = &app.settings.limits;
    let (sink, stream) = socket.split();
    let mut heard = stream.map(move |item| read(item, subprotocol));
    let (frames, bytes) = (limits.outbox_frames_max, limits.outbox_bytes_max);
    let (outbox, ending, writer) = outbox::writer(sink, subprotocol, frames, bytes);
    let end = talk(&app, outbox, &mut heard, cookie).await;
    let told = end.goodbye.is_some();
    let _ = ending.send(end);
    // The writer bounds its own last words.
    let _ = writer.await;
    if told {
        linger(&mut heard.into_inner()).await;
    }
}

/// Hello, then the talk until something ends it.
pub(crate) async fn talk(
    app: &Arc<App>,
    outbox: Outbox,
    heard: &mut impl Incoming,
    cookie: String,
) -> End {
    let end = match hello::hello(app, heard, cookie).await {
        Ok(hello) => Socket::run(app.clone(), hello, outbox, heard).await,
        Err(end) => end,
    };
    metrics::counter!(measures::GOODBYES, "code" => end.code.to_string()).increment(1);
    tracing::debug!(code = end.code, reason = end.reason(), "a connection ends");
    end
}

/// Reads what the client still sends until it has answered the close.
async fn linger(stream: &mut SplitStream<WebSocket>) {
    let answered = async {
        while let Some(Ok(message)) = stream.next().await {
            if matches!(message, Message::Close(_)) {
                return;
            }
        }
        // After a frame that broke it the stream says no more; the client still needs its second.
        tokio::time::sleep(LINGER).await;
    };
    let _ = tokio::time::timeout(LINGER, answered).await;
}
