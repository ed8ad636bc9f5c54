//! Files in a directory, each written once.
//!
//! `<root>/<tenant>/<two digits>/<id>`: the digits spread the files over 256 directories. A file
//! comes to its name by a rename after its contents are on the device, and the directory is synced
//! after that: under a name there is the whole file or nothing, whenever the power goes.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use kefu_media::{BlobError, BlobFuture, BlobKey, Blobs};

/// In the root; no tenant has this name, for tenants are numbers.
const SPOOL: &str = "spool";

/// A directory of blobs.
#[derive(Debug)]
pub struct DiskBlobs {
    root: PathBuf,
    spool: PathBuf,
}

impl DiskBlobs {
    /// Blobs under `root`, which is made if need be. What comes in is gathered on the same file
    /// system, so that keeping it is a rename.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(root: &Path) -> io::Result<Self> {
        let spool = root.join(SPOOL);
        fs::create_dir_all(&spool)?;
        sync_dir(root)?;
        Ok(Self {
            root: root.to_owned(),
            spool,
        })
    }

    fn path(&self, key: BlobKey) -> PathBuf {
        let BlobKey {
            tenant,
            id,
            thumbnail,
        } = key;
        let end = if thumbnail { ".thumb" } else { "" };
        // The low bits of an id count the ids of a millisecond; these change with the seconds.
        let spread = (id >> 32) & 0xff;
        let dir = self
            .root
            .join(tenant.to_string())
            .join(format!("{spread:02x}"));
        dir.join(format!("{id}{end}"))
    }
}

impl Blobs for DiskBlobs {
    fn spool(&self) -> &Path {
        &self.spool
    }

    fn keep<'a>(&'a self, key: BlobKey, file: &'a Path) -> BlobFuture<'a, ()> {
        let (root, path, file) = (self.root.clone(), self.path(key), file.to_owned());
        Box::pin(blocking(move || keep(&root, &path, &file)))
    }

    fn read(&self, key: BlobKey, from: u64, bytes: usize) -> BlobFuture<'_, Option<Vec<u8>>> {
        let path = self.path(key);
        Box::pin(blocking(move || read(&path, from, bytes)))
    }

    fn remove(&self, key: BlobKey) -> BlobFuture<'_, ()> {
        let path = self.path(key);
        Box::pin(blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(told(&error)),
        Err(ended) => Err(BlobError::Failed(ended.to_string())),
    }
}

fn told(error: &io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::NoSpace(error.to_string()),
        _ => BlobError::Failed(error.to_string()),
    }
}

fn keep(root: &Path, path: &Path, file: &Path) -> io::Result<()> {
    match File::open(file) {
        Ok(contents) => contents.sync_all()?,
        // It was moved by a try whose answer was lost.
        Err(error) if error.kind() == ErrorKind::NotFound && path.exists() => return Ok(()),
        Err(error) => return Err(error),
    }
    let dir = path.parent().unwrap_or(root);
    if !dir.exists() {
        fs::create_dir_all(dir)?;
        // Each directory's name is on the device when the one above it is synced.
        for above in dir
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(root))
        {
            sync_dir(above)?;
        }
    }
    fs::rename(file, path)?;
    sync_dir(dir)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn read(path: &Path, from: u64, bytes: usize) -> io::Result<Option<Vec<u8>>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut found = Vec::new();
    file.take(u64::try_from(bytes).unwrap_or(u64::MAX))
        .read_to_end(&mut found)?;
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use kefu_media::{BlobError, BlobKey, Blobs as _};

    use super::DiskBlobs;

    const KEY: BlobKey = BlobKey {
        tenant: 1,
        id: 0x1234_5678_9abc,
        thumbnail: false,
    };

    #[tokio::test]
    async fn what_is_kept_is_read_in_pieces_until_it_is_removed() {
        let dir = tempfile::tempdir().expect("a directory");
        let blobs = DiskBlobs::open(&dir.path().join("media")).expect("writable");
        let spooled = blobs.spool().join("in");
        fs::write(&spooled, b"0123456789").expect("written");
        blobs.keep(KEY, &spooled).await.expect("kept");
        assert!(!spooled.exists(), "it was moved");
        // The answer of the first was lost.
        blobs.keep(KEY, &spooled).await.expect("kept before");
        for (from, bytes, expected) in [(0, 4, "0123"), (8, 4, "89"), (10, 4, ""), (99, 4, "")] {
            let read = blobs.read(KEY, from, bytes).await.expect("readable");
            assert_eq!(read.as_deref(), Some(expected.as_bytes()));
        }
        let thumbnail = BlobKey {
            thumbnail: true,
            ..KEY
        };
        let foreign = BlobKey { tenant: 2, ..KEY };
        for other in [thumbnail, foreign] {
            assert_eq!(blobs.read(other, 0, 9).await, Ok(None));
        }
        for _ in 0..2 {
            blobs.remove(KEY).await.expect("removed");
            assert_eq!(blobs.read(KEY, 0, 9).await, Ok(None));
        }
    }

    #[tokio::test]
    async fn what_never_came_is_not_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let blobs = DiskBlobs::open(dir.path()).expect("writable");
        let kept = blobs.keep(KEY, &blobs.spool().join("none")).await;
        assert!(matches!(kept, Err(BlobError::Failed(_))), "{kept:?}");
        assert_eq!(blobs.read(KEY, 0, 9).await, Ok(None));
    }
}
