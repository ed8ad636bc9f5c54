//! Several frames as one body, in either protocol.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{FromRequest as _, Request, ws::Message},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http::{StatusCode, header};
use kefu_proto::v1::{ClientFrame, DownFrames, UpFrames};
use prost::Message as _;

use super::shelf::Batch;
use crate::{
    app::App,
    problem::{ApiError, problem},
    ws::Codec,
};

/// `DownFrames.frames` is field 3, of length-delimited parts.
const FRAMES_TAG: u8 = 3 << 3 | 2;

/// The media type of a body.
const fn media(codec: Codec) -> &'static str {
    match codec {
        Codec::Json => "application/json",
        Codec::Proto => "application/x-protobuf",
    }
}

/// The frames of a request's body, read within its limits of size and time.
///
/// # Errors
/// Nothing of the body is taken then.
pub(super) async fn frames(
    app: &Arc<App>,
    codec: Codec,
    request: Request,
) -> Result<Vec<ClientFrame>, ApiError> {
    let named = request.headers().get(header::CONTENT_TYPE);
    let named = named.and_then(|media| media.to_str().ok()).unwrap_or("");
    let named = named.split(';').next().unwrap_or("").trim();
    if !named.eq_ignore_ascii_case(media(codec)) {
        let words = format!("the body must be {}", media(codec));
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(ApiError::with_status(status, problem("invalid", words)));
    }
    let patience = Duration::from_secs(app.settings.limits.body_timeout_s);
    let read = tokio::time::timeout(patience, Bytes::from_request(request, app));
    let bytes = match read.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(problem("too_large", "the body is too large").into());
        }
        Ok(Err(_)) => return Err(ApiError::bad_request("the body could not be read")),
        Err(_) => {
            let why = problem("invalid", "the body took too long");
            return Err(ApiError::with_status(StatusCode::REQUEST_TIMEOUT, why));
        }
    };
    let ups = match codec {
        Codec::Json => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
        Codec::Proto => UpFrames::decode(bytes).map_err(|error| error.to_string()),
    };
    let UpFrames { frames } = ups.map_err(|error| problem("bad_frame", error))?;
    if frames.iter().any(|frame| frame.body.is_none()) {
        let words = "a frame holds nothing that this server knows";
        return Err(problem("bad_frame", words).into());
    }
    Ok(frames)
}

/// An answer of frames that are written already.
pub(super) fn answer(codec: Codec, stream: &str, batch: &Batch) -> Response {
    let body = match codec {
        Codec::Json => json(stream, batch).into_bytes(),
        Codec::Proto => proto(stream, batch),
    };
    ([(header::CONTENT_TYPE, media(codec))], body).into_response()
}

fn around(stream: &str, batch: &Batch) -> DownFrames {
    DownFrames {
        stream: stream.to_owned(),
        first: batch.first,
        frames: Vec::new(),
        close_code: batch.closed.map_or(0, u32::from),
    }
}

fn json(stream: &str, batch: &Batch) -> String {
    // Writing our own types to memory cannot fail.
    let around = serde_json::to_string(&around(stream, batch)).unwrap_or_default();
    let texts = batch.frames.iter().map(|frame| match frame {
        Message::Text(text) => text.as_str(),
        _ => "{}",
    });
    let frames = texts.collect::<Vec<_>>().join(",");
    let open = around.strip_suffix('}').unwrap_or_default();
    format!("{open},\"frames\":[{frames}]}}")
}

fn proto(stream: &str, batch: &Batch) -> Vec<u8> {
    let mut body = around(stream, batch).encode_to_vec();
    for frame in &batch.frames {
        if let Message::Binary(bytes) = frame {
            body.push(FRAMES_TAG);
            // A vector always has room.
            let _ = prost::encode_length_delimiter(bytes.len(), &mut body);
            body.extend_from_slice(bytes);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use axum::extract::ws::Message;
    use kefu_proto::v1::{DownFrames, Pong, ServerFrame, server_frame};
    use prost::Message as _;

    use super::{Batch, json, proto};
    use crate::ws::Codec;

    fn pong(r#ref: u64) -> ServerFrame {
        let pong = Pong {
            server_time_ms: 7,
            ..Pong::default()
        };
        ServerFrame {
            r#ref,
            body: Some(server_frame::Body::Pong(pong)),
        }
    }

    #[test]
    fn frames_that_were_written_one_by_one_are_read_as_one_answer() {
        for (count, closed) in [(0, None), (1, Some(1001)), (3, None)] {
            let sent: Vec<ServerFrame> = (1..=count).map(pong).collect();
            let batch = |codec: Codec| Batch {
                first: 5,
                frames: sent.iter().map(|frame| codec.encode(frame)).collect(),
                closed,
            };
            let expected = DownFrames {
                stream: "s".into(),
                first: 5,
                frames: sent.clone(),
                close_code: closed.map_or(0, u32::from),
            };
            let text = json("s", &batch(Codec::Json));
            let read: DownFrames = serde_json::from_str(&text).expect("JSON");
            assert_eq!(read, expected);
            let bytes = proto("s", &batch(Codec::Proto));
            let read = DownFrames::decode(&*bytes).expect("Protobuf");
            assert_eq!(read, expected);
            let foreign = Batch {
                frames: vec![Message::Ping(Vec::new().into())],
                ..batch(Codec::Json)
            };
            assert!(serde_json::from_str::<DownFrames>(&json("", &foreign)).is_ok());
        }
    }
}
