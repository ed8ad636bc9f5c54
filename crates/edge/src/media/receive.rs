//! A body of a request, into a file: streamed, bounded, hashed.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures::StreamExt as _;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter, SeekFrom},
};

use super::{
    spool::{self, Spooled},
    unkept,
};
use crate::{
    app::App,
    problem::{ApiError, problem},
};

/// Of the beginning and the end of a file, what is looked at to tell its type.
const SAMPLE_BYTES: usize = 64 * 1024;
/// How long the rest of a body that is refused is read for, so that its sender reads the refusal
/// before the connection ends.
const LINGER: Duration = Duration::from_secs(5);

/// What came in.
pub(super) struct Received {
    pub(super) file: Spooled,
    pub(super) bytes: u64,
    /// SHA-256.
    pub(super) source: [u8; 32],
    pub(super) head: Vec<u8>,
    pub(super) tail: Vec<u8>,
}

/// Reads a body of at most `bytes_max` bytes within the time for an upload.
pub(super) async fn receive(app: &App, body: Body, bytes_max: u64) -> Result<Received, ApiError> {
    let mut stream = body.into_data_stream();
    let patience = Duration::from_secs(app.settings.media.upload_timeout_s);
    let read = tokio::time::timeout(patience, read(app, &mut stream, bytes_max));
    let read = read.await.unwrap_or_else(|_| {
        let why = problem("invalid", "the upload took too long");
        Err(ApiError::with_status(StatusCode::REQUEST_TIMEOUT, why))
    });
    if read.is_err() {
        linger(&mut stream, bytes_max).await;
    }
    read
}

async fn read(
    app: &App,
    stream: &mut BodyDataStream,
    bytes_max: u64,
) -> Result<Received, ApiError> {
    let no_room = |error: std::io::Error| unkept(&spool::told(&error));
    let (spooled, file) = spool::create(app).await.map_err(|error| unkept(&error))?;
    let mut file = BufWriter::with_capacity(SAMPLE_BYTES, file);
    let (mut hash, mut head, mut bytes) = (Sha256::new(), Vec::new(), 0_u64);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ApiError::bad_request("the upload was cut off"))?;
        bytes += chunk.len() as u64;
        if bytes > bytes_max {
            return Err(too_large(bytes_max));
        }
        let missing = SAMPLE_BYTES - head.len();
        head.extend_from_slice(&chunk[..chunk.len().min(missing)]);
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(no_room)?;
    }
    file.flush().await.map_err(no_room)?;
    if bytes == 0 {
        return Err(problem("invalid", "the upload is empty").into());
    }
    Ok(Received {
        tail: tail(&spooled, bytes).await.map_err(no_room)?,
        file: spooled,
        bytes,
        source: hash.finalize().into(),
        head,
    })
}

pub(super) fn too_large(bytes_max: u64) -> ApiError {
    let words = format!("the file is too large: {bytes_max} bytes at most");
    problem("too_large", words).into()
}

async fn tail(spooled: &Spooled, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(&spooled.path).await?;
    let from = bytes.saturating_sub(SAMPLE_BYTES as u64);
    file.seek(SeekFrom::Start(from)).await?;
    let mut tail = Vec::with_capacity(SAMPLE_BYTES);
    file.read_to_end(&mut tail).await?;
    Ok(tail)
}

/// Refuses a body of which not a byte was read.
pub(super) async fn unread<T>(body: Body, bytes_max: u64, why: ApiError) -> Result<T, ApiError> {
    linger(&mut body.into_data_stream(), bytes_max).await;
    Err(why)
}

/// Reads on, for a while, and throws away.
async fn linger(stream: &mut BodyDataStream, bytes_max: u64) {
    let mut left = bytes_max.saturating_mul(2);
    let rest = async {
        while let Some(Ok(chunk)) = stream.next().await {
            left = left.saturating_sub(chunk.len() as u64);
            if left == 0 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(LINGER, rest).await;
}
