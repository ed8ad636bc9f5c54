//! What the NLU needs from outside.

use std::time::Duration;

/// The model could not embed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EmbedError {
    /// Too much is waiting; try again later.
    #[error("the encoder is overloaded: {0}")]
    Overloaded(String),
    /// The model itself failed.
    #[error("the encoder failed: {0}")]
    Failed(String),
}

/// Sentence vectors.
pub trait Embedder: Send + Sync + 'static {
    /// Length of a vector.
    fn dimension(&self) -> usize;

    /// Changes whenever the vectors would: a hash of weights and tokenizer.
    fn model_id(&self) -> &str;

    /// Whether the model's vocabulary has the word whole, as it has common ones: then it is no typo,
    /// however seldom an intent says it. Without calling the model.
    fn knows_word(&self, word: &str) -> bool {
        let _ = word;
        false
    }

    /// One L2-normalised vector per text, in order. Any prefix the model wants is added inside.
    ///
    /// # Errors
    /// When overloaded, or when the model fails.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError>;

    /// As [`Embedder::embed`], for somebody who waits at most `wait` for the answer: ahead of bulk
    /// work, and refused early where there is more to do than can be done in time.
    ///
    /// # Errors
    /// When overloaded or late, or when the model fails.
    fn embed_within(&self, texts: &[&str], wait: Duration) -> Result<Vec<Vec<f32>>, EmbedError> {
        let _ = wait;
        self.embed(texts)
    }
}

/// Vectors of texts embedded before, so that a reload embeds only what changed.
/// Keyed by (model id, text).
pub trait VectorCache: Send + Sync {
    /// The vectors known, in the order asked; `None` where unknown.
    fn get(&self, model_id: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>>;
    /// Remembers these; a failure to do so is not an error, only slower next time.
    fn put(&self, model_id: &str, texts: &[&str], vectors: &[Vec<f32>]);
}

/// Remembers nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoVectorCache;

impl VectorCache for NoVectorCache {
    fn get(&self, _: &str, texts: &[&str]) -> Vec<Option<Vec<f32>>> {
        vec![None; texts.len()]
    }

    fn put(&self, _: &str, _: &[&str], _: &[Vec<f32>]) {}
}
