//! Why an import failed.

use std::{io, path::PathBuf};

/// A bad row, counted as a spreadsheet counts them: the header is usually row 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {message}")]
pub struct BadRow {
    /// Which row.
    pub row: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why an import failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that are wrong, the first of them, and how many there are in all.
    #[error("{}", rows(.0, *.1))]
    Rows(Vec<BadRow>, usize),
    /// The table as a whole.
    #[error("{0}")]
    Table(String),
    /// The source or the file to write.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

fn rows(rows: &[BadRow], all: usize) -> String {
    let mut lines: Vec<String> = rows.iter().map(BadRow::to_string).collect();
    if all > rows.len() {
        lines.push(format!("… and {} more", all - rows.len()));
    }
    lines.join("\n")
}
