//! The same on disk.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{Change, EditError, edit};
use crate::{limits::FILE_BYTES_MAX, walk::yaml_files};

/// Makes `change` to the intent `id` in whichever file under `dir` has it, and gives the file's
/// path. The file is replaced in one step: a reader sees the old text or the new one.
///
/// # Errors
/// As [`edit`]; also when no file has the intent, or reading or writing fails.
pub fn edit_dir(dir: &Path, id: &str, change: &Change) -> Result<PathBuf, EditError> {
    let paths = yaml_files(dir).map_err(|error| io(dir, &error))?;
    // A file with errors may be the one that is meant, so it is named when no other has the id.
    let mut broken = None;
    for path in paths {
        let size = fs::metadata(&path)
            .map_err(|error| io(&path, &error))?
            .len();
        if size > FILE_BYTES_MAX {
            continue;
        }
        let source = fs::read_to_string(&path).map_err(|error| io(&path, &error))?;
        match edit(&source, id, change) {
            Ok(text) => {
                if text != source {
                    replace(&path, &text).map_err(|error| io(&path, &error))?;
                }
                return Ok(path);
            }
            Err(EditError::NoIntent(_)) => {}
            Err(EditError::Broken(mut report)) => {
                for problem in &mut report.problems {
                    problem.file.clone_from(&path);
                }
                broken.get_or_insert(EditError::Broken(report));
            }
            Err(error) => return Err(error),
        }
    }
    Err(broken.unwrap_or_else(|| EditError::NoIntent(id.to_owned())))
}

fn io(path: &Path, error: &std::io::Error) -> EditError {
    EditError::Io(format!("{}: {error}", path.display()))
}

/// Writes beside (hidden, so that no reader of the directory takes it for an intent file), makes
/// it durable, then renames.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.new"));
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::metadata(path)?.permissions())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
