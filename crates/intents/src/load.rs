//! From a directory to a [`Catalogue`].

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use jiff::civil::Date;

use crate::{
    catalogue::{ButtonAction, Catalogue, Intent},
    check,
    limits::{DIRECTORY_DEPTH_MAX, FILE_BYTES_MAX, FILES_MAX, TOTAL_BYTES_MAX},
    problem::{CheckError, Place, Report, Sink},
    read::{self, Draft},
    version,
};

/// What reading a set gave: a catalogue unless there were errors, and all that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The set, when it has no error.
    pub catalogue: Option<Catalogue>,
    /// Errors and warnings.
    pub report: Report,
}

impl Loaded {
    /// # Errors
    /// When the set was refused.
    pub fn into_result(self) -> Result<Catalogue, CheckError> {
        let Self { catalogue, report } = self;
        catalogue.ok_or(CheckError { report })
    }
}

impl Catalogue {
    /// Reads all `*.yaml` and `*.yml` files under `dir`; hidden ones are skipped. Intents that
    /// are disabled, or not valid on the day `today`, are checked but left out.
    ///
    /// # Errors
    /// When anything is wrong; warnings alone are no reason.
    pub fn load_dir(dir: &Path, today: Date) -> Result<Self, CheckError> {
        read_dir(dir, today).into_result()
    }

    /// As [`Catalogue::load_dir`], from `(file name, text)` pairs in memory.
    ///
    /// # Errors
    /// When anything is wrong; warnings alone are no reason.
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        today: Date,
    ) -> Result<Self, CheckError> {
        let mut sink = Sink::default();
        let mut drafts = Vec::new();
        for (name, text) in files {
            let file = sink.file(PathBuf::from(name));
            drafts.extend(read::file(text, file, &mut sink));
        }
        finish(drafts, today, sink).into_result()
    }
}

/// Reads and checks the directory: the catalogue and everything that was found.
#[must_use]
pub fn read_dir(dir: &Path, today: Date) -> Loaded {
    let mut sink = Sink::default();
    let top = whole(&mut sink, dir);
    let mut paths = BTreeSet::new();
    walk(dir, DIRECTORY_DEPTH_MAX, &mut paths, &mut sink);
    let mut drafts = Vec::new();
    let mut total = 0;
    if paths.is_empty() && sink.is_ok() {
        sink.error(top, "there is no .yaml file in this directory");
    }
    for path in paths {
        let at = whole(&mut sink, &path);
        let Some(text) = text(&path, at, &mut total, &mut sink) else {
            continue;
        };
        drafts.extend(read::file(&text, at.file, &mut sink));
        if total > TOTAL_BYTES_MAX {
            sink.error(
                top,
                format!("the files have more than {TOTAL_BYTES_MAX} bytes together"),
            );
            break;
        }
    }
    if drafts.is_empty() && sink.is_ok() {
        sink.error(top, "there is no intent in this directory");
    }
    finish(drafts, today, sink)
}

/// Reads and checks the directory for people: all errors and warnings of all files.
#[must_use]
pub fn check_dir(dir: &Path, today: Date) -> Report {
    read_dir(dir, today).report
}

fn whole(sink: &mut Sink, path: &Path) -> Place {
    Place {
        file: sink.file(path.to_path_buf()),
        line: 0,
        column: 0,
    }
}

fn walk(dir: &Path, depth: usize, paths: &mut BTreeSet<PathBuf>, sink: &mut Sink) {
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            let at = whole(sink, dir);
            return sink.error(at, format!("the directory cannot be read: {error}"));
        }
    };
    for path in entries.into_iter().map(|entry| entry.path()) {
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, paths, sink);
            }
        } else if path
            .extension()
            .is_some_and(|ext| ext == "yaml" || ext == "yml")
        {
            if paths.len() >= FILES_MAX {
                let at = whole(sink, dir);
                return sink.error(at, format!("there are more than {FILES_MAX} files"));
            }
            paths.insert(path);
        }
    }
}

fn text(path: &Path, at: Place, total: &mut u64, sink: &mut Sink) -> Option<String> {
    let size = fs::metadata(path).map(|meta| meta.len());
    let bytes = size.and_then(|size| {
        if size > FILE_BYTES_MAX {
            Ok(Vec::new())
        } else {
            fs::read(path)
        }
    });
    let bytes = match (fs::metadata(path).map(|meta| meta.len()), bytes) {
        (Ok(size), _) if size > FILE_BYTES_MAX => {
            sink.error(
                at,
                format!("the file has {size} bytes; {FILE_BYTES_MAX} are allowed"),
            );
            return None;
        }
        (_, Ok(bytes)) => bytes,
        (_, Err(error)) => {
            sink.error(at, format!("the file cannot be read: {error}"));
            return None;
        }
    };
    *total += bytes.len() as u64;
    utf8(bytes, at, sink)
}

/// The text, or an error that names the first byte that is no UTF-8.
fn utf8(bytes: Vec<u8>, at: Place, sink: &mut Sink) -> Option<String> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let head = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default())
                .into_owned();
            let line = u32::try_from(head.matches('\n').count() + 1).unwrap_or(u32::MAX);
            let column = head.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let column = u32::try_from(column).unwrap_or(u32::MAX);
            let message = "the file is not UTF-8 here: save it as UTF-8 (not GBK)";
            sink.error(Place { line, column, ..at }, message);
            None
        }
    }
}

/// Checks the whole and builds the catalogue when nothing is wrong.
fn finish(drafts: Vec<Draft>, today: Date, mut sink: Sink) -> Loaded {
    check::all(&drafts, &mut sink);
    let catalogue = sink.is_ok().then(|| build(drafts, today));
    Loaded {
        catalogue,
        report: sink.into_report(),
    }
}

fn build(drafts: Vec<Draft>, today: Date) -> Catalogue {
    let live = |intent: &Intent| {
        intent.valid_from.is_none_or(|from| from <= today)
            && intent.valid_to.is_none_or(|to| to >= today)
    };
    let enabled = drafts
        .into_iter()
        .filter(|draft| draft.enabled)
        .map(|draft| draft.intent);
    let mut intents: Vec<Intent> = enabled.filter(live).collect();
    intents.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let ids: BTreeSet<String> = intents.iter().map(|intent| intent.id.clone()).collect();
    // A button to an intent that is off today would lead nowhere.
    for answer in intents
        .iter_mut()
        .flat_map(|intent| intent.answers.0.values_mut().flatten())
    {
        answer.buttons.retain(
            |button| !matches!(&button.action, ButtonAction::Intent(id) if !ids.contains(id)),
        );
    }
    Catalogue {
        version: version::of(&intents),
        intents,
    }
}
