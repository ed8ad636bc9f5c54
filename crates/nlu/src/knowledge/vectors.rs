//! Vectors of many texts, from the cache where it has them, a few at a time: all at once would take
//! more memory than everything else together.

use crate::corpus::embed;
use crate::port::{EmbedError, Embedder, VectorCache};

/// Texts whose vectors are in memory at once.
const CHUNK: usize = 512;
/// Texts per call of the encoder.
const EMBED_BATCH: usize = 64;

/// Calls `each` with (index, vector) of every text, in order. `progress` hears (done, all).
pub(super) fn each_vector(
    texts: &[&str],
    embedder: &dyn Embedder,
    cache: &dyn VectorCache,
    progress: &dyn Fn(usize, usize),
    each: &mut dyn FnMut(usize, Vec<f32>),
) -> Result<(), EmbedError> {
    for (chunk, part) in texts.chunks(CHUNK).enumerate() {
        let usable = |vector: &Vec<f32>| vector.len() == embedder.dimension();
        let mut vectors: Vec<Option<Vec<f32>>> = cache
            .get(embedder.model_id(), part)
            .into_iter()
            .map(|vector| vector.filter(usable))
            .collect();
        vectors.resize(part.len(), None);
        let missing: Vec<usize> = (0..part.len())
            .filter(|&at| vectors[at].is_none())
            .collect();
        let known = part.len() - missing.len();
        for (batch, wanted) in missing.chunks(EMBED_BATCH).enumerate() {
            let batch_texts: Vec<&str> = wanted.iter().map(|&at| part[at]).collect();
            let made = embed(embedder, &batch_texts)?;
            cache.put(embedder.model_id(), &batch_texts, &made);
            for (&at, vector) in wanted.iter().zip(made) {
                vectors[at] = Some(vector);
            }
            let done = chunk * CHUNK + known + batch * EMBED_BATCH + wanted.len();
            progress(done, texts.len());
        }
        for (at, vector) in vectors.into_iter().enumerate() {
            each(chunk * CHUNK + at, vector.unwrap_or_default());
        }
        progress((chunk * CHUNK + part.len()).min(texts.len()), texts.len());
    }
    Ok(())
}

/// Embeds what the cache does not know of many texts, so that a later build need not. `progress` hears
/// (done, all).
///
/// # Errors
/// When the embedder does.
pub fn remember_vectors(
    texts: &[&str],
    embedder: &dyn Embedder,
    cache: &dyn VectorCache,
    progress: &dyn Fn(usize, usize),
) -> Result<(), EmbedError> {
    each_vector(texts, embedder, cache, progress, &mut |_, _| {})
}

/// All vectors of few texts.
pub(super) fn all(
    texts: &[&str],
    embedder: &dyn Embedder,
    cache: &dyn VectorCache,
) -> Result<Vec<Vec<f32>>, EmbedError> {
    let mut vectors = Vec::with_capacity(texts.len());
    each_vector(texts, embedder, cache, &|_, _| {}, &mut |_, vector| {
        vectors.push(vector);
    })?;
    Ok(vectors)
}
