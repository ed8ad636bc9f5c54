//! CSV, in the encodings that spreadsheets write it in.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::Row;
use crate::ImportError;

/// All rows; blank lines are left out, their numbers are not.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, ImportError> {
    let text = decode(bytes)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    let mut breaks = 0;
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|error| ImportError::Table(format!("the table cannot be read: {error}")))?;
        if !more {
            return Ok(rows);
        }
        // The position lies before blank lines, which are rows; a line break within a cell is none.
        let (line, byte) = record
            .position()
            .map_or((0, 0), |position| (position.line(), position.byte()));
        let number = line as usize + blank_lines(&text, byte as usize) - breaks;
        breaks += record
            .iter()
            .map(|cell| cell.matches('\n').count())
            .sum::<usize>();
        rows.push(Row {
            number,
            cells: record.iter().map(str::to_owned).collect(),
            faults: Vec::new(),
        });
    }
}

/// Blank lines from `byte` on.
fn blank_lines(text: &str, byte: usize) -> usize {
    let rest = text.as_bytes().get(byte..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    blank.filter(|byte| **byte == b'\n').count()
}

/// The text: by its byte order mark, else UTF-8, else GB18030.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ImportError> {
    let encoding = match bytes {
        [0xFF, 0xFE, ..] => UTF_16LE,
        [0xFE, 0xFF, ..] => UTF_16BE,
        _ => {
            let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok(text.into());
            }
            GB18030
        }
    };
    let (text, _, broken) = encoding.decode(bytes);
    if !broken {
        return Ok(text);
    }
    let line = text
        .split('\u{FFFD}')
        .next()
        .map_or(1, |head| head.matches('\n').count() + 1);
    Err(ImportError::Table(format!(
        "line {line}: the file is neither UTF-8 nor {}: save it as `CSV UTF-8`",
        encoding.name()
    )))
}

/// What separates the header's cells: a comma, or what spreadsheets of other habits write.
fn delimiter(text: &str) -> u8 {
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |c: char| header.matches(c).count();
    [(',', b','), ('\t', b'\t'), (';', b';')]
        .into_iter()
        .max_by_key(|&(c, _)| (count(c), c == ','))
        .map_or(b',', |(_, byte)| byte)
}
