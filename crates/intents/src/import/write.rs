//! Writing intent files that read back as the same content.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{self, BufRead as _},
    path::Path,
};

use crate::{
    import::{ImportError, Imported, ImportedIntent},
    walk::yaml_files,
};

/// The first line of every file that an import makes; only such files are ever replaced.
const HEAD: &str =
    "# Made by `kefu intents import`; the next import into this directory replaces it.";

/// Characters of the label that a file's name shows.
const NAME_CHARS_MAX: usize = 32;

impl Imported {
    /// The files: names that any file system takes, and their content.
    pub fn files(&self) -> impl Iterator<Item = (String, String)> {
        self.intents
            .iter()
            .enumerate()
            .map(|(index, intent)| (name(index + 1, &intent.label), yaml(intent)))
    }

    /// Writes one file for each intent into `dir`, which is made when it is not there. Files of
    /// an earlier import are replaced. Gives the number of files.
    ///
    /// # Errors
    /// When the directory holds intent files of other origin (nothing is changed then), or
    /// cannot be written.
    pub fn write_dir(&self, dir: &Path) -> Result<usize, ImportError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |error| ImportError::Io(path, error)
        };
        fs::create_dir_all(dir).map_err(failed(dir))?;
        let old = yaml_files(dir).map_err(failed(dir))?;
        for path in &old {
            if !was_imported(path).map_err(failed(path))? {
                return Err(ImportError::Occupied(path.clone()));
            }
        }
        let mut written = BTreeSet::new();
        for (name, text) in self.files() {
            let path = dir.join(name);
            fs::write(&path, text).map_err(failed(&path))?;
            written.insert(path);
        }
        for path in old.difference(&written) {
            fs::remove_file(path).map_err(failed(path))?;
        }
        Ok(written.len())
    }
}

fn was_imported(path: &Path) -> io::Result<bool> {
    let mut line = Vec::new();
    let file = io::BufReader::new(fs::File::open(path)?);
    io::Read::take(file, HEAD.len() as u64 + 1).read_until(b'\n', &mut line)?;
    Ok(line.strip_suffix(b"\n") == Some(HEAD.as_bytes()))
}

/// `00012-return.apply.yaml`: the number makes it unique, the label only helps people.
fn name(number: usize, label: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || c == '-' || c == '.' {
            c
        } else {
            '_'
        }
    };
    let label: String = label.chars().take(NAME_CHARS_MAX).map(safe).collect();
    format!("{number:05}-{label}.yaml")
}

fn yaml(intent: &ImportedIntent) -> String {
    let label = quote(&intent.label);
    let mut text =
        format!("{HEAD}\nintents:\n  - id: {label}\n    title: {label}\n    phrasings:\n");
    for phrasing in &intent.texts {
        text.push_str("      - ");
        text.push_str(&quote(phrasing));
        text.push('\n');
    }
    text
}

/// A double-quoted scalar: the one style in which nothing has a second meaning.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~'
            | '\u{A0}'..='\u{2027}'
            | '\u{202A}'..='\u{D7FF}'
            | '\u{E000}'..='\u{FEFE}'
            | '\u{FF00}'..='\u{FFFD}'
            | '\u{10000}'.. => quoted.push(c),
            // Line ends of all kinds, controls, the byte order mark.
            _ => {
                let _ = write!(quoted, "\\u{:04x}", c as u32);
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{name, quote};

    #[test]
    fn names_are_tame_and_unique() {
        assert_eq!(name(12, "return.apply"), "00012-return.apply.yaml");
        assert_eq!(name(1, "../../etc/passwd"), "00001-.._.._etc_passwd.yaml");
        assert_eq!(name(2, "退货 \"/\\:*?\u{7}"), "00002-退货________.yaml");
        assert_ne!(name(1, "a"), name(2, "A"));
    }

    #[test]
    fn quoting_escapes_what_ends_or_breaks_a_line() {
        assert_eq!(quote("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(
            quote("a\n\u{2028}\u{85}\u{FEFF}\u{7F}"),
            r#""a\u000a\u2028\u0085\ufeff\u007f""#
        );
        assert_eq!(quote("- no: #退货😀"), "\"- no: #退货😀\"");
    }
}
