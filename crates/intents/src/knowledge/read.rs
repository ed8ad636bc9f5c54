//! From tables in the normal form to [`Knowledge`].

use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, ReaderBuilder};
use kefu_text::normalize;
use kefu_types::Lang;

use super::{KNOWLEDGE_DIR, Knowledge, KnowledgeEntry, Seen, write::COLUMNS};
use crate::{
    limits::{
        ANSWER_CHARS_MAX, BUTTONS_MAX, ID_CHARS_MAX, KNOWLEDGE_BYTES_MAX, KNOWLEDGE_ENTRIES_MAX,
        KNOWLEDGE_FILES_MAX, KNOWLEDGE_SIMILAR_MAX, KNOWLEDGE_TEXTS_MAX, PHRASING_CHARS_MAX,
        URL_CHARS_MAX,
    },
    problem::{Place, Sink},
};

/// Reads all `*.csv` of `knowledge/` under `dir`, which need not be there.
pub(crate) fn read_dir(dir: &Path, sink: &mut Sink) -> Knowledge {
    let dir = dir.join(KNOWLEDGE_DIR);
    let top = whole(sink, &dir);
    let paths = match paths(&dir) {
        Ok(paths) => paths,
        Err(error) => {
            sink.error(top, format!("the directory cannot be read: {error}"));
            return Knowledge::default();
        }
    };
    let mut reading = Reading::default();
    let mut left = KNOWLEDGE_BYTES_MAX;
    for path in paths {
        let at = whole(sink, &path);
        let mut bytes = Vec::new();
        let file = fs::File::open(&path);
        match file.and_then(|file| file.take(left + 1).read_to_end(&mut bytes)) {
            Err(error) => sink.error(at, format!("the file cannot be read: {error}")),
            Ok(_) if bytes.len() as u64 > left => {
                sink.error(
                    top,
                    format!("the tables have more than {KNOWLEDGE_BYTES_MAX} bytes together"),
                );
                break;
            }
            Ok(read) => {
                left -= read as u64;
                reading.table(&bytes, at, sink);
            }
        }
    }
    reading.finish()
}

/// As [`read_dir`], from `(file name, text)` pairs in memory.
pub(crate) fn parse<'a>(
    tables: impl IntoIterator<Item = (&'a str, &'a str)>,
    sink: &mut Sink,
) -> Knowledge {
    let mut reading = Reading::default();
    for (name, text) in tables {
        let at = whole(sink, Path::new(name));
        reading.table(text.as_bytes(), at, sink);
    }
    reading.finish()
}

fn whole(sink: &mut Sink, path: &Path) -> Place {
    Place {
        file: sink.file(path.to_path_buf()),
        ..Place::default()
    }
}

fn paths(dir: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut paths = BTreeSet::new();
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(paths),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|ext| ext == "csv") && path.is_file() {
            if paths.len() >= KNOWLEDGE_FILES_MAX {
                return Err(io::Error::other(format!(
                    "there are more than {KNOWLEDGE_FILES_MAX} tables"
                )));
            }
            paths.insert(path);
        }
    }
    Ok(paths)
}

#[derive(Default)]
struct Reading {
    entries: Vec<KnowledgeEntry>,
    places: Vec<Place>,
    ids: HashMap<Box<str>, u32>,
    seen: Seen,
    texts: usize,
}

