//! Bytes out, to those who may have them, with headers under which they can do no harm: nothing here
//! runs, nothing is guessed, and what is not a picture of our own making is for saving only.

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kefu_media::BlobKey;
use kefu_proto::v1::{MediaRecord, OpenMediaRequest, body};
use kefu_types::MediaId;

use super::{
    range::{Asked, asked},
    unkept,
};
use crate::{
    app::App,
    door::Token,
    problem::{ApiError, problem},
};

/// Read and sent at once.
const PIECE_BYTES: usize = 256 * 1024;
/// A thumbnail is read whole; it has fewer pixels than this has bytes.
const THUMBNAIL_BYTES_MAX: usize = 4 << 20;

/// The bytes of a picture or a file. The name in the path is for people; the id counts.
#[utoipa::path(
    get, path = "/media/{id}/{name}", tag = "media",
    params(
        ("id" = String, Path, description = "mediaId of an image or a file"),
        ("name" = String, Path, description = "Its name"),
    ),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "The bytes; for saving, unless they are a picture", content_type = "application/octet-stream"),
        (status = 206, description = "The piece that `Range` asked for", content_type = "application/octet-stream"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn media(
    State(app): State<Arc<App>>,
    Token(session): Token,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = path.ok().map(|Path((id, _))| id);
    let record = open(&app, session, id).await?;
    let (name, content_type, bytes, shown) = facts(&record)?;
    let (key, tag) = (key(&record, false), tag(&record, false));
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let range = headers
            .get(header::RANGE)
            .and_then(|range| range.to_str().ok());
        // A piece of something else than the asker has the other pieces of is no use.
        let same = headers
            .get(header::IF_RANGE)
            .is_none_or(|have| *have == tag);
        match asked(range.filter(|_| same), bytes) {
            Asked::Whole => send(&app, key, 0..bytes).await?,
            Asked::Piece(range) => piece(&app, key, range, bytes).await?,
            Asked::Nothing => nothing(bytes),
        }
    };
    safe(&mut response, tag);
    put(&mut response, header::CONTENT_TYPE, content_type);
    put(
        &mut response,
        header::CONTENT_DISPOSITION,
        &disposition(name, shown),
    );
    Ok(response)
}

/// The thumbnail of a picture that has one.
#[utoipa::path(
    get, path = "/media/{id}/thumbnail", tag = "media",
    params(("id" = String, Path, description = "mediaId of an image")),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "A small JPEG or PNG", content_type = "image/jpeg"),
        (status = "4XX", description = "Refused", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn thumbnail(
    State(app): State<Arc<App>>,
    Token(session): Token,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let record = open(&app, session, path.ok().map(|Path(id)| id)).await?;
    let tag = tag(&record, true);
    let mut response = if is_known(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let read = app
            .blobs
            .read(key(&record, true), 0, THUMBNAIL_BYTES_MAX)
            .await;
        let bytes = read.map_err(|error| unkept(&error))?;
        let bytes = bytes.ok_or_else(not_found)?;
        let jpeg = bytes.starts_with(b"\xff\xd8\xff");
        let mut response = Body::from(bytes).into_response();
        let content_type = if jpeg { "image/jpeg" } else { "image/png" };
        put(&mut response, header::CONTENT_TYPE, content_type);
        response
    };
    safe(&mut response, tag);
    put(&mut response, header::CONTENT_DISPOSITION, "inline");
    Ok(response)
}

fn not_found() -> ApiError {
    problem("not_found", "there is no such picture or file").into()
}

/// Asks the core, every time: what was recalled a moment ago is not served any more.
async fn open(app: &App, session: String, id: Option<String>) -> Result<MediaRecord, ApiError> {
    let id = id.and_then(|id| id.parse::<MediaId>().ok());
    let MediaId(media_id) = id.ok_or_else(not_found)?;
    let request = OpenMediaRequest { session, media_id };
    Ok(app.chat().open_media(app.call(request)).await?.into_inner())
}

/// Name, content type, bytes, and whether it may be shown.
fn facts(record: &MediaRecord) -> Result<(&str, &str, u64, bool), ApiError> {
    match record.body.as_ref().and_then(|body| body.kind.as_ref()) {
        Some(body::Kind::Image(image)) => Ok((&image.name, &image.content_type, image.bytes, true)),
        Some(body::Kind::File(file)) => Ok((&file.name, &file.content_type, file.bytes, false)),
        _ => Err(not_found()),
    }
}

const fn key(record: &MediaRecord, thumbnail: bool) -> BlobKey {
    BlobKey {
        tenant: record.tenant_id,
        id: record.id,
        thumbnail,
    }
}

/// Bytes under an id never change.
fn tag(record: &MediaRecord, thumbnail: bool) -> String {
    format!("\"{}{}\"", record.id, if thumbnail { "t" } else { "" })
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = lines.filter_map(|line| line.to_str().ok());
    tags.any(|line| {
        line.split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag)
    })
}

