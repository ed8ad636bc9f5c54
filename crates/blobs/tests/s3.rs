//! The adapter for S3 against a peer: a small one in this process, or, where `KEFU_TEST_S3` names one
//! (`http://user:secret@host:port/bucket`), a real one.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kefu_blobs::{S3Blobs, S3Error, S3Options};
use kefu_media::{BlobError, BlobKey, Blobs as _};
use kefu_types::SystemClock;
use sha2::{Digest as _, Sha256};

const KEY: BlobKey = BlobKey {
    tenant: 7,
    id: 1_234_567_890_123,
    thumbnail: false,
};

/// Objects by path, and whether the peer is well.
#[derive(Default)]
struct Peer {
    objects: Mutex<BTreeMap<String, Bytes>>,
    ill: Mutex<bool>,
}

fn options(endpoint: &str, spool: &Path) -> S3Options {
    S3Options {
        endpoint: endpoint.to_owned(),
        region: "us-east-1".to_owned(),
        bucket: "kefu".to_owned(),
        prefix: "media/".to_owned(),
        access_key: "user".to_owned(),
        secret_key: "secret".to_owned(),
        timeout: Duration::from_secs(30),
        spool: spool.to_owned(),
    }
}

fn open(options: S3Options) -> S3Blobs {
    S3Blobs::open(options, Arc::new(SystemClock::new())).expect("good options")
}

/// Says no to whatever S3 would say no to.
fn is_signed(headers: &HeaderMap, body: &Bytes) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let hash: String = Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let authorization = text("authorization").unwrap_or_default();
    text("x-amz-content-sha256") == Some(&hash)
        && text("x-amz-date").is_some_and(|date| date.len() == 16)
        && authorization.starts_with("AWS4-HMAC-SHA256 Credential=user/")
        && authorization.contains("host;")
}

async fn answer(State(peer): State<Arc<Peer>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 24).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if *peer.ill.lock().expect("unpoisoned") {
        return (StatusCode::SERVICE_UNAVAILABLE, "<Code>SlowDown</Code>").into_response();
    }
    if !is_signed(&parts.headers, &body) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let path = parts.uri.path().to_owned();
    let mut objects = peer.objects.lock().expect("unpoisoned");
    match parts.method {
        Method::PUT => {
            objects.insert(path, body);
            StatusCode::OK.into_response()
        }
        Method::DELETE => {
            objects.remove(&path);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => {
            let Some(found) = objects.get(&path) else {
                return StatusCode::NOT_FOUND.into_response();
            };
            let range = parts.headers[header::RANGE].to_str().expect("text");
            let (first, last) = range["bytes=".len()..].split_once('-').expect("a range");
            let number = |text: &str| text.parse::<usize>().expect("a number");
            let (first, end) = (number(first), number(last) + 1);
            if first >= found.len() {
                return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            }
            let piece = found.slice(first..end.min(found.len()));
            (StatusCode::PARTIAL_CONTENT, piece).into_response()
        }
    }
}

