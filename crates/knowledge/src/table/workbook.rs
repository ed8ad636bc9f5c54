//! XLSX: the first sheet that holds anything.

use std::{
    collections::HashSet,
    io::{self, Cursor, Read as _},
};

use calamine::{
    Cell, Data, DataRef, Dimensions, Range, Reader as _, Xlsx, XlsxError, open_workbook_from_rs,
};
use zip::ZipArchive;

use super::{Fault, Row};
use crate::ImportError;

/// Bytes of a workbook when unpacked: a small file must not fill the memory.
const UNPACKED_BYTES_MAX: u64 = 600 << 20;
/// Cells of a sheet, empty ones between others included.
const CELLS_MAX: u64 = 10_000_000;

/// Row and column, from 0.
type Place = (u32, u32);

type Book = Xlsx<Cursor<Vec<u8>>>;

/// All rows.
pub(super) fn rows(bytes: Vec<u8>) -> Result<Vec<Row>, ImportError> {
    let bytes = bounded(bytes)?;
    let mut book: Book = open_workbook_from_rs(Cursor::new(bytes)).map_err(failed)?;
    for sheet in book.sheet_names() {
        let range = cells(&mut book, &sheet)?;
        if range.used_cells().next().is_some() {
            return read(&mut book, &sheet, range);
        }
    }
    Ok(Vec::new())
}

fn failed(error: XlsxError) -> ImportError {
    ImportError::Table(format!("the workbook cannot be read: {error}"))
}

fn too_large(sheet: &str) -> ImportError {
    ImportError::Table(format!(
        "the sheet `{sheet}` has more than {CELLS_MAX} cells"
    ))
}

/// All that a sheet shows. Two cells in opposite corners span millions between them: that they are too
/// many is seen before there is a place for each.
fn cells(book: &mut Book, sheet: &str) -> Result<Range<Data>, ImportError> {
    let mut reader = match book.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        // One of diagrams has none.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(Range::empty()),
        Err(error) => return Err(failed(error)),
    };
    let mut cells = Vec::new();
    let (mut first, mut last) = ((u32::MAX, u32::MAX), (0, 0));
    while let Some(cell) = reader.next_cell().map_err(failed)? {
        if matches!(cell.get_value(), DataRef::Empty) {
            continue;
        }
        let (row, column) = cell.get_position();
        first = (row.min(first.0), column.min(first.1));
        last = (row.max(last.0), column.max(last.1));
        let spanned = area(first, last);
        if spanned.max(cells.len() as u64) > CELLS_MAX {
            return Err(too_large(sheet));
        }
        let value = Data::from(cell.get_value().clone());
        cells.push(Cell::new((row, column), value));
    }
    Ok(Range::from_sparse(cells))
}

/// Where formulas stand.
fn formulas(book: &mut Book, sheet: &str) -> Result<HashSet<Place>, ImportError> {
    let mut reader = book.worksheet_cells_reader(sheet).map_err(failed)?;
    let mut places = HashSet::new();
    while let Some(cell) = reader.next_formula().map_err(failed)? {
        if !cell.get_value().is_empty() {
            places.insert(cell.get_position());
        }
    }
    Ok(places)
}

/// Cells from one corner to the other, both included; none when they are not in that order.
fn area(first: Place, last: Place) -> u64 {
    let along = |first: u32, last: u32| {
        let between = last.checked_sub(first);
        between.map_or(0, |between| u64::from(between) + 1)
    };
    along(first.0, last.0).saturating_mul(along(first.1, last.1))
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
    fill(&mut range, &merged).ok_or_else(|| too_large(sheet))?;
    let formulas = formulas(book, sheet)?;
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
            if let Some(message) = fault(cell, formulas.contains(&place), place) {
                row.faults.push(Fault { column, message });
            }
            row.cells.push(text(cell));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Gives every cell of a merged region the region's one value, as a reader of the sheet sees it. `None`
/// when the regions have more cells than a sheet may, which those that do not overlap never have.
fn fill(range: &mut Range<Data>, merged: &[Dimensions]) -> Option<()> {
    let (Some(first), Some(last)) = (range.start(), range.end()) else {
        return Some(());
    };
    let inside = |region: &Dimensions| {
        let from = (region.start.0.max(first.0), region.start.1.max(first.1));
        let to = (region.end.0.min(last.0), region.end.1.min(last.1));
        (from, to)
    };
    let areas = merged.iter().map(inside).map(|(from, to)| area(from, to));
    let all = areas.fold(0_u64, u64::saturating_add);
    if all > CELLS_MAX {
        return None;
    }
    for region in merged {
        let Some(value) = range.get_value(region.start).cloned() else {
            continue;
        };
        let (from, to) = inside(region);
        for row in from.0..=to.0 {
            for column in from.1..=to.1 {
                range.set_value((row, column), value.clone());
            }
        }
    }
    Some(())
}

/// What keeps a cell from being read.
fn fault(cell: &Data, formula: bool, (row, column): (u32, u32)) -> Option<String> {
    let name = format!("{}{}", letters(column), u64::from(row) + 1);
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
    use super::{area, letters};

    #[test]
    fn an_area_has_both_its_corners() {
        assert_eq!(area((2, 3), (2, 3)), 1);
        assert_eq!(area((0, 0), (9, 1)), 20);
        assert_eq!(area((1, 0), (0, 9)), 0);
        assert_eq!(area((0, 0), (u32::MAX, u32::MAX)), u64::MAX);
    }

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        assert_eq!(
            [0, 25, 26, 701, 702].map(letters),
            ["A", "Z", "AA", "ZZ", "AAA"]
        );
    }
}
