//! XLSX: the first sheet that holds anything.

use std::io::{self, Cursor, Read as _};

use calamine::{Data, Dimensions, Range, Reader as _, Xlsx, open_workbook_from_rs};
use zip::ZipArchive;

use super::{Fault, Row};
use crate::ImportError;

/// Bytes of a workbook when unpacked: a small file must not fill the memory.
const UNPACKED_BYTES_MAX: u64 = 600 << 20;
/// Cells of a sheet, empty ones between others included.
const CELLS_MAX: usize = 10_000_000;

type Book = Xlsx<Cursor<Vec<u8>>>;

/// All rows.
pub(super) fn rows(bytes: Vec<u8>) -> Result<Vec<Row>, ImportError> {
    let bytes = bounded(bytes)?;
    let mut book: Book = open_workbook_from_rs(Cursor::new(bytes)).map_err(failed)?;
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).map_err(failed)?;
        if range.height().saturating_mul(range.width()) > CELLS_MAX {
            return Err(ImportError::Table(format!(
                "the sheet `{sheet}` has more than {CELLS_MAX} cells"
            )));
        }
        if range.used_cells().next().is_some() {
            return read(&mut book, &sheet, range);
        }
    }
    Ok(Vec::new())
}

fn failed(error: calamine::XlsxError) -> ImportError {
    ImportError::Table(format!("the workbook cannot be read: {error}"))
}

/// The same bytes, once it is known how large they become. What the archive says of itself may be
/// a lie, so all of it is unpacked once.
fn bounded(bytes: Vec<u8>) -> Result<Vec<u8>, ImportError> {
    let broken = |error: &dyn std::fmt::Display| {
        ImportError::Table(format!("the workbook cannot be read: {error}"))
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut left = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|error| broken(&error))?;
        let read = io::copy(&mut file.take(left + 1), &mut io::sink());
        let read = read.map_err(|error| broken(&error))?;
        left = left.checked_sub(read).ok_or_else(|| {
            ImportError::Table(format!(
                "the workbook unpacks to more than {UNPACKED_BYTES_MAX} bytes"
            ))
        })?;
    }
    Ok(archive.into_inner().into_inner())
}

fn read(book: &mut Book, sheet: &str, mut range: Range<Data>) -> Result<Vec<Row>, ImportError> {
    let merged = book.merge_cells_by_sheet_name(sheet).map_err(failed)?;
    fill(&mut range, &merged);
    let formulas = book.worksheet_formula(sheet).map_err(failed)?;
    let (top, left) = range.start().unwrap_or_default();
    let mut rows = Vec::with_capacity(range.height());
    for (at, cells) in range.rows().enumerate() {
        let number = top + u32::try_from(at).unwrap_or(u32::MAX);
        let mut row = Row {
            number: number as usize + 1,
            ..Row::default()
        };
        for (column, cell) in cells.iter().enumerate() {
            let place = (number, left + u32::try_from(column).unwrap_or(u32::MAX));
            let formula = formulas.get_value(place).is_some_and(|f| !f.is_empty());
            if let Some(message) = fault(cell, formula, place) {
                row.faults.push(Fault { column, message });
            }
            row.cells.push(text(cell));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Gives every cell of a merged region the region's one value, as a reader of the sheet sees it.
fn fill(range: &mut Range<Data>, merged: &[Dimensions]) {
    let (Some(first), Some(last)) = (range.start(), range.end()) else {
        return;
    };
    for region in merged {
        let Some(value) = range.get_value(region.start).cloned() else {
            continue;
        };
        let rows = region.start.0.max(first.0)..=region.end.0.min(last.0);
        for row in rows {
            for column in region.start.1.max(first.1)..=region.end.1.min(last.1) {
                range.set_value((row, column), value.clone());
            }
        }
    }
}

/// What keeps a cell from being read.
fn fault(cell: &Data, formula: bool, (row, column): (u32, u32)) -> Option<String> {
    let name = format!("{}{}", letters(column), row + 1);
    match cell {
        Data::Error(error) => Some(format!(
            "the cell {name} shows the error {error}: mend its formula or write the text itself"
        )),
        Data::Empty if formula => Some(format!(
            "the formula in {name} has no value yet: open and save the table, or write the text itself"
        )),
        _ => None,
    }
}

/// What the sheet shows.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string(),
    }
}

/// `0` is `A`, `26` is `AA`.
fn letters(mut column: u32) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        assert_eq!(
            [0, 25, 26, 701, 702].map(letters),
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }
}
