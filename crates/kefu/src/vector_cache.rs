//! Vectors of phrasings embedded before, in a file: a start or a reload embeds only what is new.
//!
//! Layout: 8 bytes magic, u32 dimension, then records of 16 bytes key (SHA-256 of the text, cut)
//! and `dimension` f32, little-endian. A torn last record is ignored and overwritten. Losing the
//! file costs time and nothing else, so no failure here is an error.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use kefu_nlu::VectorCache;
use sha2::{Digest as _, Sha256};
use tracing::warn;

const MAGIC: &[u8; 8] = b"KEFUVEC1";
const HEADER_BYTES: u64 = 12;
const KEY_BYTES: usize = 16;
/// Above this the file starts anew: 2 KiB a record make 1.2 GB, which a knowledge base of the largest
/// size fills to two thirds.
const RECORDS_MAX: u64 = 600_000;
/// Bytes read at a time while the keys are gathered.
const READ_BYTES: usize = 1 << 20;

type Key = [u8; KEY_BYTES];

/// One file per model in a directory.
pub struct FileVectorCache {
    dir: PathBuf,
    open: Mutex<Option<Opened>>,
}

struct Opened {
    model_id: String,
    file: File,
    dimension: usize,
    places: HashMap<Key, u64>,
    records: u64,
}

impl FileVectorCache {
    /// Caches in `dir`, which is created when needed.
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.into(),
            open: Mutex::new(None),
        }
    }

    fn opened(&self, model_id: &str, dimension: Option<usize>) -> MutexGuard<'_, Option<Opened>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open
            .as_ref()
            .is_none_or(|opened| opened.model_id != model_id)
        {
            *open = Opened::open(&self.dir, model_id, dimension)
                .inspect_err(|error| warn!(%error, dir = %self.dir.display(), "no vector cache"))
                .ok()
                .flatten();
        }
        open
    }
}

impl VectorCache for FileVectorCache {
    fn get(&self, model_id: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let open = self.opened(model_id, None);
        let Some(opened) = open.as_ref() else {
            return vec![None; texts.len()];
        };
        texts.iter().map(|text| opened.read(&key(text))).collect()
    }

    fn put(&self, model_id: &str, texts: &[&str], vectors: &[Vec<f32>]) {
        let Some(dimension) = vectors.first().map(Vec::len) else {
            return;
        };
        let mut open = self.opened(model_id, Some(dimension));
        let Some(opened) = open.as_mut() else { return };
        if let Err(error) = opened.append(texts, vectors) {
            warn!(%error, "vectors are not remembered");
        }
    }
}

impl Opened {
    /// The file of this model; `None` when there is none yet and the dimension is unknown.
    fn open(dir: &Path, model_id: &str, dimension: Option<usize>) -> io::Result<Option<Self>> {
        let name: String = model_id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(32)
            .collect();
        let path = dir.join(format!("vectors-{name}.bin"));
        if dimension.is_none() && !path.is_file() {
            return Ok(None);
        }
        fs::create_dir_all(dir)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        let stored = read_header(&file);
        let Some(dimension) = stored.or(dimension) else {
            return Ok(None);
        };
        let model_id = model_id.to_owned();
        let mut opened = Self {
            model_id,
            file,
            dimension,
            places: HashMap::new(),
            records: 0,
        };
        if stored.is_none() {
            opened.start_anew()?;
        } else {
            opened.index()?;
        }
        Ok(Some(opened))
    }

    fn start_anew(&mut self) -> io::Result<()> {
        self.places.clear();
        self.records = 0;
        self.file.set_len(0)?;
        self.file.write_all_at(MAGIC, 0)?;
        let dimension = u32::try_from(self.dimension).unwrap_or(u32::MAX);
        self.file
            .write_all_at(&dimension.to_le_bytes(), MAGIC.len() as u64)
    }

    fn index(&mut self) -> io::Result<()> {
        let whole = self.file.metadata()?.len().saturating_sub(HEADER_BYTES) / self.record_bytes();
        let whole = whole.min(RECORDS_MAX);
        self.places
            .reserve(usize::try_from(whole).unwrap_or_default());
        // In order and in large pieces: as fast as the disk reads, where single keys would seek.
        let record_bytes = usize::try_from(self.record_bytes()).unwrap_or(usize::MAX);
        let at_once = (READ_BYTES / record_bytes).max(1);
        let mut bytes = vec![0; at_once * record_bytes];
        let mut record = 0;
        while record < whole {
            let count = (whole - record).min(at_once as u64);
            let part = bytes
                .get_mut(..count as usize * record_bytes)
                .unwrap_or_default();
            self.file.read_exact_at(part, self.place(record))?;
            for stored in part.chunks_exact(record_bytes) {
                if let Some(key) = stored.first_chunk::<KEY_BYTES>() {
                    self.places.insert(*key, record);
                }
                record += 1;
            }
        }
        self.records = whole;
        Ok(())
    }

