//! What must hold of a history, promise by promise.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Event, Key, Row};

/// The promises of the core, by their letters in the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// What is acknowledged is stored, as it was told.
    Acknowledged,
    /// One row of each client id; a retry returns the first.
    Deduplicated,
    /// One sequence without a gap, the same for every reader.
    Ordered,
    /// A reader gets exactly what is behind where it resumed.
    Resumed,
    /// Refusals say when to come back.
    Bounded,
    /// Nothing is invented, nothing stands in another conversation.
    Faithful,
}

impl Promise {
    /// As the documentation writes it.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Acknowledged => 'A',
            Self::Deduplicated => 'D',
            Self::Ordered => 'O',
            Self::Resumed => 'R',
            Self::Bounded => 'B',
            Self::Faithful => 'F',
        }
    }
}

/// A promise that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// A sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise.letter(), self.what)
    }
}

/// What a history that holds consists of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Conversations that were compared.
    pub conversations: usize,
    /// Messages that people sent, whatever became of them.
    pub sent: usize,
    /// Of these, acknowledged.
    pub acknowledged: usize,
    /// Refusals, each with its reason.
    pub refused: usize,
    /// Answers that were lost.
    pub unanswered: usize,
    /// Rows in the store.
    pub stored: usize,
    /// Rows that were given to readers.
    pub heard: usize,
}

impl Summary {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            conversations: self.conversations + other.conversations,
            sent: self.sent + other.sent,
            acknowledged: self.acknowledged + other.acknowledged,
            refused: self.refused + other.refused,
            unanswered: self.unanswered + other.unanswered,
            stored: self.stored + other.stored,
            heard: self.heard + other.heard,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} conversations, {} sent, {} acknowledged, {} refused, {} unanswered, {} stored, {} heard",
            self.conversations,
            self.sent,
            self.acknowledged,
            self.refused,
            self.unanswered,
            self.stored,
            self.heard
        )
    }
}

/// Words of `Problem.code` that pass by themselves.
const PASSING: [&str; 3] = ["overloaded", "unavailable", "rate_limited"];

#[derive(Default)]
struct Checker<'a> {
    rows: BTreeMap<u64, &'a [Row]>,
    by_key: BTreeMap<&'a Key, &'a Row>,
    said: BTreeMap<&'a Key, BTreeSet<&'a str>>,
    first: BTreeMap<&'a Key, (u64, u64)>,
    fresh: BTreeSet<&'a Key>,
    /// Where each reader stands in each conversation.
    readers: BTreeMap<(u64, u64), u64>,
    summary: Summary,
    broken: Vec<Violation>,
}

pub(super) fn check(events: &[Event], stored: &[Vec<Row>]) -> Result<Summary, Vec<Violation>> {
    let mut checker = Checker::default();
    for rows in stored {
        checker.conversation(rows);
    }
    for event in events {
        checker.event(event);
    }
    for row in stored.iter().flatten() {
        checker.was_said(row);
    }
    if checker.broken.is_empty() {
        Ok(checker.summary)
    } else {
        Err(checker.broken)
    }
}

impl<'a> Checker<'a> {
    fn broken(&mut self, promise: Promise, what: String) {
        self.broken.push(Violation { promise, what });
    }

    /// Sequences are 1, 2, 3 …, keys and ids are there once.
    fn conversation(&mut self, rows: &'a [Row]) {
        let Some(first) = rows.first() else { return };
        let conversation = first.key.conversation;
        self.summary.conversations += 1;
        self.summary.stored += rows.len();
        let mut ids = BTreeSet::new();
        for (due, row) in (1..).zip(rows) {
            if row.seq != due {
                let what = format!("{conversation} has {} where {due} is due", row.seq);
                self.broken(Promise::Ordered, what);
                break;
            }
            if row.key.conversation != conversation {
                let what = format!("{row:?} stands in {conversation}");
                self.broken(Promise::Faithful, what);
            }
            if !ids.insert(row.id) {
                self.broken(
                    Promise::Ordered,
                    format!("the id of {row:?} is there twice"),
                );
            }
            if row.is_a_persons()
                && let Some(other) = self.by_key.insert(&row.key, row)
            {
                let what = format!("{:?} is stored at {} and {}", row.key, other.seq, row.seq);
                self.broken(Promise::Deduplicated, what);
            }
        }
        self.rows.insert(conversation, rows);
    }

