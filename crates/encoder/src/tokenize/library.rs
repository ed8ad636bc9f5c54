//! Every tokenizer that the `tokenizers` library knows, WordPiece among them.

use tokenizers::{PostProcessor as _, Tokenizer, TruncationDirection, TruncationParams};

use super::Tokenize;

/// The library behind our trait.
pub(crate) struct Library {
    tokenizer: Tokenizer,
}

impl Library {
    /// Reads a whole `tokenizer.json`.
    ///
    /// # Errors
    /// With the library's reason.
    pub fn from_bytes(json: &[u8]) -> Result<Self, String> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None::<TruncationParams>)
            .map_err(|error| error.to_string())?;
        // A visitor who types `[SEP]` means those characters.
        tokenizer.set_encode_special_tokens(true);
        Ok(Self { tokenizer })
    }
}

impl Tokenize for Library {
    fn encode(&self, text: &str, tokens_max: usize) -> Result<Vec<u32>, String> {
        let encoding = self
            .tokenizer
            .encode_fast(text, false)
            .map_err(|error| error.to_string())?;
        let mut encoding = encoding;
        let specials = self
            .tokenizer
            .get_post_processor()
            .map_or(0, |post| post.added_tokens(false));
        let direction = TruncationDirection::Right;
        encoding.truncate(tokens_max.saturating_sub(specials), 0, direction);
        let encoding = self
            .tokenizer
            .post_process(encoding, None, true)
            .map_err(|error| error.to_string())?;
        Ok(encoding.get_ids().to_vec())
    }
}