impl Reading {
    fn table(&mut self, bytes: &[u8], file: Place, sink: &mut Sink) {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut record = ByteRecord::new();
        let mut first = true;
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) if first => {
                    sink.error(file, "the table is empty: not even a header");
                    return;
                }
                Ok(false) => return,
                Err(error) => {
                    sink.error(file, format!("the table cannot be read: {error}"));
                    return;
                }
            }
            let line = record.position().map_or(0, csv::Position::line);
            let at = Place {
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: 1,
                ..file
            };
            let Some(cells) = utf8(&record) else {
                sink.error(
                    at,
                    "the line is not UTF-8: make the table with `kefu intents import`",
                );
                continue;
            };
            if std::mem::take(&mut first) {
                if cells != COLUMNS {
                    sink.error(
                        at,
                        format!(
                            "the header is not `{}`: make the table with `kefu intents import`",
                            COLUMNS.join(",")
                        ),
                    );
                    return;
                }
                continue;
            }
            if self.entries.len() >= KNOWLEDGE_ENTRIES_MAX || self.texts >= KNOWLEDGE_TEXTS_MAX {
                sink.error(
                    at,
                    format!(
                        "the knowledge base has more than {KNOWLEDGE_ENTRIES_MAX} entries or \
                         {KNOWLEDGE_TEXTS_MAX} questions"
                    ),
                );
                return;
            }
            match entry(&cells) {
                Ok(entry) => self.add(entry, at, sink),
                Err(problem) => sink.error(at, problem),
            }
        }
    }

    fn add(&mut self, entry: KnowledgeEntry, at: Place, sink: &mut Sink) {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(&other) = self.ids.get(&entry.id) {
            let other = self.places.get(other as usize).copied().unwrap_or_default();
            let name = sink.name(at, other);
            sink.error(at, format!("the id `{}` stands in {name}, too", entry.id));
            return;
        }
        let key = (entry.lang, normalize(&entry.question));
        if let Some(&other) = self.seen.get(&key) {
            let other = self.places.get(other as usize).copied().unwrap_or_default();
            let name = sink.name(at, other);
            sink.error(
                at,
                format!("the question `{}` stands in {name}, too", entry.question),
            );
            return;
        }
        self.texts += 1 + entry.similar.len();
        self.seen.insert(key, number);
        self.ids.insert(entry.id.clone(), number);
        self.entries.push(entry);
        self.places.push(at);
    }

    fn finish(self) -> Knowledge {
        Knowledge::new(self.entries)
    }
}

fn utf8(record: &ByteRecord) -> Option<Vec<&str>> {
    record
        .iter()
        .map(|cell| std::str::from_utf8(cell).ok())
        .collect()
}

fn entry(cells: &[&str]) -> Result<KnowledgeEntry, String> {
    let &[id, question, similar, answer, link, category, language] = cells else {
        return Err(format!(
            "the line has {} cells; {} are wanted",
            cells.len(),
            COLUMNS.len()
        ));
    };
    let lang = Lang::parse(language)
        .ok_or_else(|| format!("the language `{language}` is neither zh nor en"))?;
    KnowledgeEntry {
        id: id.into(),
        question: question.into(),
        similar: lines(similar),
        answer: answer.into(),
        links: lines(link),
        category: category.into(),
        lang,
    }
    .checked()
}

fn lines(cell: &str) -> Vec<Box<str>> {
    cell.lines()
        .filter(|line| !line.trim().is_empty())
        .map(Into::into)
        .collect()
}

impl KnowledgeEntry {
    /// The entry, if it keeps to the limits.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn checked(self) -> Result<Self, String> {
        bounded("id", &self.id, ID_CHARS_MAX)?;
        if self.id.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("the id holds a space or a control character".to_owned());
        }
        for text in self.texts() {
            bounded("question", text, PHRASING_CHARS_MAX)?;
            if normalize(text).is_empty() {
                return Err(format!("the question `{text}` has no letter or digit"));
            }
        }
        bounded("answer", &self.answer, ANSWER_CHARS_MAX)?;
        if !self.category.is_empty() {
            bounded("category", &self.category, PHRASING_CHARS_MAX)?;
        }
        if self.similar.len() > KNOWLEDGE_SIMILAR_MAX {
            return Err(format!(
                "there are {} similar questions; {KNOWLEDGE_SIMILAR_MAX} are allowed",
                self.similar.len()
            ));
        }
        if self.links.len() > BUTTONS_MAX {
            return Err(format!("there are more than {BUTTONS_MAX} links"));
        }
        for link in &self.links {
            bounded("link", link, URL_CHARS_MAX)?;
            if !(link.starts_with("https://") || link.starts_with("http://"))
                || link.chars().any(char::is_whitespace)
            {
                return Err(format!("`{link}` is no link: it must begin with https://"));
            }
        }
        Ok(self)
    }
}

fn bounded(what: &str, text: &str, chars_max: usize) -> Result<(), String> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        Err(format!("the {what} is blank"))
    } else if length > chars_max {
        Err(format!(
            "the {what} has {length} characters; {chars_max} are allowed"
        ))
    } else if text.contains('\0') {
        Err(format!("the {what} holds a NUL character"))
    } else {
        Ok(())
    }
}
