//! The port to where the bytes are.

use std::{fmt, future::Future, path::Path, pin::Pin, sync::Arc};

/// A call under way.
pub type BlobFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BlobError>> + Send + 'a>>;

/// Why bytes could not be kept, read or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// No room; there may be some later.
    #[error("no space is left: {0}")]
    NoSpace(String),
    /// Anything else; it may work later.
    #[error("{0}")]
    Failed(String),
}

/// The name of some bytes. They are written once and never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey {
    /// Whose.
    pub tenant: u64,
    /// Of the upload.
    pub id: u64,
    /// The picture's thumbnail, and not the picture.
    pub thumbnail: bool,
}

impl fmt::Display for BlobKey {
    /// `tenant/id`, for a thumbnail `tenant/id.thumb`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.thumbnail { ".thumb" } else { "" };
        write!(f, "{}/{}{end}", self.tenant, self.id)
    }
}

/// Where the bytes are.
pub trait Blobs: Send + Sync + 'static {
    /// A directory of this machine in which what comes in is gathered before it is kept.
    fn spool(&self) -> &Path;

    /// Keeps the contents of `file`, which may be moved away. When this returns they survive the
    /// loss of power. The same again is fine.
    fn keep<'a>(&'a self, key: BlobKey, file: &'a Path) -> BlobFuture<'a, ()>;

    /// At most `bytes` bytes from offset `from` on; fewer only at the end. `None`: there is no such key.
    fn read(&self, key: BlobKey, from: u64, bytes: usize) -> BlobFuture<'_, Option<Vec<u8>>>;

    /// Removes what is there; that nothing is there is fine.
    fn remove(&self, key: BlobKey) -> BlobFuture<'_, ()>;
}

/// Shared by everything that keeps or serves bytes.
pub type SharedBlobs = Arc<dyn Blobs>;
