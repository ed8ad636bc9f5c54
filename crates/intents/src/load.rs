//! From a directory to a [`Catalogue`].

use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::Date;

use crate::{
    catalogue::{ButtonAction, Catalogue, Intent},
    check,
    knowledge::{self, KNOWLEDGE_DIR, Knowledge},
    limits::{FILE_BYTES_MAX, TOTAL_BYTES_MAX},
    places::{IntentPlaces, Places},
    problem::{CheckError, Place, Report, Sink},
    read::{self, Draft},
    version,
    walk::{self, Found},
};

/// What reading a set gave: a catalogue unless there were errors, and all that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The set, when it has no error.
    pub catalogue: Option<Catalogue>,
    /// Where its intents stand; empty without a set.
    pub places: Places,
    /// Errors and warnings.
    pub report: Report,
}

impl Loaded {
    /// # Errors
    /// When the set was refused.
    pub fn into_result(self) -> Result<Catalogue, CheckError> {
        let Self {
            catalogue, report, ..
        } = self;
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
        let (tables, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(name, _)| is_table(name));
        for (name, text) in files {
            let file = sink.file(PathBuf::from(name));
            drafts.extend(read::file(text, file, &mut sink));
        }
        let knowledge = knowledge::parse(tables, &mut sink);
        finish(drafts, knowledge, today, sink).into_result()
    }
}

/// Whether the file of this name, relative to the intents directory, is a table of the knowledge
/// base.
fn is_table(name: &str) -> bool {
    name.strip_prefix(KNOWLEDGE_DIR)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|rest| rest.ends_with(".csv"))
}

/// Reads and checks the directory: the catalogue and everything that was found.
#[must_use]
pub fn read_dir(dir: &Path, today: Date) -> Loaded {
    let mut sink = Sink::default();
    let top = whole(&mut sink, dir);
    let Found { files, problems } = walk::find(dir);
    for (path, why) in problems {
        let at = whole(&mut sink, &path);
        sink.error(at, why);
        sink.missed_some();
    }
    let mut drafts = Vec::new();
    let mut total = 0;
    let knowledge = knowledge::read_dir(dir, &mut sink);
    if files.is_empty() && knowledge.is_empty() && sink.is_ok() {
        sink.error(top, "there is no .yaml file in this directory");
    }
    for path in files {
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
    if drafts.is_empty() && knowledge.is_empty() && sink.is_ok() {
        sink.error(top, "there is no intent in this directory");
    }
    finish(drafts, knowledge, today, sink)
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

fn text(path: &Path, at: Place, total: &mut u64, sink: &mut Sink) -> Option<String> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file at the limit from a longer one.
    let file = fs::File::open(path);
    let read = file.and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    let size = bytes.len() as u64;
    *total += size;
    if let Err(error) = read {
        sink.error(at, format!("the file cannot be read: {error}"));
    } else if size > FILE_BYTES_MAX {
        sink.error(
            at,
            format!("the file has more than {FILE_BYTES_MAX} bytes: split it"),
        );
    } else {
        return utf8(bytes, at, sink);
    }
    sink.missed_some();
    None
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
            let found = match error.as_bytes() {
                [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16",
                _ => "GBK",
            };
            let message = format!("the file is not UTF-8 here: save it as UTF-8 (not {found})");
            sink.error(Place { line, column, ..at }, message);
            sink.missed_some();
            None
        }
    }
}

/// Checks the whole and builds the catalogue when nothing is wrong.
fn finish(drafts: Vec<Draft>, knowledge: Knowledge, today: Date, mut sink: Sink) -> Loaded {
    check::all(&drafts, &mut sink);
    let (catalogue, places) = if sink.is_ok() {
        let (catalogue, places) = build(drafts, knowledge, today);
        (Some(catalogue), Places::new(&sink, places))
    } else {
        (None, Places::default())
    };
    Loaded {
        catalogue,
        places,
        report: sink.into_report(),
    }
}

fn build(drafts: Vec<Draft>, knowledge: Knowledge, today: Date) -> (Catalogue, Vec<IntentPlaces>) {
    let live = |intent: &Intent| {
        intent.valid_from.is_none_or(|from| from <= today)
            && intent.valid_to.is_none_or(|to| to >= today)
    };
    let mut drafts: Vec<Draft> = drafts
        .into_iter()
        .filter(|draft| draft.enabled && live(&draft.intent))
        .collect();
    drafts.sort_unstable_by(|a, b| a.intent.id.cmp(&b.intent.id));
    let (mut intents, places): (Vec<Intent>, Vec<IntentPlaces>) = drafts
        .into_iter()
        .map(|draft| {
            let places = IntentPlaces {
                id: draft.place,
                phrasings: draft.phrasings,
                rules: draft.rules,
                overlaps: draft.overlaps.into_iter().map(|at| at.value).collect(),
            };
            (draft.intent, places)
        })
        .unzip();
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
    let catalogue = Catalogue {
        version: version::of(&intents, &knowledge),
        intents,
        knowledge: Arc::new(knowledge),
    };
    (catalogue, places)
}