async fn small_peer() -> (Arc<Peer>, String) {
    let peer = Arc::new(Peer::default());
    let router = Router::new().fallback(answer).with_state(peer.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (peer, format!("http://{address}"))
}

/// `KEFU_TEST_S3`, taken apart.
fn real_peer(spool: &Path) -> Option<S3Options> {
    let url = std::env::var("KEFU_TEST_S3").ok()?;
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (user, place) = rest.split_once('@').expect("a user");
    let (access_key, secret_key) = user.split_once(':').expect("a secret");
    let (host, bucket) = place.split_once('/').expect("a bucket");
    Some(S3Options {
        bucket: bucket.to_owned(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        ..options(&format!("{scheme}://{host}"), spool)
    })
}

async fn keeps_reads_and_removes(blobs: &S3Blobs) {
    blobs.remove(KEY).await.expect("nothing was there");
    assert_eq!(blobs.read(KEY, 0, 9).await, Ok(None));
    let whole: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
    let spooled = blobs.spool().join("in");
    std::fs::write(&spooled, &whole).expect("written");
    for _ in 0..2 {
        blobs.keep(KEY, &spooled).await.expect("kept, and again");
    }
    for (from, bytes) in [(0, 10), (300_000, 262_144), (699_999, 5), (700_000, 5)] {
        let read = blobs.read(KEY, from as u64, bytes).await.expect("readable");
        let end = (from + bytes).min(whole.len());
        assert_eq!(read.as_deref(), Some(&whole[from..end]), "{from}");
    }
    let thumbnail = BlobKey {
        thumbnail: true,
        ..KEY
    };
    assert_eq!(blobs.read(thumbnail, 0, 9).await, Ok(None));
    for _ in 0..2 {
        blobs.remove(KEY).await.expect("removed");
        assert_eq!(blobs.read(KEY, 0, 9).await, Ok(None));
    }
}

#[tokio::test]
async fn objects_are_kept_read_in_pieces_and_removed() {
    let dir = tempfile::tempdir().expect("a directory");
    let (peer, endpoint) = small_peer().await;
    let blobs = open(options(&endpoint, dir.path()));
    keeps_reads_and_removes(&blobs).await;
    std::fs::write(dir.path().join("in"), b"x").expect("written");
    blobs.keep(KEY, &dir.path().join("in")).await.expect("kept");
    let names: Vec<String> = peer
        .objects
        .lock()
        .expect("unpoisoned")
        .keys()
        .cloned()
        .collect();
    assert_eq!(names, ["/kefu/media/7/1234567890123"]);
    if let Some(options) = real_peer(dir.path()) {
        keeps_reads_and_removes(&open(options)).await;
    }
}

#[tokio::test]
async fn a_store_that_refuses_or_is_away_is_an_error_and_nothing_is_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let (peer, endpoint) = small_peer().await;
    let blobs = open(options(&endpoint, dir.path()));
    let spooled = dir.path().join("in");
    std::fs::write(&spooled, b"words").expect("written");
    *peer.ill.lock().expect("unpoisoned") = true;
    let told = |result: Result<(), BlobError>| match result {
        Err(BlobError::Failed(said)) => said,
        other => panic!("{other:?}"),
    };
    let said = told(blobs.keep(KEY, &spooled).await);
    assert!(said.contains("503") && said.contains("SlowDown"), "{said}");
    assert!(blobs.read(KEY, 0, 9).await.is_err() && blobs.remove(KEY).await.is_err());
    assert!(spooled.exists(), "it can be tried again");
    let mut foreign = options(&endpoint, dir.path());
    foreign.access_key = "nobody".to_owned();
    *peer.ill.lock().expect("unpoisoned") = false;
    assert!(told(open(foreign).keep(KEY, &spooled).await).contains("403"));
    let away = open(options("http://127.0.0.1:1", dir.path()));
    told(away.keep(KEY, &spooled).await);
    assert!(peer.objects.lock().expect("unpoisoned").is_empty());
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_by_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let refused = |change: fn(&mut S3Options)| {
        let mut options = options("http://localhost:9000", dir.path());
        change(&mut options);
        S3Blobs::open(options, Arc::new(SystemClock::new())).err()
    };
    for endpoint in [
        "localhost:9000",
        "ftp://x",
        "http://x/path",
        "http://u@x",
        "",
    ] {
        let mut options = options("", dir.path());
        options.endpoint = endpoint.to_owned();
        let opened = S3Blobs::open(options, Arc::new(SystemClock::new()));
        assert!(
            matches!(opened.err(), Some(S3Error::Endpoint(_))),
            "{endpoint}"
        );
    }
    let name = |error: Option<S3Error>| matches!(error, Some(S3Error::Name(_)));
    assert!(name(refused(|it| it.bucket.clear())));
    assert!(name(refused(|it| it.bucket = "a b".to_owned())));
    assert!(name(refused(|it| it.prefix = "/x".to_owned())));
    assert!(refused(|it| it.endpoint = "https://minio.example".to_owned()).is_none());
}
