//! What was said in one conversation, what was told about it, and whether that holds.

use std::collections::{BTreeMap, BTreeSet};

use kefu_sdk::{
    Problem,
    proto::{Accepted, Message},
};

/// What the audit found in one conversation, or in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Audit {
    pub conversations: u64,
    /// Said by the generator.
    pub said: u64,
    pub acknowledged: u64,
    /// Refused for good, each with a word.
    pub refused: u64,
    /// Messages read back.
    pub stored: u64,
    /// Messages that readers were given.
    pub delivered: u64,
    /// What broke: how often each promise, and examples.
    pub broken: BTreeMap<&'static str, u64>,
    pub examples: Vec<String>,
}

/// Examples that are kept.
const EXAMPLES: usize = 20;

impl Audit {
    pub fn is_good(&self) -> bool {
        self.broken.is_empty()
    }

    pub fn breaks(&mut self, promise: &'static str, times: u64, example: String) {
        if times > 0 {
            *self.broken.entry(promise).or_default() += times;
            if self.examples.len() < EXAMPLES {
                self.examples.push(format!("{promise}: {example}"));
            }
        }
    }

    pub fn add(&mut self, other: Self) {
        self.conversations += other.conversations;
        self.said += other.said;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.stored += other.stored;
        self.delivered += other.delivered;
        for (promise, times) in other.broken {
            *self.broken.entry(promise).or_default() += times;
        }
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }
}

/// Who is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Visitor,
    Agent,
}

/// A message by its number in the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    pub number: u64,
    /// When it was meant to be said, microseconds since the beginning of the run.
    pub intended_us: u64,
}

impl Name {
    /// As a client id: whoever gets the message knows when it was meant to be said.
    pub fn client_id(self) -> String {
        format!("b{}-{}", self.number, self.intended_us)
    }

    pub fn of(client_id: &str) -> Option<Self> {
        let (number, intended_us) = client_id.strip_prefix('b')?.split_once('-')?;
        Some(Self {
            number: number.parse().ok()?,
            intended_us: intended_us.parse().ok()?,
        })
    }
}

/// A message that was said.
#[derive(Debug, Clone)]
struct Said {
    who: Who,
    text: u32,
    fate: Option<Result<(u64, u64), String>>,
}

/// One conversation.
#[derive(Debug, Default)]
pub struct Ledger {
    said: BTreeMap<u64, Said>,
    /// The ids that each reader was given, in that order.
    readers: BTreeMap<Who, Vec<u64>>,
    duplicates: u64,
}

impl Ledger {
    pub fn say(&mut self, number: u64, who: Who, text: u32) {
        let fate = None;
        self.said.insert(number, Said { who, text, fate });
    }

    pub fn settle(&mut self, number: u64, fate: &Result<Accepted, Problem>) {
        if let Some(said) = self.said.get_mut(&number) {
            self.duplicates += u64::from(matches!(fate, Ok(accepted) if accepted.duplicate));
            said.fate = Some(match fate {
                Ok(accepted) => Ok((accepted.id, accepted.seq)),
                Err(problem) => Err(problem.code.clone()),
            });
        }
    }

    pub fn read(&mut self, who: Who, messages: &[Message]) {
        let ids = messages.iter().map(|message| message.id);
        self.readers.entry(who).or_default().extend(ids);
    }

    /// A reader was told to forget.
    pub fn forget(&mut self, who: Who) {
        self.readers.insert(who, Vec::new());
    }

    /// A reader is there, and has been given nothing yet.
    pub fn reads(&mut self, who: Who) {
        self.readers.entry(who).or_default();
    }

    /// The fewest messages that any reader was given.
    pub fn least_read(&self) -> usize {
        self.readers.values().map(Vec::len).min().unwrap_or(0)
    }

