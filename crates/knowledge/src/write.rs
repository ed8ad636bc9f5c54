//! Writing the normal form, whole or not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kefu_intents::{KNOWLEDGE_DIR, KnowledgeEntry, knowledge_csv};

use crate::ImportError;

/// Characters of the source's name that the table's name keeps.
const NAME_CHARS_MAX: usize = 64;

/// Puts the entries into `<out>/knowledge/<name of the source>.csv`, replacing what stood there.
pub(crate) fn replace(
    source: &Path,
    out: &Path,
    entries: &[KnowledgeEntry],
) -> Result<PathBuf, ImportError> {
    let dir = out.join(KNOWLEDGE_DIR);
    let path = dir.join(format!("{}.csv", name(source)));
    // Hidden, so that a service that watches the directory never reads half a table.
    let beside = dir.join(format!(".{}.csv.new", name(source)));
    let failed = |error| ImportError::Io(path.clone(), error);
    fs::create_dir_all(&dir).map_err(failed)?;
    let text = knowledge_csv(entries);
    let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(failed)?;
    Ok(path)
}

fn name(source: &Path) -> String {
    let stem = source
        .file_stem()
        .map(|stem| stem.to_string_lossy())
        .unwrap_or_default();
    let safe = |c: char| {
        if c.is_alphanumeric() || c == '-' || c == '_' {
            c
        } else {
            '_'
        }
    };
    let name: String = stem.chars().take(NAME_CHARS_MAX).map(safe).collect();
    if name.is_empty() {
        "faq".to_owned()
    } else {
        name
    }
}
