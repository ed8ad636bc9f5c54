//! The checker: reads every event as it is appended and knows what was promised.
//!
//! It has its own idea of every conversation, built only from what the store committed, and
//! compares with it whatever anybody is told. It shares no code with the core.

mod bots;
mod clients;
mod commits;
mod left;
mod line;
mod promise;
mod readers;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use crate::log::{Event, Key, Place, Reader, Row, Version};
pub(crate) use line::Team;
pub use promise::{Promise, Violation};

/// Fine, or which promise is broken and how.
pub(crate) type Verdict = Result<(), (Promise, String)>;

/// Simulated milliseconds after which, without faults, what was decided is stored.
pub(crate) const SETTLE_MS: u64 = 3_000;

/// An agent as the run set them up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Staff {
    pub(crate) tenant: u64,
    pub(crate) capacity: usize,
    /// They are asked before they are given one.
    pub(crate) manual: bool,
    /// They may take over what a colleague works on.
    pub(crate) oversees: bool,
}

/// A conversation by what was committed.
#[derive(Debug, Default)]
struct Talk {
    tenant: u64,
    /// The first is version 1.
    versions: Vec<Version>,
    rows: Vec<Row>,
    /// The largest sequence that anybody was acknowledged.
    acked: u64,
    /// Messages that were taken back, with the sequence of the recall.
    recalled: BTreeMap<u64, u64>,
    /// … of which that was acknowledged.
    gone: BTreeSet<u64>,
}

/// A client's message.
#[derive(Debug, Default)]
struct Wish {
    /// Bodies that were sent with the key.
    bodies: BTreeSet<u64>,
    /// What is stored: body, id, sequence.
    stored: Option<(u64, u64, u64)>,
    /// What was acknowledged first: id and sequence.
    acked: Option<(u64, u64)>,
    /// Attempts that may have stored it: under way, or never answered.
    open: u64,
}

/// What a bot asked to have said.
#[derive(Debug)]
struct Proposal {
    conversation: u64,
    turn: u64,
    stored: bool,
}

/// All that is known.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    staff: BTreeMap<u64, Staff>,
    batch_max: usize,
    talks: BTreeMap<u64, Talk>,
    wishes: BTreeMap<Key, Wish>,
    proposals: BTreeMap<u64, Proposal>,
    owned: BTreeMap<u64, BTreeSet<u64>>,
    ids: BTreeSet<u64>,
    places: BTreeMap<Reader, steps::Places>,
    /// Simulated milliseconds since the run began.
    pub(crate) now_ms: u64,
    /// When something failed last.
    trouble_ms: Option<u64>,
    /// By tenant and group.
    teams: BTreeMap<(u64, u64), Team>,
    owned_in: BTreeMap<(u64, u64), BTreeSet<u64>>,
    waiting: BTreeMap<u64, line::Waiter>,
    /// Who waits and was passed: when, and by whom.
    passed: BTreeMap<u64, (u64, u64)>,
    hands: BTreeMap<u64, line::Hand>,
    presence: BTreeMap<u64, line::Presence>,
    lefts: left::Lefts,
}

/// The promise, and a sentence, as an error.
macro_rules! broken {
    ($promise:ident, $($text:tt)*) => {
        return Err(($crate::check::Promise::$promise, format!($($text)*)))
    };
}
pub(crate) use broken;

impl Checker {
    pub(crate) fn new(
        staff: BTreeMap<u64, Staff>,
        teams: BTreeMap<(u64, u64), Team>,
        batch_max: usize,
    ) -> Self {
        Self {
            staff,
            teams,
            batch_max,
            ..Self::default()
        }
    }

    pub(crate) fn see(&mut self, event: &Event) -> Verdict {
        match event {
            Event::Did(..) | Event::Handed { .. } => Ok(()),
            Event::Committed { .. } => self.committed(event),
            Event::Sent { .. }
            | Event::Acked { .. }
            | Event::Refused { .. }
            | Event::Unanswered { .. } => self.client(event),
            Event::Page { .. } | Event::Pushed { .. } | Event::Shown { .. } => self.reader(event),
            Event::Proposed { .. } | Event::Answered { .. } => self.bot(event),
            Event::Marking { .. }
            | Event::Marked { .. }
            | Event::Unmarked { .. }
            | Event::Reached { .. }
            | Event::Missed { .. } => self.in_step(event),
            Event::Left { .. }
            | Event::LeftTold { .. }
            | Event::LeftAcked { .. }
            | Event::LeftListed { .. } => self.left(event),
        }
    }

    pub(crate) fn batch(&self, changes: usize) -> Verdict {
        if changes > self.batch_max {
            broken!(
                Bounded,
                "a batch of {changes} changes, {} are allowed",
                self.batch_max
            );
        }
        Ok(())
    }

    /// The largest sequence that anybody was acknowledged in this conversation.
    pub(crate) fn acked(&self, conversation: u64) -> u64 {
        self.talks.get(&conversation).map_or(0, |talk| talk.acked)
    }

    /// Messages of this conversation whose recall was acknowledged.
    pub(crate) fn gone(&self, conversation: u64) -> Vec<u64> {
        let talk = self.talks.get(&conversation);
        talk.map_or_else(Vec::new, |talk| talk.gone.iter().copied().collect())
    }

    /// Whether anything was taken back in this conversation.
    pub(crate) fn has_recalls(&self, conversation: u64) -> bool {
        let talk = self.talks.get(&conversation);
        talk.is_some_and(|talk| !talk.recalled.is_empty())
    }

    /// What was acknowledged of how far somebody is.
    pub(crate) fn place(&self, reader: Reader) -> Place {
        self.places
            .get(&reader)
            .map_or((0, 0), |places| places.acked)
    }

    /// What was acknowledged of everybody in a conversation.
    pub(crate) fn places(&self, conversation: u64) -> Vec<(Reader, Place)> {
        let here = self.places.iter();
        let here = here.filter(|(reader, _)| reader.conversation == conversation);
        here.map(|(reader, places)| (*reader, places.acked))
            .collect()
    }

    /// What was acknowledged to one of their devices as delivered.
    pub(crate) fn delivered(&self, reader: Reader, device: u64) -> u64 {
        let places = self.places.get(&reader);
        let device = places.and_then(|places| places.devices.get(&device));
        device.map_or(0, |place| place.0)
    }

    /// The newest sequence that is stored.
    pub(crate) fn last_seq(&self, conversation: u64) -> u64 {
        let talk = self.talks.get(&conversation);
        talk.map_or(0, |talk| talk.rows.len() as u64)
    }

    /// The newest version of every conversation, with its tenant.
    pub(crate) fn newest(&self) -> impl Iterator<Item = (u64, u64, Version)> {
        self.talks.iter().filter_map(|(id, talk)| {
            let newest = *talk.versions.last()?;
            Some((*id, talk.tenant, newest))
        })
    }

    /// How many conversations an agent owns.
    pub(crate) fn load(&self, agent: u64) -> usize {
        self.owned.get(&agent).map_or(0, BTreeSet::len)
    }

    /// What can be said when everything has been answered.
    pub(crate) fn at_the_end(&self) -> Verdict {
        for (key, wish) in &self.wishes {
            if wish.stored.is_some() && wish.acked.is_none() && wish.open == 0 {
                broken!(
                    Faithful,
                    "every attempt at {key:?} was refused for good, and yet it is stored"
                );
            }
        }
        self.left_at_the_end()
    }
}