    const fn record_bytes(&self) -> u64 {
        (KEY_BYTES + 4 * self.dimension) as u64
    }

    const fn place(&self, record: u64) -> u64 {
        HEADER_BYTES + record * self.record_bytes()
    }

    fn read(&self, key: &Key) -> Option<Vec<f32>> {
        let record = *self.places.get(key)?;
        let mut bytes = vec![0; 4 * self.dimension];
        self.file
            .read_exact_at(&mut bytes, self.place(record) + KEY_BYTES as u64)
            .ok()?;
        let floats = bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let vector: Vec<f32> = floats.collect();
        vector
            .iter()
            .all(|value| value.is_finite())
            .then_some(vector)
    }

    fn append(&mut self, texts: &[&str], vectors: &[Vec<f32>]) -> io::Result<()> {
        if vectors.iter().any(|vector| vector.len() != self.dimension) {
            self.dimension = vectors[0].len();
            self.start_anew()?;
        }
        if self.records + texts.len() as u64 > RECORDS_MAX {
            self.start_anew()?;
        }
        let mut bytes = Vec::with_capacity(texts.len() * (KEY_BYTES + 4 * self.dimension));
        let first = self.records;
        let mut keys = Vec::with_capacity(texts.len());
        for (text, vector) in texts.iter().zip(vectors) {
            let key = key(text);
            bytes.extend_from_slice(&key);
            bytes.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
            keys.push(key);
        }
        self.file.write_all_at(&bytes, self.place(first))?;
        for key in keys {
            self.places.insert(key, self.records);
            self.records += 1;
        }
        Ok(())
    }
}

fn read_header(file: &File) -> Option<usize> {
    let mut header = [0; HEADER_BYTES as usize];
    file.read_exact_at(&mut header, 0).ok()?;
    let dimension = u32::from_le_bytes([header[8], header[9], header[10], header[11]]) as usize;
    (header.starts_with(MAGIC) && (1..=65_536).contains(&dimension)).then_some(dimension)
}

fn key(text: &str) -> Key {
    let digest = Sha256::digest(text.as_bytes());
    let mut key = [0; KEY_BYTES];
    key.copy_from_slice(&digest[..KEY_BYTES]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors() -> Vec<Vec<f32>> {
        vec![vec![1.0, 2.0], vec![3.0, 4.0]]
    }

    #[test]
    fn what_was_put_is_there_after_a_restart_and_nothing_else() {
        let dir = tempfile::tempdir().expect("a directory");
        FileVectorCache::new(dir.path()).put("model", &["a", "b"], &vectors());
        let again = FileVectorCache::new(dir.path());
        assert_eq!(
            again.get("model", &["b", "c"]),
            vec![Some(vec![3.0, 4.0]), None]
        );
        assert_eq!(again.get("other", &["b"]), vec![None]);
    }

    #[test]
    fn a_torn_record_is_forgotten_and_overwritten() {
        let dir = tempfile::tempdir().expect("a directory");
        FileVectorCache::new(dir.path()).put("model", &["a", "b"], &vectors());
        let path = dir.path().join("vectors-model.bin");
        let whole = fs::metadata(&path).expect("it is there").len();
        File::options()
            .write(true)
            .open(&path)
            .and_then(|f| f.set_len(whole - 3))
            .expect("cut");
        let cache = FileVectorCache::new(dir.path());
        assert_eq!(
            cache.get("model", &["a", "b"]),
            vec![Some(vec![1.0, 2.0]), None]
        );
        cache.put("model", &["b"], &[vec![5.0, 6.0]]);
        let again = FileVectorCache::new(dir.path());
        assert_eq!(again.get("model", &["b"]), vec![Some(vec![5.0, 6.0])]);
    }

    #[test]
    fn rubbish_is_no_cache() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("vectors-model.bin"), b"rubbish").expect("written");
        let cache = FileVectorCache::new(dir.path());
        assert_eq!(cache.get("model", &["a"]), vec![None]);
        cache.put("model", &["a"], &[vec![1.0]]);
        assert_eq!(cache.get("model", &["a"]), vec![Some(vec![1.0])]);
    }
}
