//! What is wrong with a list, and where.

use std::{fmt, path::PathBuf};

use serde::Serialize;

use crate::limits::PROBLEMS_MAX;

/// Whether a problem keeps the lists from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The lists are refused.
    Error,
    /// The lists work, but probably not as meant.
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// From 1; 0 when the whole file is meant.
    pub line: u32,
    /// In characters, from 1; 0 when the whole line is meant.
    pub column: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        for number in [self.line, self.column].iter().take_while(|n| **n > 0) {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}: {}", self.severity, self.message)
    }
}

/// Everything that was found, by file, line and column. At most [`PROBLEMS_MAX`] are kept; all are
/// counted.
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
    pub(crate) fn add(&mut self, problem: Problem) {
        match problem.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if self.problems.len() < PROBLEMS_MAX {
            let at = self.problems.partition_point(|other| *other <= problem);
            self.problems.insert(at, problem);
        }
    }

    /// Whether the lists can be used.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        self.errors == 0
    }
}

/// One line for each problem, and how many were left out.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        let left_out = self.errors + self.warnings - self.problems.len();
        if left_out > 0 {
            lines.push(format!("… and {left_out} more"));
        }
        f.write_str(&lines.join("\n"))
    }
}
