//! An upload: who, how much, what, and then the bytes where they stay.

use std::sync::Arc;

use axum::extract::{Query, Request, State, rejection::QueryRejection};
use http::{HeaderMap, StatusCode, header};
use kefu_media::{BlobKey, Claim, Picture, Sample, clean, judge};
use kefu_proto::v1::{
    self, GetConversationRequest, MediaRecord, ReserveMediaRequest, SealMediaRequest, Uploaded,
    WhoamiRequest, body,
};
use kefu_types::ConversationId;

use super::{
    receive::{Received, receive, too_large, unread},
    refused,
    spool::{self, Spooled},
    unkept,
};
use crate::{
    api::{Id, Pairs},
    app::App,
    door::{Proto, Token},
    problem::{ApiError, problem},
};

/// A picture or a file, as it is to be kept.
struct Made {
    /// Without an id.
    body: v1::Body,
    whole: Spooled,
    thumbnail: Option<Spooled>,
    stored_bytes: u64,
}

/// Uploads a picture or a file, as the raw body of the request. What it is, its content says. The
/// answer holds a body to be sent as a message; what is not sent goes after a while.
#[utoipa::path(
    post, path = "/api/v1/conversations/{id}/media", tag = "media",
    params(
        ("id" = String, Path, description = "The conversation's id"),
        ("client_id" = String, Query, description = "1 to 64 of [A-Za-z0-9_-]. The same again with the same contents gives the same upload"),
        ("name" = Option<String>, Query, description = "The file's name"),
    ),
    request_body(content_type = "application/octet-stream"),
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 201, description = "Kept", body = ref("#/components/schemas/Uploaded")),
        (status = 200, description = "Had been kept before", body = ref("#/components/schemas/Uploaded")),
        (status = "4XX", description = "Refused: 413 too large, or no room for the tenant; 415 not a type that is taken, or not what it is said to be; 422 damaged or empty; 429 too many", body = ref("#/components/schemas/ProblemDetails"), content_type = "application/problem+json"),
    )
)]
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Token(session): Token,
    Id(ConversationId(conversation)): Id<ConversationId>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Proto<Uploaded>), ApiError> {
    let (parts, incoming) = request.into_parts();
    let most = app.settings.media.file_bytes_max;
    let begun = begin(&app, &session, conversation, query, &parts.headers).await;
    let (turn, client_id, name) = match begun {
        Ok(begun) => begun,
        Err(why) => return unread(incoming, most, why).await,
    };
    let received = receive(&app, incoming, most).await?;
    let source = received.source;
    let claim = Claim {
        name: &name,
        content_type: content_type(&parts.headers),
    };
    let made = make(&app, claim, received).await?;
    let reserve = ReserveMediaRequest {
        session: session.clone(),
        conversation_id: conversation,
        client_id,
        body: Some(made.body.clone()),
        source: source.to_vec(),
        stored_bytes: made.stored_bytes,
    };
    let reserved = app
        .chat()
        .reserve_media(app.call(reserve))
        .await?
        .into_inner();
    if reserved.sealed {
        return Ok((StatusCode::OK, uploaded(reserved)));
    }
    let record = keep(&app, session, reserved, made).await?;
    drop(turn);
    Ok((StatusCode::CREATED, uploaded(record)))
}

