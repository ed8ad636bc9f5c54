//! Text to token ids.

mod charsmap;
mod document;
mod library;
mod pieces;
mod unigram;

use std::path::Path;

pub(crate) use library::Library;
pub(crate) use unigram::Unigram;

use crate::LoadError;

/// Turns a text into the ids that the model reads, specials included.
pub(crate) trait Tokenize: Send + Sync {
    /// At most `tokens_max` ids; what is cut is the end of the text, never the closing special.
    ///
    /// # Errors
    /// When the tokenizer has no way to say this text.
    fn encode(&self, text: &str, tokens_max: usize) -> Result<Vec<u32>, String>;
}

/// The tokenizer of the directory: our compact unigram where its form is known, else the library's.
///
/// For the 250,000 pieces of E5 the library needs 280 MB and over a second, ours 9 MB and a tenth of a
/// second (measured on one machine, so only the ratio means something).
pub(crate) fn open(dir: &Path) -> Result<Box<dyn Tokenize>, LoadError> {
    let path = dir.join("tokenizer.json");
    let text = std::fs::read(&path).map_err(|source| LoadError::io(&path, source))?;
    let damaged = |error: String| LoadError::damaged(&path, error);
    let document = document::Document::parse(&text).map_err(damaged)?;
    let fuse_unknown = document::fuse_unknown(&dir.join("tokenizer_config.json"))?;
    match Unigram::from_document(document, fuse_unknown) {
        Some(unigram) => Ok(Box::new(unigram)),
        None => Ok(Box::new(Library::from_bytes(&text).map_err(damaged)?)),
    }
}

#[cfg(test)]
mod tests;
