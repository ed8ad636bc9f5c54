//! From a directory to two lists, both or neither.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    limits::FILE_BYTES_MAX,
    list::List,
    problem::{Problem, Report, Severity},
    read,
};

/// Whose words a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// What visitors write.
    Visitors,
    /// What agents write.
    Agents,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Visitors, Self::Agents];

    /// "visitors" or "agents".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visitors => "visitors",
            Self::Agents => "agents",
        }
    }

    /// The file of its list in a directory.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Visitors => "visitors.yaml",
            Self::Agents => "agents.yaml",
        }
    }
}

/// Both lists. Without entries they let everything pass.
#[derive(Debug, Default)]
pub struct Words {
    visitors: List,
    agents: List,
}

impl Words {
    /// One of them.
    #[must_use]
    pub const fn of(&self, side: Side) -> &List {
        match side {
            Side::Visitors => &self.visitors,
            Side::Agents => &self.agents,
        }
    }
}

/// What reading gave: the lists unless there were errors, and all that was found.
#[derive(Debug, Default)]
pub struct Read {
    /// The lists, when neither has an error.
    pub words: Option<Words>,
    /// Errors and warnings of both.
    pub report: Report,
    /// What the files say, of those that are there and can be read.
    pub texts: Vec<(Side, String)>,
}

/// Reads and checks the lists in `dir`. A file that is not there is an empty list, and so are both
/// where there is no directory.
#[must_use]
pub fn read_dir(dir: &Path) -> Read {
    let mut report = Report::default();
    let mut texts = Vec::new();
    for side in Side::ALL {
        let path = dir.join(side.file());
        match text(&path) {
            Ok(Some(text)) => texts.push((side, text)),
            Ok(None) => {}
            Err(problem) => report.add(problem),
        }
    }
    finish(dir, texts, report)
}

/// As [`read_dir`], from texts that were read before; `dir` only names them.
#[must_use]
pub fn parse(dir: &Path, texts: Vec<(Side, String)>) -> Read {
    finish(dir, texts, Report::default())
}

fn finish(dir: &Path, texts: Vec<(Side, String)>, mut report: Report) -> Read {
    let mut words = Words::default();
    for (side, text) in &texts {
        let path = dir.join(side.file());
        let entries = read::entries(&path, text, &mut report);
        let entries = entries
            .iter()
            .map(|(entry, action)| (entry.as_str(), *action));
        match List::build(entries) {
            Ok(list) => match side {
                Side::Visitors => words.visitors = list,
                Side::Agents => words.agents = list,
            },
            Err(error) => report.add(whole(&path, format!("the list is too large: {error}"))),
        }
    }
    Read {
        words: report.is_ok().then_some(words),
        report,
        texts,
    }
}

/// What the file says; `None` when there is none.
fn text(path: &Path) -> Result<Option<String>, Problem> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(whole(path, format!("the file cannot be read: {error}"))),
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file at the limit from a longer one.
    let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| whole(path, format!("the file cannot be read: {error}")))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(whole(
            path,
            format!("the file has more than {FILE_BYTES_MAX} bytes"),
        ));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let head = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default());
        let column = head.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Problem {
            line: number(head.matches('\n').count() + 1),
            column: number(column),
            ..whole(
                path,
                "the file is not UTF-8 here: save it as UTF-8 (not GBK or UTF-16)".to_owned(),
            )
        }
    })
}

fn whole(path: &Path, message: String) -> Problem {
    Problem {
        file: PathBuf::from(path),
        line: 0,
        column: 0,
        severity: Severity::Error,
        message,
    }
}
