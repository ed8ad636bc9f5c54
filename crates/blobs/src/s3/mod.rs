//! Objects in a bucket of an S3-compatible store (MinIO, Ceph, Garage, AWS), by path-style addresses.
//!
//! An object is written by one PUT with its length and its hash, so it is there whole or not at all,
//! and durable when the store says so. It is read by ranges.

mod sign;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{Method, Request, StatusCode, Uri, header, uri::Scheme};
use http_body_util::{BodyExt as _, Empty, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use kefu_media::{BlobError, BlobFuture, BlobKey, Blobs};
use kefu_types::Clock;
use sha2::{Digest as _, Sha256};
use sign::{Signed, Signer, hex, stamp};
use tokio::io::AsyncReadExt as _;

type Outgoing = UnsyncBoxBody<Bytes, io::Error>;
type Answer = http::Response<Incoming>;

/// Of a body of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Of what a refusal says, this much is read.
const WORDS_BYTES_MAX: usize = 16 * 1024;
/// Of a file, this much is sent at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Where the bucket is, and as whom it is used.
#[derive(Clone)]
pub struct S3Options {
    /// `https://minio.example:9000`, without a path.
    pub endpoint: String,
    /// As the store calls it; many do not care.
    pub region: String,
    /// Must exist.
    pub bucket: String,
    /// What the names of all objects begin with.
    pub prefix: String,
    /// The user.
    pub access_key: String,
    /// Their secret.
    pub secret_key: String,
    /// A request must be answered within this.
    pub timeout: Duration,
    /// A directory of this machine in which uploads are gathered.
    pub spool: PathBuf,
}

/// The options cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// The address is none.
    #[error("{0:?} is no address of a store: write it as \"https://minio.example:9000\"")]
    Endpoint(String),
    /// A name that would have to be encoded.
    #[error("{0:?}: buckets and prefixes have letters, digits, '.', '-', '_' and '/' only")]
    Name(String),
    /// TLS cannot be used.
    #[error("connections cannot be made: {0}")]
    Client(String),
    /// The directory for uploads cannot be written.
    #[error("{0}: {1}")]
    Spool(PathBuf, io::Error),
}

/// A bucket.
pub struct S3Blobs {
    client: Client<HttpsConnector<HttpConnector>, Outgoing>,
    scheme: Scheme,
    host: String,
    /// `/bucket/prefix`
    root: String,
    signer: Signer,
    timeout: Duration,
    spool: PathBuf,
    clock: Arc<dyn Clock>,
}

/// A file on its way out: it, its bytes, and its hash.
type Upload = (fs::File, u64, String);

impl S3Blobs {
    /// A client of the bucket. Nothing is asked yet.
    ///
    /// # Errors
    /// When the options cannot be used.
    pub fn open(options: S3Options, clock: Arc<dyn Clock>) -> Result<Self, S3Error> {
        let (scheme, host) =
            place(&options.endpoint).ok_or_else(|| S3Error::Endpoint(options.endpoint.clone()))?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
        for name in [&options.bucket, &options.prefix] {
            if !name.chars().all(allowed) || name.starts_with('/') || options.bucket.is_empty() {
                return Err(S3Error::Name(name.clone()));
            }
        }
        let spool = options.spool;
        fs::create_dir_all(&spool).map_err(|error| S3Error::Spool(spool.clone(), error))?;
        let connector = connector(scheme == Scheme::HTTPS);
        let connector = connector.map_err(|error| S3Error::Client(error.to_string()))?;
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            scheme,
            host,
            root: format!("/{}/{}", options.bucket, options.prefix),
            signer: Signer {
                access_key: options.access_key,
                secret_key: options.secret_key,
                region: options.region,
            },
            timeout: options.timeout,
            spool,
            clock,
        })
    }

    fn request(
        &self,
        method: &Method,
        key: BlobKey,
        range: Option<&str>,
        upload: Option<Upload>,
    ) -> Result<Request<Outgoing>, http::Error> {
        let path = format!("{}{key}", self.root);
        let at = stamp(self.clock.wall_ms());
        let payload = upload
            .as_ref()
            .map_or(NOTHING, |(_, _, hash)| hash.as_str());
        let mut headers = vec![("host", self.host.as_str())];
        headers.extend(range.map(|range| ("range", range)));
        headers.push(("x-amz-content-sha256", payload));
        headers.push(("x-amz-date", &at));
        let signed = Signed {
            method: method.as_str(),
            path: &path,
            headers: &headers,
            payload,
        };
        let authorization = self.signer.authorization(&signed, &at);
        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.host.as_str())
            .path_and_query(path.as_str())
            .build()?;
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        request = request.header(header::AUTHORIZATION, authorization);
        match upload {
            Some((file, bytes, _)) => request
                .header(header::CONTENT_LENGTH, bytes)
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(streamed(file)),
            None => request.body(Empty::new().map_err(|never| match never {}).boxed_unsync()),
        }
    }

    /// The answer to a request, once its head is there.
    async fn send(
        &self,
        method: Method,
        key: BlobKey,
        range: Option<&str>,
        upload: Option<Upload>,
    ) -> Result<Answer, BlobError> {
        let request = self.request(&method, key, range, upload);
        let request = request.map_err(|error| failed(&error))?;
        let answer = self.client.request(request).await;
        answer.map_err(|error| match std::error::Error::source(&error) {
            Some(why) => BlobError::Failed(format!("{error}: {why}")),
            None => failed(&error),
        })
    }

    /// `work`, in time.
    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, BlobError>>,
    ) -> Result<T, BlobError> {
        let done = tokio::time::timeout(self.timeout, work).await;
        done.unwrap_or_else(|late| Err(failed(&late)))
    }
}