    /// Holds everything against what is stored.
    pub fn audit(&self, id: u64, stored: &[Message], texts: &[String]) -> Audit {
        let mut audit = Audit {
            conversations: 1,
            said: self.said.len() as u64,
            stored: stored.len() as u64,
            ..Audit::default()
        };
        gapless(&mut audit, id, stored);
        self.against_what_was_said(&mut audit, id, stored, texts);
        self.against_what_was_told(&mut audit, id, stored);
        self.against_readers(&mut audit, id, stored);
        audit
    }

    /// What is stored was said, once, as it was said, each person's in their order.
    fn against_what_was_said(
        &self,
        audit: &mut Audit,
        id: u64,
        stored: &[Message],
        texts: &[String],
    ) {
        let mut seen = BTreeSet::new();
        let mut last: BTreeMap<Who, u64> = BTreeMap::new();
        for message in stored {
            let Some(name) = Name::of(&message.client_id) else {
                continue;
            };
            let at = format!("conversation {id}, sequence {}", message.seq);
            let Some(said) = self.said.get(&name.number) else {
                audit.breaks("nothing is invented", 1, at);
                continue;
            };
            if !seen.insert(name.number) {
                audit.breaks("each message is stored once", 1, at.clone());
            }
            if text_of(message) != texts.get(said.text as usize).map(String::as_str) {
                audit.breaks("each message is stored as it was said", 1, at.clone());
            }
            let before = last.insert(said.who, name.number).unwrap_or_default();
            if before > name.number {
                audit.breaks("messages are stored in the order of saying", 1, at);
            }
        }
    }

    /// Every acknowledgement holds: that message stands at that place.
    fn against_what_was_told(&self, audit: &mut Audit, id: u64, stored: &[Message]) {
        let places: BTreeMap<u64, (u64, u64)> = stored
            .iter()
            .filter_map(|it| Some((Name::of(&it.client_id)?.number, (it.id, it.seq))))
            .collect();
        for (number, said) in &self.said {
            match &said.fate {
                Some(Ok(place)) => {
                    audit.acknowledged += 1;
                    let at = || format!("conversation {id}, message {number}, told {place:?}");
                    if places.get(number) != Some(place) {
                        audit.breaks("what was acknowledged is stored there", 1, at());
                    }
                }
                Some(Err(_)) => audit.refused += 1,
                None => {
                    let at = format!("conversation {id}, message {number}");
                    audit.breaks("every message gets an answer", 1, at);
                }
            }
        }
    }

    /// Every reader was given what is stored, in that order, once.
    fn against_readers(&self, audit: &mut Audit, id: u64, stored: &[Message]) {
        let ids: Vec<u64> = stored.iter().map(|message| message.id).collect();
        for (who, read) in &self.readers {
            audit.delivered += read.len() as u64;
            let at = || {
                let (got, all) = (read.len(), ids.len());
                format!("conversation {id}, {who:?} got {got} of {all}")
            };
            if !ids.starts_with(read) {
                audit.breaks("readers get what is stored, in its order", 1, at());
            } else if read.len() < ids.len() {
                let missing = (ids.len() - read.len()) as u64;
                audit.breaks("readers get everything", missing, at());
            }
        }
    }

    /// Acknowledgements that said that the message had been there.
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }
}

fn gapless(audit: &mut Audit, id: u64, stored: &[Message]) {
    let mut ids = BTreeSet::new();
    for (due, message) in (1..).zip(stored) {
        if message.seq != due {
            let at = format!("conversation {id}, {} where {due} was due", message.seq);
            audit.breaks("sequences have no gap", 1, at);
            return;
        }
        if !ids.insert(message.id) {
            let at = format!("conversation {id}, sequence {due}");
            audit.breaks("ids are unique", 1, at);
        }
    }
}

fn text_of(message: &Message) -> Option<&str> {
    use kefu_sdk::proto::body::Kind;
    match message.body.as_ref()?.kind.as_ref()? {
        Kind::Text(text) => Some(&text.text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
