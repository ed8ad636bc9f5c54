//! Files that come in and are not kept yet. Each goes when whoever holds it does.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use kefu_media::BlobError;
use tokio::{fs, io::AsyncWriteExt as _};

use crate::app::App;

/// A file in the spool, removed when this is dropped. Kept by a rename, it is there no more.
pub(super) struct Spooled {
    pub(super) path: PathBuf,
}

impl Drop for Spooled {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A new file in the spool.
pub(super) async fn create(app: &App) -> Result<(Spooled, fs::File), BlobError> {
    let name = format!("{:016x}", app.entropy.next_u64());
    let path = app.blobs.spool().join(name);
    let file = fs::File::create_new(&path).await;
    let file = file.map_err(|error| told(&error))?;
    Ok((Spooled { path }, file))
}

/// A new file with these contents.
pub(super) async fn holding(app: &App, contents: &[u8]) -> Result<Spooled, BlobError> {
    let (spooled, mut file) = create(app).await?;
    let written = async {
        file.write_all(contents).await?;
        file.flush().await
    };
    written.await.map_err(|error| told(&error))?;
    Ok(spooled)
}

pub(super) fn told(error: &io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            BlobError::NoSpace(error.to_string())
        }
        _ => BlobError::Failed(error.to_string()),
    }
}

/// Removes what processes that were killed have left: files that nobody has written to for so long
/// before `now_ms`.
pub(super) fn clear(spool: &Path, now_ms: i64, age: Duration) -> io::Result<usize> {
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
    let mut removed = 0;
    for entry in std::fs::read_dir(spool)? {
        let entry = entry?;
        let written = entry.metadata()?.modified()?;
        if now.duration_since(written).is_ok_and(|since| since > age) {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::clear;

    #[test]
    fn what_is_old_goes_and_what_is_being_written_stays() {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, at_s) in [("old", 1_000), ("young", 1_900)] {
            let file = std::fs::File::create(dir.path().join(name)).expect("written");
            let at = UNIX_EPOCH + Duration::from_secs(at_s);
            file.set_modified(at).expect("a time");
        }
        let age = Duration::from_secs(500);
        let cleared = clear(dir.path(), 2_000_000, age);
        assert_eq!(cleared.expect("readable"), 1);
        assert!(dir.path().join("young").exists());
    }
}
