//! From `intent<TAB>text` lines to intent files.

mod tsv;
mod write;

use std::{io, path::PathBuf};

pub use tsv::import_tsv;

/// A bad line; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct BadLine {
    /// Which line.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why an import failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines that are wrong, the first [`crate::limits::PROBLEMS_MAX`] of them.
    #[error("{}", lines(.0))]
    Lines(Vec<BadLine>),
    /// The source or a file of the directory.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// The directory holds files that somebody wrote by hand.
    #[error("{0} was not made by an import and would mix with this one: choose an empty directory")]
    Occupied(PathBuf),
}

fn lines(lines: &[BadLine]) -> String {
    lines
        .iter()
        .map(BadLine::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// One label and its texts, both exactly as they stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedIntent {
    /// The id and the title to be.
    pub label: String,
    /// The phrasings to be, without exact repetitions.
    pub texts: Vec<String>,
}

/// What an import found, in the order of first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// By label.
    pub intents: Vec<ImportedIntent>,
    /// Lines that repeat an earlier one exactly and were left out.
    pub repeated: usize,
}
