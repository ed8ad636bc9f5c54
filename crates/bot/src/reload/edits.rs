//! Writing files of a set: each appears complete or not at all.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use kefu_proto::v1;

use super::{
    paths,
    snapshot::{Contents, Snapshot},
};

/// What is wrong with the edits themselves, by path; empty when nothing is.
pub(super) fn refusals(dir: &Path, edits: &[v1::FileEdit]) -> Vec<v1::IntentsProblem> {
    let mut seen = BTreeSet::new();
    let wrong = |edit: &v1::FileEdit| {
        let twice = !seen.insert(edit.path.clone());
        let why = paths::place(dir, &edit.path).err();
        let why = why.or_else(|| twice.then(|| "the path is there twice".to_owned()))?;
        Some(v1::IntentsProblem {
            // Never echoed at length: it may be anything.
            file: edit.path.chars().take(200).collect(),
            severity: "error".to_owned(),
            message: why,
            ..v1::IntentsProblem::default()
        })
    };
    edits.iter().filter_map(wrong).collect()
}

/// The set as the edits would leave it.
pub(super) fn over(snapshot: &Snapshot, edits: &[v1::FileEdit]) -> Snapshot {
    let mut after = snapshot.clone();
    for edit in edits {
        match &edit.text {
            Some(text) => {
                let contents = Contents::new(text.as_bytes());
                after.files.insert(edit.path.clone(), contents);
            }
            None => {
                after.files.remove(&edit.path);
            }
        }
    }
    after
}

/// The edits that make `after` of `before`.
pub(super) fn between(before: &Snapshot, after: &Snapshot) -> Vec<v1::FileEdit> {
    let gone = before
        .files
        .keys()
        .filter(|path| !after.files.contains_key(*path));
    let gone = gone.map(|path| v1::FileEdit {
        path: path.clone(),
        text: None,
    });
    let new = after
        .files
        .iter()
        .filter(|(path, contents)| before.files.get(*path) != Some(*contents));
    let new = new.map(|(path, contents)| v1::FileEdit {
        path: path.clone(),
        text: Some(String::from_utf8_lossy(&contents.bytes).into_owned()),
    });
    gone.chain(new).collect()
}

/// Writes and removes files under `dir`. Each file is replaced by renaming; new ones come before
/// old ones go, so that a file that moved is never missing.
///
/// # Errors
/// At the first file that cannot be written.
pub(super) fn apply(dir: &Path, edits: &[v1::FileEdit]) -> io::Result<()> {
    let place = |edit: &v1::FileEdit| {
        paths::place(dir, &edit.path)
            .map_err(|why| io::Error::other(format!("{}: {why}", edit.path)))
    };
    for edit in edits {
        if let Some(text) = &edit.text {
            write(&place(edit)?, text)?;
        }
    }
    for edit in edits.iter().filter(|edit| edit.text.is_none()) {
        match fs::remove_file(place(edit)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Replaces one file by a complete one.
pub(super) fn write(place: &Path, text: &str) -> io::Result<()> {
    let (Some(parent), Some(name)) = (place.parent(), place.file_name()) else {
        return Err(io::Error::other("no place to write to"));
    };
    fs::create_dir_all(parent)?;
    // Hidden, so that no reader takes it for a file of the set.
    let beside = parent.join(format!(".{}.kefu-new", name.to_string_lossy()));
    let done = (|| {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(place) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, place)?;
        File::open(parent)?.sync_all()
    })();
    if done.is_err() {
        // The old file stands; what is left over is ours alone.
        let _ = fs::remove_file(&beside);
    }
    done
}
