//! The files of a set as they were at one moment.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use kefu_intents::limits::{KNOWLEDGE_BYTES_MAX, TOTAL_BYTES_MAX};
use kefu_proto::v1;
use sha2::{Digest as _, Sha256};

use super::paths;

/// A file's contents and their hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) bytes: Arc<[u8]>,
    /// SHA-256, 64 hexadecimal digits.
    pub(super) sha256: String,
}

impl Contents {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut sha256 = String::with_capacity(64);
        for byte in digest {
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            bytes: bytes.into(),
            sha256,
        }
    }
}

/// Files by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) files: BTreeMap<String, Contents>,
}

impl Snapshot {
    /// Reads all files of the set. What `known` has already is shared with it.
    pub(super) fn read(dir: &Path, known: &Self) -> io::Result<Self> {
        let mut snapshot = Self::default();
        let mut left = TOTAL_BYTES_MAX + KNOWLEDGE_BYTES_MAX;
        for (path, place) in paths::files(dir)? {
            let size = fs::metadata(&place)?.len();
            if size > left {
                return Err(io::Error::other("the files are too large together"));
            }
            left -= size;
            let contents = Contents::new(&fs::read(&place)?);
            let shared = known.files.get(&path).filter(|known| **known == contents);
            let contents = shared.cloned().unwrap_or(contents);
            snapshot.files.insert(path, contents);
        }
        Ok(snapshot)
    }

    /// What the files are, by path, without their texts.
    pub(super) fn manifest(&self) -> Vec<v1::CatalogueFile> {
        let file = |(path, contents): (&String, &Contents)| v1::CatalogueFile {
            path: path.clone(),
            sha256: contents.sha256.clone(),
            bytes: contents.bytes.len() as u64,
            text: None,
        };
        self.files.iter().map(file).collect()
    }

    /// What the files are, with the texts of the smallest up to `bytes_max` together.
    pub(super) fn texts(&self, bytes_max: usize) -> Vec<v1::CatalogueFile> {
        let mut files = self.manifest();
        files.sort_by_key(|file| file.bytes);
        let mut left = bytes_max;
        for file in &mut files {
            let Some(contents) = self.files.get(&file.path) else {
                continue;
            };
            if contents.bytes.len() > left {
                break;
            }
            left -= contents.bytes.len();
            file.text = String::from_utf8(contents.bytes.to_vec()).ok();
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// The contents of this hash.
    pub(super) fn contents(&self, sha256: &str) -> Option<&Contents> {
        self.files
            .values()
            .find(|contents| contents.sha256 == sha256)
    }
}

/// What tells, without reading files, that one changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fingerprint {
    /// Which directory it is: it may be replaced as a whole.
    pub(super) dir: (u64, u64),
    files: Vec<(PathBuf, [i64; 6])>,
    error: String,
}

impl Fingerprint {
    /// Of the directory now. One that cannot be read has a fingerprint, too.
    pub(super) fn of(dir: &Path) -> Self {
        let mut print = Self::default();
        if let Err(error) = print.fill(dir) {
            print.error = error.to_string();
        }
        print
    }

    #[allow(clippy::cast_possible_wrap, reason = "only compared")]
    fn fill(&mut self, dir: &Path) -> io::Result<()> {
        let found = fs::metadata(dir)?;
        self.dir = (found.dev(), found.ino());
        for (_, place) in paths::files(dir)? {
            let it = fs::metadata(&place)?;
            let marks = [
                it.dev() as i64,
                it.ino() as i64,
                it.len() as i64,
                it.mtime(),
                it.mtime_nsec(),
                it.ctime_nsec(),
            ];
            self.files.push((place, marks));
        }
        Ok(())
    }
}