/// Everything that can be refused before a byte of the body is read.
async fn begin(
    app: &App,
    session: &str,
    conversation_id: u64,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<(super::turns::Turn, String, String), ApiError> {
    let media = &app.settings.media;
    if !media.enabled {
        return Err(problem("forbidden", "pictures and files are switched off").into());
    }
    let pairs = Pairs::new(query)?;
    let one = |key: &str| pairs.all(key).next().unwrap_or_default().to_owned();
    let (client_id, name) = (one("client_id"), one("name"));
    if client_id.is_empty() {
        return Err(ApiError::bad_request("client_id is missing"));
    }
    let whoami = WhoamiRequest {
        session: session.to_owned(),
    };
    let who = app.chat().whoami(app.call(whoami)).await?.into_inner();
    let head = GetConversationRequest {
        session: session.to_owned(),
        conversation_id,
    };
    app.chat().get_conversation(app.call(head)).await?;
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > media.file_bytes_max) {
        return Err(too_large(media.file_bytes_max));
    }
    let turn = app
        .uploads
        .begin((who.kind, who.id), app.clock.monotonic())?;
    Ok((turn, client_id, name))
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Looks what it is, and makes a picture anew.
async fn make(app: &App, claim: Claim<'_>, received: Received) -> Result<Made, ApiError> {
    let media = &app.settings.media;
    let sample = Sample {
        head: &received.head,
        tail: &received.tail,
    };
    let kind = judge(claim, &sample, &media.types).map_err(|why| refused(&why))?;
    if !kind.is_picture() {
        let file = v1::File {
            media_id: 0,
            name: clean(claim.name, kind),
            content_type: kind.content_type.to_owned(),
            bytes: received.bytes,
        };
        return Ok(Made {
            body: of(body::Kind::File(file)),
            whole: received.file,
            thumbnail: None,
            stored_bytes: received.bytes,
        });
    }
    if received.bytes > media.image_bytes_max {
        return Err(too_large(media.image_bytes_max));
    }
    let bytes = tokio::fs::read(&received.file.path).await;
    let bytes = bytes.map_err(|error| unkept(&spool::told(&error)))?;
    let picture = app.making.picture(kind, bytes).await?;
    let picture = picture.map_err(|why| refused(&why))?;
    drop(received);
    spooled(app, claim.name, picture).await
}

async fn spooled(app: &App, name: &str, picture: Picture) -> Result<Made, ApiError> {
    let Picture {
        kind,
        whole,
        thumbnail,
    } = picture;
    let small = thumbnail.as_ref();
    let image = v1::Image {
        media_id: 0,
        name: clean(name, kind),
        content_type: kind.content_type.to_owned(),
        bytes: whole.bytes.len() as u64,
        width: whole.width,
        height: whole.height,
        thumb_width: small.map_or(0, |small| small.width),
        thumb_height: small.map_or(0, |small| small.height),
    };
    let stored_bytes = image.bytes + small.map_or(0, |small| small.bytes.len() as u64);
    let hold = async |bytes: &[u8]| {
        let held = spool::holding(app, bytes).await;
        held.map_err(|error| unkept(&error))
    };
    Ok(Made {
        whole: hold(&whole.bytes).await?,
        thumbnail: match &thumbnail {
            Some(small) => Some(hold(&small.bytes).await?),
            None => None,
        },
        body: of(body::Kind::Image(image)),
        stored_bytes,
    })
}

const fn of(kind: body::Kind) -> v1::Body {
    v1::Body { kind: Some(kind) }
}

/// The bytes to where they stay, and then the word that they are there.
async fn keep(
    app: &App,
    session: String,
    reserved: MediaRecord,
    made: Made,
) -> Result<MediaRecord, ApiError> {
    let key = BlobKey {
        tenant: reserved.tenant_id,
        id: reserved.id,
        thumbnail: false,
    };
    if let Some(thumbnail) = &made.thumbnail {
        let key = BlobKey {
            thumbnail: true,
            ..key
        };
        let kept = app.blobs.keep(key, &thumbnail.path).await;
        kept.map_err(|error| unkept(&error))?;
    }
    let kept = app.blobs.keep(key, &made.whole.path).await;
    kept.map_err(|error| unkept(&error))?;
    let seal = SealMediaRequest {
        session,
        media_id: reserved.id,
    };
    Ok(app.chat().seal_media(app.call(seal)).await?.into_inner())
}

fn uploaded(record: MediaRecord) -> Proto<Uploaded> {
    Proto(Uploaded {
        media_id: record.id,
        body: record.body,
    })
}
