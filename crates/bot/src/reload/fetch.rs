//! The newest good version from chat, for a bot that starts over a directory that is broken.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::civil::Date;
use kefu_proto::v1::{self, catalogues_client::CataloguesClient};
use tonic::{Code, Request, Status, transport::Channel};

use super::{
    load::{self, First},
    snapshot::{Contents, Fingerprint, Snapshot},
};

/// How often, and with which pause, chat is asked: it may be starting, too.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);
/// One call may take this long.
const CALL: Duration = Duration::from_secs(10);

/// The newest version that chat has recorded, read for `today`; `None` when there is none, or it is
/// not good any more. `work_dir` is where it is looked at.
///
/// # Errors
/// When chat does not answer in ten seconds.
pub async fn newest(
    core: &Channel,
    tenant: &str,
    work_dir: &Path,
    today: Date,
) -> Result<Option<First>, Status> {
    let mut tried = 0;
    let set = loop {
        tried += 1;
        match fetch(core, tenant).await {
            Ok(set) => break set,
            Err(error) if error.code() == Code::Unavailable && tried < TRIES => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    };
    let Some(set) = set else { return Ok(None) };
    let work_dir = work_dir.to_path_buf();
    let draft = move || load::draft(&work_dir, &set, today, usize::MAX);
    let read = tokio::task::spawn_blocking(draft).await;
    let read = read.map_err(|_| Status::internal("reading the newest version failed inside"))?;
    let seen = Fingerprint::default();
    Ok(read.catalogue.clone().map(|catalogue| First {
        catalogue,
        read,
        seen,
    }))
}

async fn fetch(core: &Channel, tenant: &str) -> Result<Option<Snapshot>, Status> {
    let mut chat = CataloguesClient::new(core.clone());
    let mut request = Request::new(v1::NewestRequest {
        tenant: tenant.to_owned(),
    });
    request.set_timeout(CALL);
    let newest = chat.newest(request).await?.into_inner();
    let Some(version) = newest.version else {
        return Ok(None);
    };
    let mut set = Snapshot::default();
    for file in version.files {
        let wanted = v1::FetchRequest {
            tenant: tenant.to_owned(),
            sha256: file.sha256.clone(),
        };
        let contents = collect(chat.fetch(wanted).await?.into_inner(), &file.sha256).await?;
        set.files.insert(file.path, contents);
    }
    Ok(Some(set))
}

/// Contents from their pieces.
pub(super) async fn collect(
    mut pieces: tonic::Streaming<v1::ContentPiece>,
    sha256: &str,
) -> Result<Contents, Status> {
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await? {
        bytes.extend_from_slice(&piece.data);
    }
    let contents = Contents::new(&Arc::<[u8]>::from(bytes));
    if contents.sha256 != sha256 {
        return Err(super::service::refusal(
            Code::Internal,
            "unavailable",
            "a file of this version did not arrive whole; try again",
            1_000,
        ));
    }
    Ok(contents)
}
