//! What is over goes: first for everybody, which is the core's to decide, then its bytes, then its row.

use std::{sync::Arc, time::Duration};

use kefu_media::BlobKey;
use kefu_proto::v1::{ExpiredMediaRequest, MediaRecord, MediaRecords};

use super::spool;
use crate::app::App;

/// Uploads that are removed before the core is told.
const AT_ONCE: u32 = 100;

/// Removes what is expired, now and then, for as long as the process lives.
pub(crate) async fn sweep(app: Arc<App>) {
    loop {
        tokio::time::sleep(Duration::from_secs(app.settings.media.sweep_s.max(1))).await;
        app.uploads.sweep(app.clock.monotonic());
        clear_spool(&app).await;
        while remove_some(&app).await {}
    }
}

async fn clear_spool(app: &App) {
    let (spool, now_ms) = (app.blobs.spool().to_owned(), app.clock.wall_ms());
    // Nothing is written to for longer than an upload may take.
    let age = Duration::from_secs(app.settings.media.upload_timeout_s * 2 + 60);
    let cleared = tokio::task::spawn_blocking(move || spool::clear(&spool, now_ms, age)).await;
    match cleared {
        Ok(Ok(0)) => {}
        Ok(Ok(files)) => {
            tracing::info!(files, "unfinished uploads of earlier processes are removed")
        }
        Ok(Err(error)) => tracing::warn!(%error, "unfinished uploads cannot be removed"),
        Err(error) => tracing::warn!(%error, "unfinished uploads cannot be removed"),
    }
}

/// Says whether there may be more at once.
async fn remove_some(app: &App) -> bool {
    // A core of another release is asked nothing.
    if app.hub.refusal().is_some() {
        return false;
    }
    let ask = ExpiredMediaRequest { limit: AT_ONCE };
    let expired = match app.chat().expired_media(app.call(ask)).await {
        Ok(expired) => expired.into_inner().records,
        Err(status) => {
            tracing::debug!(code = ?status.code(), "what is expired could not be asked");
            return false;
        }
    };
    let full = u32::try_from(expired.len()) == Ok(AT_ONCE);
    let mut removed = Vec::new();
    for record in expired {
        match remove(app, &record).await {
            Ok(()) => removed.push(record),
            Err(error) => tracing::warn!(%error, "the bytes of an upload cannot be removed"),
        }
    }
    if removed.is_empty() {
        return false;
    }
    metrics::counter!(crate::measures::MEDIA_REMOVED).increment(removed.len() as u64);
    let records = MediaRecords { records: removed };
    let forgotten = app.chat().forget_media(app.call(records)).await;
    full && forgotten.is_ok()
}

async fn remove(app: &App, record: &MediaRecord) -> Result<(), kefu_media::BlobError> {
    for thumbnail in [true, false] {
        let key = BlobKey {
            tenant: record.tenant_id,
            id: record.id,
            thumbnail,
        };
        app.blobs.remove(key).await?;
    }
    Ok(())
}
