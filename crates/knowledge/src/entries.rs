//! From rows to entries: repetitions joined, contradictions found.

use std::collections::HashMap;

use kefu_intents::{
    KnowledgeEntry, knowledge_id,
    limits::{KNOWLEDGE_ENTRIES_MAX, KNOWLEDGE_TEXTS_MAX, PROBLEMS_MAX},
};
use kefu_text::normalize;
use kefu_types::Lang;

use crate::{
    BadRow, ImportError, Summary, WARNINGS_MAX,
    columns::Columns,
    table::{Fault, Row},
};

#[derive(Default)]
pub(crate) struct Entries {
    entries: Vec<KnowledgeEntry>,
    /// The row each entry came from first.
    rows: Vec<usize>,
    /// By language and question in normal form.
    questions: HashMap<(Lang, String), usize>,
    ids: HashMap<Box<str>, usize>,
    bad: Vec<BadRow>,
    errors: usize,
    summary: Summary,
}

impl Entries {
    pub fn row(&mut self, row: &Row, columns: &Columns) {
        if row.cells.iter().all(|cell| cell.trim().is_empty()) && row.faults.is_empty() {
            self.summary.empty += 1;
            return;
        }
        let mut sound = true;
        for Fault { column, message } in &row.faults {
            // A broken cell in a column that nobody reads harms nothing.
            if columns.reads(*column) {
                self.error(row.number, message.clone());
                sound = false;
            }
        }
        if !sound {
            return;
        }
        match entry(row, columns) {
            Ok(entry) => self.add(entry, row.number),
            Err(message) => self.error(row.number, message),
        }
    }

    fn error(&mut self, row: usize, message: String) {
        self.errors += 1;
        if self.bad.len() < PROBLEMS_MAX {
            self.bad.push(BadRow { row, message });
        }
    }

    fn warn(&mut self, row: usize, message: String) {
        if self.summary.warnings.len() < WARNINGS_MAX {
            self.summary.warnings.push(BadRow { row, message });
        }
    }

    fn add(&mut self, entry: KnowledgeEntry, row: usize) {
        let key = (entry.lang, normalize(&entry.question));
        if let Some(&at) = self.questions.get(&key) {
            return self.join(at, entry, row);
        }
        if let Some(&at) = self.ids.get(&entry.id) {
            let first = self.rows.get(at).copied().unwrap_or_default();
            let message = format!("the id `{}` stands in row {first}, too", entry.id);
            return self.error(row, message);
        }
        if self.entries.len() >= KNOWLEDGE_ENTRIES_MAX {
            if self.entries.len() == KNOWLEDGE_ENTRIES_MAX && self.errors == 0 {
                let message = format!("more than {KNOWLEDGE_ENTRIES_MAX} entries: split the table");
                self.error(row, message);
            }
            return;
        }
        self.questions.insert(key, self.entries.len());
        self.ids.insert(entry.id.clone(), self.entries.len());
        self.entries.push(entry);
        self.rows.push(row);
    }

    /// The same question once more: more ways to ask it are welcome, another answer is not.
    fn join(&mut self, at: usize, more: KnowledgeEntry, row: usize) {
        let first = self.rows.get(at).copied().unwrap_or_default();
        let Some(entry) = self.entries.get_mut(at) else {
            return;
        };
        if entry.answer != more.answer || entry.links != more.links {
            let message = format!(
                "the question `{}` has another answer in row {first}: keep one of them",
                more.question
            );
            return self.error(row, message);
        }
        let mut joined = entry.clone();
        for text in more.similar {
            push_new(&mut joined, &text);
        }
        match joined.checked() {
            Ok(joined) => {
                *entry = joined;
                self.summary.repeated += 1;
            }
            Err(message) => self.error(row, message),
        }
    }

    /// The entries, if no row was wrong.
    pub fn finish(mut self) -> Result<(Vec<KnowledgeEntry>, Summary), ImportError> {
        self.twice_asked();
        let questions = self.entries.iter().map(|entry| entry.texts().count()).sum();
        if questions > KNOWLEDGE_TEXTS_MAX {
            let message =
                format!("there are {questions} questions; {KNOWLEDGE_TEXTS_MAX} are allowed");
            self.error(1, message);
        }
        if self.errors > 0 {
            return Err(ImportError::Rows(self.bad, self.errors));
        }
        if self.entries.is_empty() {
            return Err(ImportError::Table(
                "the table has a header and no question under it".to_owned(),
            ));
        }
        self.summary.entries = self.entries.len();
        self.summary.questions = questions;
        Ok((self.entries, self.summary))
    }

    /// A similar question that is another entry's: the visitor will be asked which is meant.
    fn twice_asked(&mut self) {
        let mut found = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            for text in &entry.similar {
                let key = (entry.lang, normalize(text));
                if let Some(&other) = self.questions.get(&key)
                    && other != at
                {
                    let row = |at: usize| self.rows.get(at).copied().unwrap_or_default();
                    let message = format!(
                        "the similar question `{text}` is the question of row {}: visitors will be \
                         asked which is meant",
                        row(other)
                    );
                    found.push((row(at), message));
                }
            }
        }
        for (row, message) in found {
            self.warn(row, message);
        }
    }
}

fn push_new(entry: &mut KnowledgeEntry, text: &str) {
    let normal = normalize(text);
    if !normal.is_empty() && !entry.texts().any(|known| normalize(known) == normal) {
        entry.similar.push(text.into());
    }
}

fn entry(row: &Row, columns: &Columns) -> Result<KnowledgeEntry, String> {
    let cell = |at: usize| row.cells.get(at).map_or("", |cell| cell.trim());
    let optional = |at: Option<usize>| at.map_or("", cell);
    let (question, answer) = (cell(columns.question), cell(columns.answer));
    if question.is_empty() {
        return Err("there is no question, though the row has other text".to_owned());
    }
    if answer.is_empty() {
        return Err(format!("the question `{question}` has no answer"));
    }
    let lang = language(optional(columns.language), question)?;
    let normal = normalize(question);
    let id = match optional(columns.id) {
        "" => knowledge_id(lang, &normal),
        id => id.to_owned(),
    };
    let links = columns
        .links
        .iter()
        .flat_map(|&at| cell(at).split_whitespace());
    let mut entry = KnowledgeEntry {
        id: id.into(),
        question: one_line(question).into(),
        similar: Vec::new(),
        answer: answer.replace("\r\n", "\n").replace('\r', "\n").into(),
        links: links.map(Into::into).collect(),
        category: one_line(optional(columns.category)).into(),
        lang,
    };
    for &at in &columns.similar {
        for text in cell(at).split(['\n', '\r', '|', '｜', ';', '；']) {
            push_new(&mut entry, &one_line(text));
        }
    }
    entry.checked()
}

/// A question is one line: a line break in its cell is only how it was wrapped.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn language(cell: &str, question: &str) -> Result<Lang, String> {
    match cell.to_lowercase().as_str() {
        "" => Ok(Lang::detect(question).unwrap_or_default()),
        "中文" | "汉语" | "简体中文" | "chinese" => Ok(Lang::Zh),
        "英文" | "英语" | "english" => Ok(Lang::En),
        code => Lang::parse(code)
            .ok_or_else(|| format!("the language `{cell}` is neither zh (中文) nor en (英文)")),
    }
}

impl Columns {
    fn reads(&self, column: usize) -> bool {
        let one = [
            Some(self.question),
            Some(self.answer),
            self.id,
            self.category,
            self.language,
        ];
        one.contains(&Some(column))
            || self.similar.contains(&column)
            || self.links.contains(&column)
    }
}
