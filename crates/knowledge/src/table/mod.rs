//! A table as rows of cells, whatever the file was.

mod delimited;
mod workbook;

use std::{fs::File, io::Read as _, path::Path};

use kefu_intents::limits::KNOWLEDGE_BYTES_MAX;

use crate::ImportError;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Row {
    /// As the spreadsheet counts, from 1.
    pub number: usize,
    pub cells: Vec<String>,
    /// Cells that hold no text to read.
    pub faults: Vec<Fault>,
}

/// A cell that holds no text to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub column: usize,
    pub message: String,
}

/// The first row that is not empty, and those below.
#[derive(Debug)]
pub(crate) struct Table {
    pub header: Row,
    pub rows: Vec<Row>,
}

/// Reads the file by what it holds, not by its name.
///
/// # Errors
/// When it cannot be read, is too large, or is no table.
pub(crate) fn open(path: &Path) -> Result<Table, ImportError> {
    let failed = |error| ImportError::Io(path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(KNOWLEDGE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > KNOWLEDGE_BYTES_MAX {
        return Err(ImportError::Table(format!(
            "the file has more than {KNOWLEDGE_BYTES_MAX} bytes: split it"
        )));
    }
    let rows = if bytes.starts_with(b"PK\x03\x04") {
        workbook::rows(bytes)?
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(ImportError::Table(
            "this is an old XLS file: save it as XLSX or CSV".to_owned(),
        ));
    } else {
        delimited::rows(&bytes)?
    };
    let full = |row: &Row| row.cells.iter().any(|cell| !cell.trim().is_empty());
    let mut rows = rows.into_iter().skip_while(|row| !full(row));
    let header = rows
        .next()
        .ok_or_else(|| ImportError::Table("the table is empty".to_owned()))?;
    Ok(Table {
        header,
        rows: rows.collect(),
    })
}