async fn piece(
    app: &Arc<App>,
    key: BlobKey,
    range: Range<u64>,
    bytes: u64,
) -> Result<Response, ApiError> {
    let told = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
    let mut response = send(app, key, range).await?;
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    put(&mut response, header::CONTENT_RANGE, &told);
    Ok(response)
}

fn nothing(bytes: u64) -> Response {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    put(
        &mut response,
        header::CONTENT_RANGE,
        &format!("bytes */{bytes}"),
    );
    response
}

/// Reads a piece ahead of what is sent, never more. The first is read before anything is answered.
async fn send(app: &Arc<App>, key: BlobKey, range: Range<u64>) -> Result<Response, ApiError> {
    let first = read(app, key, &range)
        .await
        .map_err(|error| unkept(&error))?;
    let first = first.filter(|first| !first.is_empty() || range.is_empty());
    let first = first.ok_or_else(|| {
        tracing::error!(%key, "the bytes of an upload are missing");
        not_found()
    })?;
    let length = range.end - range.start;
    let next = range.start + first.len() as u64;
    let state = (app.clone(), Some(first), next..range.end);
    let pieces = futures::stream::unfold(state, move |(app, ready, rest)| async move {
        if let Some(ready) = ready {
            return Some((Ok(ready), (app, None, rest)));
        }
        if rest.is_empty() {
            return None;
        }
        let piece = match read(&app, key, &rest).await {
            Ok(Some(piece)) if !piece.is_empty() => piece,
            // Fewer bytes than were announced: the connection ends, and the asker knows.
            Ok(_) => return Some((Err(std::io::Error::other("cut short")), (app, None, 0..0))),
            Err(error) => return Some((Err(std::io::Error::other(error)), (app, None, 0..0))),
        };
        let rest = rest.start + piece.len() as u64..rest.end;
        Some((Ok(piece), (app, None, rest)))
    });
    let mut response = Body::from_stream(pieces).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length.into());
    Ok(response)
}

async fn read(
    app: &App,
    key: BlobKey,
    range: &Range<u64>,
) -> Result<Option<Vec<u8>>, kefu_media::BlobError> {
    let left = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    app.blobs
        .read(key, range.start, left.min(PIECE_BYTES))
        .await
}

/// Kept by the asker alone, and only to be asked about again: it may be recalled.
fn safe(response: &mut Response, tag: String) {
    put(response, header::ETAG, &tag);
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::VARY, "Authorization, Cookie"),
    ] {
        put(response, name, value);
    }
}

/// RFC 6266: the name as UTF-8, and one in ASCII for who cannot read it.
fn disposition(name: &str, shown: bool) -> String {
    let how = if shown { "inline" } else { "attachment" };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let ascii: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => exact.push(byte.into()),
            _ => exact.push_str(&format!("%{byte:02X}")),
        }
    }
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{exact}")
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_stays_a_name_in_its_header() {
        assert_eq!(
            disposition("报 \"价\".pdf", false),
            "attachment; filename=\"_ ___.pdf\"; filename*=UTF-8''%E6%8A%A5%20%22%E4%BB%B7%22.pdf"
        );
        assert_eq!(
            disposition("a.jpg", true),
            "inline; filename=\"a.jpg\"; filename*=UTF-8''a.jpg"
        );
    }
}