    fn event(&mut self, event: &'a Event) {
        match event {
            Event::Sent { key, text } => {
                if self.said.entry(key).or_default().is_empty() {
                    self.summary.sent += 1;
                }
                self.said.entry(key).or_default().insert(text);
            }
            Event::Acknowledged {
                key,
                id,
                seq,
                duplicate,
            } => self.acknowledged(key, (*id, *seq), *duplicate),
            Event::Refused {
                key,
                text,
                code,
                retry_after_ms,
            } => self.refused(key, text, code, *retry_after_ms),
            Event::Unanswered { .. } => self.summary.unanswered += 1,
            Event::Opened {
                reader,
                conversation,
                after,
            } => {
                self.readers.insert((*reader, *conversation), *after);
            }
            Event::Heard { reader, row } => self.heard(*reader, row),
        }
    }

    fn acknowledged(&mut self, key: &'a Key, told: (u64, u64), duplicate: bool) {
        let first = *self.first.entry(key).or_insert_with(|| {
            self.summary.acknowledged += 1;
            told
        });
        if first != told {
            let what = format!("{key:?} was acknowledged as {first:?} and as {told:?}");
            self.broken(Promise::Deduplicated, what);
        }
        if !duplicate && !self.fresh.insert(key) {
            let what = format!("{key:?} was twice acknowledged as new");
            self.broken(Promise::Deduplicated, what);
        }
        match self.by_key.get(key) {
            Some(row) if (row.id, row.seq) == told => {}
            Some(row) => {
                let what = format!("{key:?} was acknowledged as {told:?}, stored is {row:?}");
                self.broken(Promise::Acknowledged, what);
            }
            None => {
                let what = format!("{key:?} was acknowledged as {told:?} and is not stored");
                self.broken(Promise::Acknowledged, what);
            }
        }
    }

    fn refused(&mut self, key: &'a Key, text: &str, code: &str, retry_after_ms: u32) {
        self.summary.refused += 1;
        if PASSING.contains(&code) && retry_after_ms == 0 {
            let what = format!("{key:?} was refused as {code} without a word on when to retry");
            self.broken(Promise::Bounded, what);
        }
        if code == "conflict" && self.by_key.get(key).is_some_and(|row| row.text == text) {
            let what = format!("a retry of {key:?} was called a conflict");
            self.broken(Promise::Deduplicated, what);
        }
    }

    fn heard(&mut self, reader: u64, row: &'a Row) {
        self.summary.heard += 1;
        let conversation = row.key.conversation;
        let Some(at) = self.readers.get_mut(&(reader, conversation)) else {
            let what = format!("reader {reader} was given {row:?}, which it did not open");
            return self.broken(Promise::Faithful, what);
        };
        *at += 1;
        if *at != row.seq {
            let (due, seq) = (*at, row.seq);
            *at = seq;
            let what = format!("reader {reader} of {conversation} got {seq} where {due} was due");
            self.broken(Promise::Resumed, what);
        }
        let place = usize::try_from(row.seq)
            .ok()
            .and_then(|seq| seq.checked_sub(1));
        let stored = self.rows.get(&conversation).zip(place);
        let stored = stored.and_then(|(rows, place)| rows.get(place));
        if stored != Some(row) {
            let what = format!("reader {reader} was given {row:?}, stored is {stored:?}");
            self.broken(Promise::Ordered, what);
        }
    }

    /// A person's row was sent by that person, there, with these words.
    fn was_said(&mut self, row: &Row) {
        let said = self.said.get(&row.key);
        if row.is_a_persons() && !said.is_some_and(|said| said.contains(row.text.as_str())) {
            self.broken(Promise::Faithful, format!("nobody said {row:?}"));
        }
    }
}
