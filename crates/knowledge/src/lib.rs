//! From an office's FAQ table (CSV or XLSX) to the knowledge base's normal form.
//!
//! Invariants: a table with anything wrong in it writes nothing, and all that is wrong is said at once,
//! with the row numbers that a spreadsheet shows; the file that is written reads back as what was
//! counted. Importing a table again replaces what its last import wrote.
//!
//! This crate must not know the model or a terminal: progress goes to a function.

mod columns;
mod entries;
mod error;
mod table;
pub mod tiny;
mod write;

use std::path::{Path, PathBuf};

use kefu_intents::KnowledgeEntry;

pub use self::error::{BadRow, ImportError};
use self::{columns::Columns, entries::Entries};

/// What an import found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The table that was written; empty where none was.
    pub path: PathBuf,
    /// Entries written.
    pub entries: usize,
    /// Questions, the similar ones included.
    pub questions: usize,
    /// Rows that repeated an earlier one and were joined with it.
    pub repeated: usize,
    /// Rows without any text.
    pub empty: usize,
    /// What to look at, though nothing kept the import; at most [`WARNINGS_MAX`].
    pub warnings: Vec<BadRow>,
}

/// Warnings that a summary keeps.
pub const WARNINGS_MAX: usize = 20;

/// Reads the FAQ table `file`: the entries, in the order of their first rows, and what was found.
/// `progress` hears (rows read, all rows).
///
/// # Errors
/// All rows that are wrong, or why the file cannot be read.
pub fn read_faq(
    file: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Vec<KnowledgeEntry>, Summary), ImportError> {
    let table = table::open(file)?;
    let columns = Columns::find(&table.header)?;
    let mut entries = Entries::default();
    let all = table.rows.len();
    for (at, row) in table.rows.iter().enumerate() {
        entries.row(row, &columns);
        progress(at + 1, all);
    }
    entries.finish()
}

/// Imports the FAQ table `file` into the intents directory `out`, as `knowledge/<name>.csv`.
///
/// # Errors
/// All rows that are wrong, or why a file cannot be read or written. Nothing is written then.
pub fn import_faq(
    file: &Path,
    out: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Summary, ImportError> {
    let (entries, mut summary) = read_faq(file, progress)?;
    summary.path = write::replace(file, out, &entries)?;
    Ok(summary)
}
