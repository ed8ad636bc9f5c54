//! The knowledge base: questions with one fixed answer each, many of them.
//!
//! An intent is written with care: phrasings, keywords, slots. A knowledge entry is a line of a
//! company's FAQ. There may be a hundred thousand, so they live in tables under `knowledge/` of the
//! intents directory, in one normal form, and are found by search, not by a fitted head.

mod read;
mod write;

use std::collections::HashMap;

use kefu_types::Lang;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

pub(crate) use self::read::{parse, read_dir};
pub use self::write::knowledge_csv;
use crate::catalogue::{Answer, Button, ButtonAction};

/// The directory of knowledge tables inside the intents directory.
pub const KNOWLEDGE_DIR: &str = "knowledge";
/// What a knowledge entry's id begins with wherever an intent's id could stand.
pub const KNOWLEDGE_PREFIX: &str = "faq:";

/// One question with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnowledgeEntry {
    /// Unique in the set, without [`KNOWLEDGE_PREFIX`].
    pub id: Box<str>,
    /// The standard question.
    pub question: Box<str>,
    /// Other ways to ask it.
    pub similar: Vec<Box<str>>,
    /// The answer's text.
    pub answer: Box<str>,
    /// Pages that say more.
    pub links: Vec<Box<str>>,
    /// A heading for people; may be empty.
    pub category: Box<str>,
    /// The language of question and answer.
    pub lang: Lang,
}

impl KnowledgeEntry {
    /// The id as verdicts and traces name it.
    #[must_use]
    pub fn verdict_id(&self) -> String {
        format!("{KNOWLEDGE_PREFIX}{}", self.id)
    }

    /// The question and the similar ones.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.question).chain(self.similar.iter().map(|text| &**text))
    }

    /// The answer as a reply: the text, and a button for each link.
    #[must_use]
    pub fn reply(&self) -> Answer {
        let label = match self.lang {
            Lang::Zh => "查看详情",
            Lang::En => "Read more",
        };
        let links = self.links.iter().map(|link| &**link);
        let button = |(at, link): (usize, &str)| Button {
            label: match self.links.len() {
                1 => label.to_owned(),
                _ => format!("{label} {}", at + 1),
            },
            action: ButtonAction::Url(link.to_owned()),
        };
        Answer {
            text: self.answer.to_string(),
            buttons: links.enumerate().map(button).collect(),
            ..Answer::default()
        }
    }
}

/// All entries of a directory, checked. In the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knowledge {
    entries: Vec<KnowledgeEntry>,
    hash: String,
}

impl Knowledge {
    /// Takes entries whose ids are unique.
    pub(crate) fn new(mut entries: Vec<KnowledgeEntry>) -> Self {
        entries.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let hash = hash(&entries);
        Self { entries, hash }
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[KnowledgeEntry] {
        &self.entries
    }

    /// Changes with every change of an entry; empty where there is none.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry that a verdict calls `id`: `faq:…`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&KnowledgeEntry> {
        let id = id.strip_prefix(KNOWLEDGE_PREFIX)?;
        let at = self.entries.binary_search_by(|entry| (*entry.id).cmp(id));
        self.entries.get(at.ok()?)
    }
}

/// The hash stands for the entries: a hundred thousand of them make no readable document.
impl Serialize for Knowledge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.hash.serialize(serializer)
    }
}

fn hash(entries: &[KnowledgeEntry]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let mut sum = Sha256::new();
    // Lengths before texts, so that no two sets run into the same bytes.
    let mut field = |text: &str| {
        sum.update((text.len() as u64).to_le_bytes());
        sum.update(text);
    };
    for entry in entries {
        for text in [&entry.id, &entry.answer, &entry.category] {
            field(text);
        }
        field(entry.lang.code());
        for list in [&entry.similar, &entry.links] {
            field(&list.len().to_string());
            list.iter().for_each(|text| field(text));
        }
        field(&entry.question);
    }
    hex(&sum.finalize()[..8])
}

/// An id for an entry that has none: the same question keeps it, whatever its answer becomes.
/// `normal` is the question in normal form.
#[must_use]
pub fn knowledge_id(lang: Lang, normal: &str) -> String {
    let mut sum = Sha256::new();
    sum.update(lang.code());
    sum.update([0]);
    sum.update(normal);
    hex(&sum.finalize()[..6])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which entry says a text first: finds repetitions. Keys are in normal form.
pub(crate) type Seen = HashMap<(Lang, String), u32>;
