//! `manifest.json`, which the importer leaves: sizes are compared at every load, sums on demand.

use std::{fs, io::Read as _, path::Path};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::LoadError;

const NAME: &str = "manifest.json";
/// Files that make the vectors what they are.
const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

/// What the importer wrote, or nothing for a directory brought by hand.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    files: Vec<Entry>,
}

impl Manifest {
    /// Reads the manifest, if there is one.
    pub fn read(dir: &Path) -> Result<Option<Self>, LoadError> {
        let path = dir.join(NAME);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| LoadError::damaged(path, error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LoadError::io(path, error)),
        }
    }

    /// Compares sizes.
    pub fn check_sizes(&self, dir: &Path) -> Result<(), LoadError> {
        for entry in &self.files {
            let path = dir.join(&entry.name);
            let bytes = fs::metadata(&path)
                .map_err(|source| LoadError::io(&path, source))?
                .len();
            if bytes != entry.bytes {
                let what = format!("it has {bytes} bytes, the manifest says {}", entry.bytes);
                return Err(LoadError::damaged(path, what));
            }
        }
        Ok(())
    }

    /// Compares every byte, by SHA-256.
    pub fn check_sums(&self, dir: &Path) -> Result<(), LoadError> {
        self.check_sizes(dir)?;
        for entry in &self.files {
            let path = dir.join(&entry.name);
            let found = sum(&path)?;
            if found != entry.sha256 {
                let what = format!("its SHA-256 is {found}, the manifest says {}", entry.sha256);
                return Err(LoadError::damaged(path, what));
            }
        }
        Ok(())
    }

    fn recorded(&self, name: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.sha256.as_str())
    }
}

/// A name for the vectors: changes with weights, tokenizer, configuration and `usage` (prefix, pooling).
///
/// Recorded sums are trusted where there are any, because hashing the weights takes longer than loading them.
pub(crate) fn model_id(
    dir: &Path,
    manifest: Option<&Manifest>,
    usage: &str,
) -> Result<String, LoadError> {
    let mut hash = Sha256::new();
    for name in FILES {
        match manifest.and_then(|manifest| manifest.recorded(name)) {
            Some(recorded) => hash.update(recorded),
            None => hash.update(sum(&dir.join(name))?),
        }
    }
    hash.update(usage);
    Ok(hex(&hash.finalize())[..32].to_owned())
}

fn sum(path: &Path) -> Result<String, LoadError> {
    let failed = |source| LoadError::io(path, source);
    let mut file = fs::File::open(path).map_err(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
