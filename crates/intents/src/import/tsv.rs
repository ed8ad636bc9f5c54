//! Reading the lines.

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, Read as _},
    path::PathBuf,
};

use crate::{
    import::{BadLine, ImportError, Imported, ImportedIntent},
    limits::{
        ID_CHARS_MAX, INTENTS_MAX, LINE_BYTES_MAX, LINES_MAX, PHRASING_CHARS_MAX, PHRASINGS_MAX,
        PROBLEMS_MAX,
    },
};

/// Reads `intent<TAB>text` lines in UTF-8: labels and texts are kept exactly as they are. Blank
/// lines, a byte order mark and Windows line ends are fine; lines that repeat an earlier one
/// exactly are counted and left out.
///
/// # Errors
/// All bad lines with their numbers, or the reader's own error.
pub fn import_tsv(mut reader: impl BufRead) -> Result<Imported, ImportError> {
    let mut import = Import::default();
    let mut buffer = Vec::new();
    for line in 1.. {
        buffer.clear();
        let limit = LINE_BYTES_MAX + 1;
        let read = reader.by_ref().take(limit).read_until(b'\n', &mut buffer);
        let read =
            read.map_err(|error| ImportError::Io(PathBuf::from(format!("line {line}")), error))?;
        if read == 0 {
            break;
        }
        let result = if read as u64 == limit {
            Err(format!("longer than {LINE_BYTES_MAX} bytes"))
        } else if line > LINES_MAX {
            Err(format!("the file has more than {LINES_MAX} lines"))
        } else {
            import.line(&buffer, line == 1)
        };
        let Err(message) = result else { continue };
        import.bad.push(BadLine { line, message });
        // A line without end or a file without end: what follows is no line of its own.
        if read as u64 == limit || line > LINES_MAX || import.bad.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if import.bad.is_empty() {
        Ok(import.done)
    } else {
        Err(ImportError::Lines(import.bad))
    }
}

#[derive(Default)]
struct Import {
    done: Imported,
    /// Where each label stands in `done`, and which texts it has.
    index: HashMap<String, (usize, HashSet<String>)>,
    bad: Vec<BadLine>,
}

impl Import {
    fn line(&mut self, bytes: &[u8], first: bool) -> Result<(), String> {
        let line = std::str::from_utf8(bytes).map_err(|error| {
            format!(
                "not UTF-8 at byte {}: save the file as UTF-8 (not GBK)",
                error.valid_up_to() + 1
            )
        })?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = if first {
            line.strip_prefix('\u{FEFF}').unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            return Ok(());
        }
        let (label, text) = line
            .split_once('\t')
            .ok_or("no tab: expected `intent<TAB>text`")?;
        check("label", label, ID_CHARS_MAX)?;
        check("text", text, PHRASING_CHARS_MAX)?;
        if label.chars().any(char::is_control) {
            return Err("the label holds a control character".to_owned());
        }
        if text.contains('\t') {
            return Err("more than one tab: expected `intent<TAB>text`".to_owned());
        }
        self.add(label, text)
    }

    fn add(&mut self, label: &str, text: &str) -> Result<(), String> {
        if !self.index.contains_key(label) {
            if self.done.intents.len() >= INTENTS_MAX {
                return Err(format!("more than {INTENTS_MAX} labels"));
            }
            self.index
                .insert(label.to_owned(), (self.done.intents.len(), HashSet::new()));
            self.done.intents.push(ImportedIntent {
                label: label.to_owned(),
                texts: Vec::new(),
            });
        }
        let Some((at, seen)) = self.index.get_mut(label) else {
            return Ok(());
        };
        if !seen.insert(text.to_owned()) {
            self.done.repeated += 1;
            return Ok(());
        }
        if seen.len() > PHRASINGS_MAX {
            return Err(format!(
                "more than {PHRASINGS_MAX} texts of the label `{label}`"
            ));
        }
        if let Some(intent) = self.done.intents.get_mut(*at) {
            intent.texts.push(text.to_owned());
        }
        Ok(())
    }
}

fn check(what: &str, value: &str, chars_max: usize) -> Result<(), String> {
    let length = value.chars().count();
    if value.trim().is_empty() {
        Err(format!("the {what} is blank"))
    } else if length > chars_max {
        Err(format!(
            "the {what} has {length} characters; {chars_max} are allowed"
        ))
    } else if value.contains('\0') {
        Err(format!("the {what} holds a NUL character"))
    } else {
        Ok(())
    }
}