/// Scheme and host, perhaps with a port; `None` when there is anything else, or less.
fn place(endpoint: &str) -> Option<(Scheme, String)> {
    let uri: Uri = endpoint.parse().ok()?;
    let scheme = uri.scheme()?.clone();
    let authority = uri.authority()?.as_str().to_owned();
    let web = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
    let bare = uri.path() == "/" && uri.query().is_none() && !authority.contains('@');
    (web && bare).then_some((scheme, authority))
}

fn failed(error: &dyn std::fmt::Display) -> BlobError {
    BlobError::Failed(error.to_string())
}

/// With the machine's own authorities, where there is TLS.
fn connector(tls: bool) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let mut authorities = rustls::RootCertStore::empty();
    if tls {
        authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .build())
}

/// A file, piece by piece.
fn streamed(file: fs::File) -> Outgoing {
    let file = tokio::fs::File::from_std(file);
    let pieces = stream::unfold(file, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        match (&mut file)
            .take(PIECE_BYTES as u64)
            .read_to_end(&mut piece)
            .await
        {
            Ok(0) => None,
            Ok(_) => Some((Ok(Frame::data(Bytes::from(piece))), file)),
            Err(error) => Some((Err(error), file)),
        }
    });
    StreamBody::new(pieces.boxed()).boxed_unsync()
}

/// The contents of a spooled file, with what is said of them beforehand.
fn contents(file: &Path) -> io::Result<(fs::File, u64, String)> {
    let mut hash = Sha256::new();
    let bytes = io::copy(&mut fs::File::open(file)?, &mut HashTo(&mut hash))?;
    Ok((fs::File::open(file)?, bytes, hex(&hash.finalize())))
}

struct HashTo<'a>(&'a mut Sha256);

impl io::Write for HashTo<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All of a body, if it is not longer than this.
async fn whole(answer: Answer, bytes_max: usize) -> Result<Bytes, BlobError> {
    let body = Limited::new(answer.into_body(), bytes_max).collect().await;
    body.map(http_body_util::Collected::to_bytes)
        .map_err(|error| failed(&error))
}

/// What the store says of a request that it refuses: a code and words, as XML.
async fn refused(answer: Answer) -> BlobError {
    let status = answer.status();
    let words = whole(answer, WORDS_BYTES_MAX).await.unwrap_or_default();
    let words = String::from_utf8_lossy(&words);
    let said = format!("the store answers {status}: {words}");
    match status {
        StatusCode::INSUFFICIENT_STORAGE => BlobError::NoSpace(said),
        _ => BlobError::Failed(said),
    }
}

impl Blobs for S3Blobs {
    fn spool(&self) -> &Path {
        &self.spool
    }

    fn keep<'a>(&'a self, key: BlobKey, file: &'a Path) -> BlobFuture<'a, ()> {
        Box::pin(self.within(async move {
            let path = file.to_owned();
            let read = tokio::task::spawn_blocking(move || contents(&path)).await;
            let upload = read.map_err(|ended| failed(&ended))?;
            let upload = upload.map_err(|error| failed(&error))?;
            let answer = self.send(Method::PUT, key, None, Some(upload)).await?;
            match answer.status().is_success() {
                true => Ok(()),
                false => Err(refused(answer).await),
            }
        }))
    }

    fn read(&self, key: BlobKey, from: u64, bytes: usize) -> BlobFuture<'_, Option<Vec<u8>>> {
        Box::pin(self.within(async move {
            let last = from.saturating_add(bytes as u64).saturating_sub(1);
            let range = format!("bytes={from}-{last}");
            let answer = self.send(Method::GET, key, Some(&range), None).await?;
            match answer.status() {
                StatusCode::PARTIAL_CONTENT => Ok(Some(whole(answer, bytes).await?.to_vec())),
                StatusCode::NOT_FOUND => Ok(None),
                // Behind the end there is nothing.
                StatusCode::RANGE_NOT_SATISFIABLE => Ok(Some(Vec::new())),
                _ => Err(refused(answer).await),
            }
        }))
    }

    fn remove(&self, key: BlobKey) -> BlobFuture<'_, ()> {
        Box::pin(self.within(async move {
            let answer = self.send(Method::DELETE, key, None, None).await?;
            match answer.status() {
                status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
                _ => Err(refused(answer).await),
            }
        }))
    }
}
