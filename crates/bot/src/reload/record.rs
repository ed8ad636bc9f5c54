//! Telling chat what serves, in the background: a version serves whether chat is there or not.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use kefu_proto::v1::{self, catalogues_client::CataloguesClient};
use kefu_types::Entropy;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, transport::Channel};

use super::{board::SharedBoard, settings::ReloadSettings, snapshot::Snapshot};
use crate::link::Backoff;

/// Bytes of one piece of an upload.
const PIECE_BYTES: usize = 256 * 1024;
/// One call to chat may take this long.
const CALL: Duration = Duration::from_secs(10);

/// A version to record, with all its files.
pub(super) struct Wish {
    /// With its manifest.
    pub(super) version: v1::CatalogueVersion,
    pub(super) snapshot: Arc<Snapshot>,
    /// Told when it is recorded.
    pub(super) done: Option<oneshot::Sender<v1::CatalogueVersion>>,
}

/// Versions that wait to be recorded, oldest first.
#[derive(Clone)]
pub(super) struct Recorder {
    waiting: Arc<Mutex<VecDeque<Wish>>>,
    more: Arc<Notify>,
    most: usize,
}

impl Recorder {
    pub(super) fn new(settings: &ReloadSettings) -> Self {
        Self {
            waiting: Arc::default(),
            more: Arc::default(),
            most: settings.records_max.max(1),
        }
    }

    /// Takes a wish. Beyond the limit the oldest is given up: history has a hole then, which is
    /// logged, but what serves now is always recorded in the end.
    pub(super) fn wish(&self, wish: Wish) {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= self.most {
            let lost = waiting.pop_front();
            let hash = lost.map(|wish| wish.version.hash).unwrap_or_default();
            tracing::error!(
                hash,
                "chat was away for too long: a version of the intents stays out of the history"
            );
            metrics::counter!("kefu_bot_versions_unrecorded_total").increment(1);
        }
        waiting.push_back(wish);
        metrics::gauge!("kefu_bot_versions_waiting").set(waiting.len() as f64);
        drop(waiting);
        self.more.notify_one();
    }

    /// Records until `stop`.
    pub(super) async fn run(
        self,
        core: Channel,
        board: SharedBoard,
        settings: ReloadSettings,
        entropy: Arc<dyn Entropy>,
        stop: CancellationToken,
    ) {
        let work = async {
            loop {
                let next = self.waiting.lock().pop_front();
                match next {
                    Some(wish) => self.record(wish, &core, &board, &settings, &*entropy).await,
                    None => self.more.notified().await,
                }
                metrics::gauge!("kefu_bot_versions_waiting").set(self.waiting.lock().len() as f64);
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    async fn record(
        &self,
        wish: Wish,
        core: &Channel,
        board: &SharedBoard,
        settings: &ReloadSettings,
        entropy: &dyn Entropy,
    ) {
        let mut backoff = Backoff::new(settings.record_retry, settings.record_retry_max);
        loop {
            let error = match try_record(&wish, core, &settings.tenant).await {
                Ok(reply) => {
                    let version = reply.version.unwrap_or_default();
                    if reply.new {
                        tracing::info!(number = version.number, hash = %version.hash, "the version is recorded");
                    }
                    board.recorded(&version, &wish.version.files);
                    if let Some(done) = wish.done {
                        let _ = done.send(version);
                    }
                    return;
                }
                Err(error) => error,
            };
            board.pending(error.message());
            if !passes(error.code()) {
                tracing::error!(hash = %wish.version.hash, code = ?error.code(), error = error.message(), "chat will not record this version");
                metrics::counter!("kefu_bot_versions_unrecorded_total").increment(1);
                return;
            }
            tracing::debug!(code = ?error.code(), error = error.message(), "the version waits to be recorded");
            tokio::time::sleep(backoff.pause(entropy)).await;
        }
    }
}

/// Whether chat may take it later.
const fn passes(code: Code) -> bool {
    !matches!(
        code,
        Code::InvalidArgument | Code::PermissionDenied | Code::Unimplemented | Code::NotFound
    )
}

fn call<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(CALL);
    request
}

/// Asks, uploads what chat lacks, and asks once more.
async fn try_record(wish: &Wish, core: &Channel, tenant: &str) -> Result<v1::RecordReply, Status> {
    let mut chat = CataloguesClient::new(core.clone());
    let request = v1::RecordRequest {
        tenant: tenant.to_owned(),
        version: Some(wish.version.clone()),
        expected_number: None,
    };
    for _ in 0..2 {
        let reply = chat.record(call(request.clone())).await?.into_inner();
        if reply.version.is_some() {
            return Ok(reply);
        }
        for sha256 in &reply.missing {
            let contents = wish.snapshot.contents(sha256);
            let contents =
                contents.ok_or_else(|| Status::internal("chat asks for unknown contents"))?;
            let pieces = pieces(tenant, sha256, contents.bytes.clone());
            chat.upload(call(futures::stream::iter(pieces))).await?;
        }
    }
    Err(Status::aborted(
        "contents were uploaded, and are missing again",
    ))
}

fn pieces(
    tenant: &str,
    sha256: &str,
    bytes: Arc<[u8]>,
) -> impl Iterator<Item = v1::ContentPiece> + use<> {
    let (tenant, sha256) = (tenant.to_owned(), sha256.to_owned());
    let count = bytes.len().div_ceil(PIECE_BYTES).max(1);
    (0..count).map(move |at| {
        let from = at * PIECE_BYTES;
        let to = (from + PIECE_BYTES).min(bytes.len());
        let first = at == 0;
        v1::ContentPiece {
            tenant: if first { tenant.clone() } else { String::new() },
            sha256: if first { sha256.clone() } else { String::new() },
            bytes: if first { bytes.len() as u64 } else { 0 },
            data: bytes[from..to].to_vec(),
        }
    })
}
