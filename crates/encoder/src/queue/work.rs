//! What the threads do: the encoder, or a slow stand-in where a test needs to hold it.

use kefu_nlu::{EmbedError, Embedder};

use crate::{Encoder, recent::TextHash};

/// A text on its way through the queue.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub tokens: Vec<u32>,
    /// `None` for a text that is not to be remembered.
    pub hash: Option<TextHash>,
}

pub(super) trait Work: Send + Sync + 'static {
    /// As [`Embedder::knows_word`].
    fn knows_word(&self, word: &str) -> bool;
    fn ask(&self, text: &str) -> Result<Asked, EmbedError>;
    /// The vector of a text that was asked lately.
    fn known(&self, text: &str) -> Option<Vec<f32>>;
    /// One vector for each, in order, on the calling thread.
    fn compute(&self, asked: &[Asked]) -> Result<Vec<Vec<f32>>, EmbedError>;
    fn remember(&self, asked: &[Asked], vectors: &[Vec<f32>]);
}

impl Work for Encoder {
    fn knows_word(&self, word: &str) -> bool {
        Embedder::knows_word(self, word)
    }

    fn ask(&self, text: &str) -> Result<Asked, EmbedError> {
        Ok(Asked {
            tokens: self.tokens(text)?,
            hash: self.recent().map(|_| TextHash::of(text)),
        })
    }

    fn known(&self, text: &str) -> Option<Vec<f32>> {
        self.cached(text).map(|vector| vector.to_vec())
    }

    fn compute(&self, asked: &[Asked]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let tokens: Vec<&[u32]> = asked.iter().map(|asked| asked.tokens.as_slice()).collect();
        self.compute_here(&tokens)
    }

    fn remember(&self, asked: &[Asked], vectors: &[Vec<f32>]) {
        let Some(recent) = self.recent() else { return };
        for (asked, vector) in asked.iter().zip(vectors) {
            if let Some(hash) = asked.hash {
                recent.put(hash, vector);
            }
        }
    }
}
