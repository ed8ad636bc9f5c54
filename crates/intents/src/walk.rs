//! The intent files of a directory, whatever else may lie in it.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::limits::{DIRECTORY_DEPTH_MAX, ENTRIES_MAX, FILES_MAX};

/// What was found, and what could not be looked at, with the path to blame.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: BTreeSet<PathBuf>,
    pub(crate) problems: Vec<(PathBuf, String)>,
}

/// All `*.yaml` and `*.yml` files under `dir`, in the order of their paths; hidden ones are
/// skipped. Links are followed, but never in a circle.
pub(crate) fn find(dir: &Path) -> Found {
    find_within(dir, ENTRIES_MAX)
}

/// As [`find`], for those who go on only when nothing is wrong.
pub(crate) fn yaml_files(dir: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let Found { files, problems } = find(dir);
    match problems.into_iter().next() {
        Some((path, why)) => Err(io::Error::other(format!("{}: {why}", path.display()))),
        None => Ok(files),
    }
}

fn find_within(dir: &Path, entries_max: usize) -> Found {
    let mut walk = Walk {
        found: Found::default(),
        above: Vec::new(),
        left: entries_max,
        entries_max,
        full: false,
    };
    walk.directory(dir);
    walk.found
}

struct Walk {
    found: Found,
    /// The directories that are being read, each in the one before, without links.
    above: Vec<PathBuf>,
    /// Entries that may still be looked at.
    left: usize,
    entries_max: usize,
    full: bool,
}

impl Walk {
    fn directory(&mut self, dir: &Path) {
        if self.above.len() > DIRECTORY_DEPTH_MAX {
            let why = format!("directories lie more than {DIRECTORY_DEPTH_MAX} deep in each other");
            return self.problem(dir, why);
        }
        let read = fs::canonicalize(dir).and_then(|real| Ok((real, fs::read_dir(dir)?)));
        let (real, entries) = match read {
            Ok(read) => read,
            Err(error) => {
                return self.problem(dir, format!("the directory cannot be read: {error}"));
            }
        };
        if self.above.contains(&real) {
            let why = "this link leads back to a directory above it: remove it".to_owned();
            return self.problem(dir, why);
        }
        self.above.push(real);
        for entry in entries {
            if self.is_full(dir) {
                break;
            }
            match entry {
                Ok(entry) => self.entry(entry.path()),
                Err(error) => self.problem(dir, format!("the directory cannot be read: {error}")),
            }
        }
        self.above.pop();
    }

    /// Counts an entry of `dir`; whether it is one too many, which is said once.
    fn is_full(&mut self, dir: &Path) -> bool {
        let full = self.full;
        self.full = full || self.left == 0 || self.found.files.len() > FILES_MAX;
        if self.full && !full && self.left == 0 {
            let why = format!(
                "there are more than {} files and directories",
                self.entries_max
            );
            self.problem(dir, why);
        }
        self.left = self.left.saturating_sub(1);
        self.full
    }

    fn entry(&mut self, path: PathBuf) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            return;
        }
        let yaml = path
            .extension()
            .is_some_and(|ext| ext == "yaml" || ext == "yml");
        match fs::metadata(&path) {
            Ok(is) if is.is_dir() => self.directory(&path),
            _ if !yaml => {}
            Ok(is) if is.is_file() => self.file(path),
            // To read from a pipe or a device could wait for ever, or never end.
            Ok(_) => self.problem(
                &path,
                "this is a pipe, a socket or a device, and no file".to_owned(),
            ),
            Err(error) => self.problem(&path, format!("the file cannot be read: {error}")),
        }
    }

    fn file(&mut self, path: PathBuf) {
        if self.found.files.len() == FILES_MAX {
            let why = format!("there are more than {FILES_MAX} intent files");
            let dir = path.parent().unwrap_or(&path).to_path_buf();
            self.problem(&dir, why);
        }
        self.found.files.insert(path);
    }

    fn problem(&mut self, path: &Path, why: String) {
        self.found.problems.push((path.to_path_buf(), why));
    }
}

#[cfg(test)]
mod tests {
    use super::find_within;

    #[test]
    fn a_directory_of_too_many_entries_is_left_in_time() {
        let dir = tempfile::tempdir().expect("a directory can be made");
        for at in 0..30 {
            std::fs::write(dir.path().join(format!("{at}.txt")), "").expect("written");
        }
        assert!(find_within(dir.path(), 30).problems.is_empty());
        let found = find_within(dir.path(), 20);
        let [(_, why)] = found.problems.as_slice() else {
            panic!("one problem: {found:?}")
        };
        assert_eq!(why, "there are more than 20 files and directories");
    }
}
