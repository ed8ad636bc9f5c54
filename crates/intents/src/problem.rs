//! What is wrong with intent files, and where.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::limits::PROBLEMS_MAX;

/// Whether a problem keeps the set from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The set is refused.
    Error,
    /// The set works, but probably not as meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file, or the directory when no file is to blame.
    pub file: PathBuf,
    /// From 1; 0 when the whole file is meant.
    pub line: u32,
    /// In characters, from 1; 0 when the whole line is meant.
    pub column: u32,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(f, &self.file, self.line, self.column)?;
        write!(f, ": {}: {}", self.severity, self.message)
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, file: &Path, line: u32, column: u32) -> fmt::Result {
    write!(f, "{}", file.display())?;
    let numbers = [line, column].into_iter();
    for number in numbers.take_while(|number| *number > 0) {
        write!(f, ":{number}")?;
    }
    Ok(())
}

/// Everything that was found in a directory, by file and line. At most
/// [`PROBLEMS_MAX`] of each severity are kept; all are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Sorted by file, line and column.
    pub problems: Vec<Problem>,
    /// How many errors there are.
    pub errors: usize,
    /// How many warnings there are.
    pub warnings: usize,
}

impl Report {
    /// Whether the set can be used.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.errors == 0
    }

    /// Adds what others found out about the same files.
    pub fn add(&mut self, problems: impl IntoIterator<Item = Problem>) {
        for problem in problems {
            let count = match problem.severity {
                Severity::Error => &mut self.errors,
                Severity::Warning => &mut self.warnings,
            };
            *count += 1;
            if *count <= PROBLEMS_MAX {
                self.problems.push(problem);
            }
        }
        self.sort();
    }

    fn sort(&mut self) {
        let key = |p: &Problem| (p.file.clone(), p.line, p.column, p.severity);
        self.problems.sort_by_cached_key(key);
    }
}

/// One line for each problem, errors and warnings as they come, and how many were left out.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self
            .problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        let left_out = self.errors + self.warnings - self.problems.len();
        if left_out > 0 {
            lines.push(format!("… and {left_out} more"));
        }
        f.write_str(&lines.join("\n"))
    }
}

/// The set was refused; the report holds at least one error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{report}")]
pub struct CheckError {
    /// All that was found, warnings too.
    pub report: Report,
}

/// A position in the files of one run; cheap to keep beside every value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) file: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A position that people can go to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// The file.
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
}

impl Spot {
    /// A doubt about what stands here.
    #[must_use]
    pub fn warning(self, message: String) -> Problem {
        let Self { file, line, column } = self;
        Problem {
            severity: Severity::Warning,
            file,
            line,
            column,
            message,
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(f, &self.file, self.line, self.column)
    }
}

/// Gathers problems while files are read.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    files: Vec<PathBuf>,
    report: Report,
    missed: bool,
}

impl Sink {
    /// A new file; places carry its number.
    pub(crate) fn file(&mut self, path: PathBuf) -> u32 {
        self.files.push(path);
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Some intents could not be read, so that what seems absent may only be broken.
    pub(crate) const fn missed_some(&mut self) {
        self.missed = true;
    }

    pub(crate) const fn has_missed(&self) -> bool {
        self.missed
    }

    pub(crate) const fn is_ok(&self) -> bool {
        self.report.is_ok()
    }

    pub(crate) fn error(&mut self, at: Place, message: impl Into<String>) {
        self.report.errors += 1;
        if self.report.errors <= PROBLEMS_MAX {
            self.push(Severity::Error, at, message.into());
        }
    }

    pub(crate) fn warn(&mut self, at: Place, message: impl Into<String>) {
        self.report.warnings += 1;
        if self.report.warnings <= PROBLEMS_MAX {
            self.push(Severity::Warning, at, message.into());
        }
    }

    fn push(&mut self, severity: Severity, at: Place, message: String) {
        let file = self.path(at);
        let Place { line, column, .. } = at;
        self.report.problems.push(Problem {
            severity,
            file,
            line,
            column,
            message,
        });
    }

    fn path(&self, at: Place) -> PathBuf {
        self.files
            .get(at.file as usize)
            .cloned()
            .unwrap_or_default()
    }

    /// "file:line:column" for messages that name a second place; without the file within the same.
    pub(crate) fn name(&self, from: Place, other: Place) -> String {
        if from.file == other.file {
            format!("line {}:{}", other.line, other.column)
        } else {
            self.spot(other).to_string()
        }
    }

    pub(crate) fn spot(&self, at: Place) -> Spot {
        Spot {
            file: self.path(at),
            line: at.line,
            column: at.column,
        }
    }

    pub(crate) fn into_report(mut self) -> Report {
        self.report.sort();
        self.report
    }
}
