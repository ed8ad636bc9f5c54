//! The vectors that the import left in its cache, by text.

use std::{collections::HashMap, fs, path::Path};

use anyhow::{Context as _, Result};
use kefu_encoder::{Encoder, ModelOptions};
use kefu_nlu::{EmbedError, Embedder, VectorCache};
use sha2::{Digest as _, Sha256};

const HEADER_BYTES: usize = 12;
const KEY_BYTES: usize = 16;

/// Vectors of known texts.
#[derive(Clone)]
pub struct Vectors {
    pub dimension: usize,
    by_key: HashMap<[u8; KEY_BYTES], Vec<f32>>,
}

/// Reads the largest cache file of the directory; its layout stands in `kefu`'s `vector_cache`.
pub fn read(cache: &Path) -> Result<Vectors> {
    let files = fs::read_dir(cache)?.flatten();
    let largest = files
        .filter(|file| file.file_name().to_string_lossy().starts_with("vectors-"))
        .max_by_key(|file| file.metadata().map_or(0, |data| data.len()));
    let bytes = fs::read(largest.context("there is none")?.path())?;
    let dimension = bytes.get(8..12).context("no header")?;
    let dimension = u32::from_le_bytes(dimension.try_into()?) as usize;
    let records = bytes[HEADER_BYTES..].chunks_exact(KEY_BYTES + 4 * dimension);
    let by_key = records
        .filter_map(|record| {
            let (key, values) = record.split_first_chunk::<KEY_BYTES>()?;
            let (values, _) = values.as_chunks::<4>();
            Some((
                *key,
                values
                    .iter()
                    .map(|value| f32::from_le_bytes(*value))
                    .collect(),
            ))
        })
        .collect();
    Ok(Vectors { dimension, by_key })
}

impl Vectors {
    pub fn get(&self, text: &str) -> Option<&Vec<f32>> {
        let digest = Sha256::digest(text.as_bytes());
        self.by_key.get(digest.first_chunk::<KEY_BYTES>()?)
    }

    /// Embeds what is not known.
    pub fn add(&mut self, texts: &[&str], model: &Path) -> Result<()> {
        let encoder = Encoder::load(model, ModelOptions::default())?;
        for text in texts {
            if self.get(text).is_none() {
                let vector = encoder.embed(&[text])?.remove(0);
                let digest = Sha256::digest(text.as_bytes());
                let key = digest.first_chunk::<KEY_BYTES>().context("32 bytes")?;
                self.by_key.insert(*key, vector);
            }
        }
        Ok(())
    }
}

/// An encoder that takes no time, so that what is measured is all the rest.
impl Embedder for Vectors {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn model_id(&self) -> &str {
        "known"
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let vectors = texts.iter().map(|text| self.get(text).cloned());
        vectors
            .collect::<Option<_>>()
            .ok_or_else(|| EmbedError::Failed("a text without a vector".to_owned()))
    }
}

impl VectorCache for Vectors {
    fn get(&self, _: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        texts
            .iter()
            .map(|text| Self::get(self, text).cloned())
            .collect()
    }

    fn put(&self, _: &str, _: &[&str], _: &[Vec<f32>]) {}
}
