//! Reading a directory as one set, and nothing that is being written while it is read.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::civil::Date;
use kefu_intents::{Catalogue, CheckError, Problem, Report, Severity, read_dir};
use kefu_proto::v1;

use super::snapshot::{Fingerprint, Snapshot};

/// What a bot starts with.
pub struct First {
    /// Checked, valid on the day it was read for.
    pub catalogue: Arc<Catalogue>,
    pub(super) read: Read,
    /// The directory as it was then; none when this is not from the directory.
    pub(super) seen: Fingerprint,
}

/// Reads the directory for the start of a bot.
///
/// # Errors
/// With everything that is wrong with it.
pub fn first(dir: &Path, today: Date) -> Result<First, CheckError> {
    let seen = Fingerprint::of(dir);
    let loaded = read_dir(dir, today);
    let snapshot = Snapshot::read(dir, &Snapshot::default()).unwrap_or_default();
    let report = loaded.report;
    match loaded.catalogue.map(Arc::new) {
        Some(catalogue) => Ok(First {
            catalogue: catalogue.clone(),
            read: Read {
                catalogue: Some(catalogue),
                snapshot,
                problems: Problems::of(dir, &report, usize::MAX),
                day: today,
            },
            seen,
        }),
        None => Err(CheckError { report }),
    }
}

/// A set as it was read.
#[derive(Clone)]
pub(super) struct Read {
    /// `None` when it has errors.
    pub(super) catalogue: Option<Arc<Catalogue>>,
    pub(super) snapshot: Snapshot,
    pub(super) problems: Problems,
    pub(super) day: Date,
}

/// What is wrong with a set, as the wire words it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Problems {
    pub(super) list: Vec<v1::IntentsProblem>,
    pub(super) omitted: u32,
}

impl Problems {
    /// Errors come first, so that what is left out beyond `most` is a warning if possible.
    fn of(dir: &Path, report: &Report, most: usize) -> Self {
        let mut problems: Vec<&Problem> = report.problems.iter().collect();
        problems.sort_by_key(|problem| problem.severity == Severity::Warning);
        let list: Vec<v1::IntentsProblem> = problems
            .iter()
            .take(most)
            .map(|problem| relative(dir, problem))
            .collect();
        let omitted = (report.errors + report.warnings).saturating_sub(list.len());
        Self {
            list,
            omitted: u32::try_from(omitted).unwrap_or(u32::MAX),
        }
    }

    /// One error that no file is to blame for.
    pub(super) fn one(message: impl Into<String>) -> Self {
        Self {
            list: vec![v1::IntentsProblem {
                severity: "error".to_owned(),
                message: message.into(),
                ..v1::IntentsProblem::default()
            }],
            omitted: 0,
        }
    }
}

/// Paths are told as they are in the set: where a server keeps it is nobody's business.
fn relative(dir: &Path, problem: &Problem) -> v1::IntentsProblem {
    let file = problem.file.strip_prefix(dir).unwrap_or(&problem.file);
    let text = dir.display().to_string();
    v1::IntentsProblem {
        file: file.display().to_string(),
        line: problem.line,
        column: problem.column,
        severity: problem.severity.to_string(),
        message: problem.message.replace(&format!("{text}/"), ""),
    }
}

/// What came of reading the directory.
pub(super) enum Outcome {
    /// A set, good or bad.
    Read(Box<Read>, Fingerprint),
    /// Something changed meanwhile: read again when it is quiet.
    Moved,
}

/// Reads and checks the directory. Blocks.
pub(super) fn directory(dir: &Path, today: Date, known: &Snapshot, most: usize) -> Outcome {
    let before = Fingerprint::of(dir);
    let read = checked(dir, today, known, most);
    if before != Fingerprint::of(dir) {
        return Outcome::Moved;
    }
    Outcome::Read(Box::new(read), before)
}

fn checked(dir: &Path, today: Date, known: &Snapshot, most: usize) -> Read {
    let loaded = read_dir(dir, today);
    let mut problems = Problems::of(dir, &loaded.report, most);
    let mut catalogue = loaded.catalogue.map(Arc::new);
    let snapshot = match Snapshot::read(dir, known) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            if catalogue.take().is_some() {
                problems = Problems::one(format!("the directory cannot be read: {error}"));
            }
            Snapshot::default()
        }
    };
    Read {
        catalogue,
        snapshot,
        problems,
        day: today,
    }
}

/// Checks a set that is not in the directory, as if it were. Blocks.
pub(super) fn draft(work_dir: &Path, set: &Snapshot, today: Date, most: usize) -> Read {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let dir = work_dir.join(format!("draft-{}-{number}", std::process::id()));
    let read = match fill(&dir, set) {
        Ok(()) => Read {
            snapshot: set.clone(),
            ..checked(&dir, today, set, most)
        },
        Err(error) => Read {
            catalogue: None,
            snapshot: set.clone(),
            problems: Problems::one(format!("the draft cannot be written: {error}")),
            day: today,
        },
    };
    if let Err(error) = fs::remove_dir_all(&dir) {
        tracing::warn!(%error, dir = %dir.display(), "a draft is left behind");
    }
    read
}

fn fill(dir: &Path, set: &Snapshot) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    for (path, contents) in &set.files {
        let place: PathBuf = dir.join(path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(place, &contents.bytes)?;
    }
    Ok(())
}

/// Drafts of a process that was killed.
pub(super) fn clear_drafts(work_dir: &Path) {
    let entries = fs::read_dir(work_dir).into_iter().flatten().flatten();
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with("draft-") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
