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
/// The library keeps a 250,000-piece unigram in hash maps of hundreds of megabytes and takes most of a
/// second to build them; ours takes a fifth of the time and a few megabytes.
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
