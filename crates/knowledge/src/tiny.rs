//! A tiny workbook made here, for tests: one sheet of text cells, formulas and merged regions.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use zip::{ZipWriter, result::ZipResult, write::SimpleFileOptions};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const TOP: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="FAQ" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const SHEETS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// A workbook of `rows`; `""` is no cell at all, `=1+1` a formula without a value, `=#REF!` one that shows
/// an error. `merged` are regions as `A2:A3`.
///
/// # Errors
/// None that occur in memory.
pub fn workbook(rows: &[&[&str]], merged: &[&str]) -> ZipResult<Vec<u8>> {
    of_sheet(&sheet(rows, merged))
}

/// A workbook whose one sheet is this XML.
///
/// # Errors
/// None that occur in memory.
pub fn of_sheet(sheet: &str) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", TOP),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn sheet(rows: &[&[&str]], merged: &[&str]) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for (number, row) in (1..).zip(rows) {
        let _ = write!(text, r#"<row r="{number}">"#);
        for (column, cell) in ('A'..='Z').zip(*row) {
            let _ = match cell.strip_prefix('=') {
                _ if cell.is_empty() => Ok(()),
                Some(error) if error.starts_with('#') => write!(
                    text,
                    r#"<c r="{column}{number}" t="e"><f>A1</f><v>{error}</v></c>"#
                ),
                Some(formula) => write!(text, r#"<c r="{column}{number}"><f>{formula}</f></c>"#),
                None => write!(
                    text,
                    r#"<c r="{column}{number}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
                    escape(cell)
                ),
            };
        }
        text.push_str("</row>");
    }
    text.push_str("</sheetData>");
    if !merged.is_empty() {
        let _ = write!(text, r#"<mergeCells count="{}">"#, merged.len());
        for region in merged {
            let _ = write!(text, r#"<mergeCell ref="{region}"/>"#);
        }
        text.push_str("</mergeCells>");
    }
    text + "</worksheet>"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('\n', "&#10;")
}
