//! Vectors in a file, so that a benchmark that runs again is quick.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, Result};
use kefu_encoder::{Encoder, ModelOptions};
use kefu_nlu::{EmbedError, Embedder, VectorCache};

/// Numbers of the model's own vector.
pub const PLAIN: usize = 384;

/// The encoder, and every vector that it made in this run and in earlier ones.
pub struct Vectors {
    encoder: Encoder,
    known: Mutex<HashMap<String, Vec<f32>>>,
    path: PathBuf,
}

impl Vectors {
    /// Loads the model and what `dir` remembers of it.
    pub fn load(model: &Path, dir: &Path) -> Result<Arc<Self>> {
        let options = ModelOptions {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            cache_entries_max: 0,
            // As the product reads it.
            middle: true,
            ..ModelOptions::default()
        };
        let encoder = Encoder::load(model, options)?;
        fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        let id: String = encoder
            .model_id()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(16)
            .collect();
        let path = dir.join(format!("vectors-{id}"));
        let known = Mutex::new(read(&path, encoder.dimension()).unwrap_or_default());
        Ok(Arc::new(Self {
            encoder,
            known,
            path,
        }))
    }

    /// Embeds what is not known yet and saves.
    pub fn prepare(&self, texts: &[&str]) -> Result<()> {
        let mut missing: Vec<&str> = {
            let known = self.lock();
            texts
                .iter()
                .copied()
                .filter(|text| !known.contains_key(*text))
                .collect()
        };
        missing.sort_unstable_by_key(|text| (text.len(), *text));
        missing.dedup();
        let all = missing.len();
        for (done, batch) in missing.chunks(64).enumerate() {
            let made = self.encoder.embed(batch)?;
            let pairs = batch.iter().map(|&text| text.to_owned()).zip(made);
            self.lock().extend(pairs);
            if done % 64 == 0 {
                eprintln!("embedding {} of {all} texts", 64 * done);
            }
        }
        if all > 0 {
            self.save()?;
        }
        Ok(())
    }

    /// The model's own vectors, one after the other, as others read them: the first part of ours,
    /// brought to length one.
    pub fn plain(&self, texts: &[&str]) -> Result<Vec<f32>> {
        let mut plain = Vec::with_capacity(texts.len() * PLAIN);
        for vector in self.embed(texts)? {
            let first = vector.get(..PLAIN).context("a vector is too short")?;
            let length = first.iter().map(|x| x * x).sum::<f32>().sqrt();
            plain.extend(first.iter().map(|x| x / length));
        }
        Ok(plain)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<f32>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self) -> Result<()> {
        let known = self.lock();
        let texts: Vec<&String> = known.keys().collect();
        let numbers = texts.iter().flat_map(|text| &known[*text]);
        let bytes: Vec<u8> = numbers.flat_map(|x| x.to_le_bytes()).collect();
        fs::write(self.path.with_extension("f32"), bytes)?;
        fs::write(
            self.path.with_extension("json"),
            serde_json::to_vec(&texts)?,
        )?;
        Ok(())
    }
}

/// `None` where there is nothing, or not all of it.
fn read(path: &Path, dimension: usize) -> Option<HashMap<String, Vec<f32>>> {
    let texts: Vec<String> =
        serde_json::from_slice(&fs::read(path.with_extension("json")).ok()?).ok()?;
    let bytes = fs::read(path.with_extension("f32")).ok()?;
    let (numbers, _) = bytes.as_chunks::<4>();
    if numbers.len() != texts.len() * dimension {
        return None;
    }
    let vectors = numbers
        .chunks(dimension)
        .map(|vector| vector.iter().map(|x| f32::from_le_bytes(*x)).collect());
    Some(texts.into_iter().zip(vectors).collect())
}

impl Embedder for Vectors {
    fn dimension(&self) -> usize {
        self.encoder.dimension()
    }

    fn model_id(&self) -> &str {
        self.encoder.model_id()
    }

    fn knows_word(&self, word: &str) -> bool {
        self.encoder.knows_word(word)
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let known: Option<Vec<Vec<f32>>> = {
            let known = self.lock();
            texts.iter().map(|text| known.get(*text).cloned()).collect()
        };
        known.map_or_else(|| self.encoder.embed(texts), Ok)
    }
}

impl VectorCache for Vectors {
    fn get(&self, _: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        let known = self.lock();
        texts.iter().map(|&text| known.get(text).cloned()).collect()
    }

    fn put(&self, _: &str, texts: &[&str], vectors: &[Vec<f32>]) {
        let pairs = texts
            .iter()
            .map(|&text| text.to_owned())
            .zip(vectors.iter().cloned());
        self.lock().extend(pairs);
    }
}
