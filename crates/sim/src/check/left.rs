//! Messages left: none is lost, none has two who work on it, and each is answered once.

use std::collections::{BTreeMap, BTreeSet};

use kefu_proto::v1::LeftState;

use super::{Checker, Promise, Verdict, broken};
use crate::log::{Event, Key, LeftRow, Row};

/// What is known of messages left.
#[derive(Debug, Default)]
pub(super) struct Lefts {
    /// By id: whose tenant's, and all its versions. The first is version 1.
    rows: BTreeMap<u64, (u64, Vec<LeftRow>)>,
    /// Under which visitors leave one.
    leaving: BTreeSet<Key>,
    /// Under which agents answer one.
    answering: BTreeSet<Key>,
    /// Words that are stored and have no row yet, by conversation and sequence.
    words: BTreeSet<(u64, u64)>,
    /// Answers that are stored and that no row names yet.
    answers: BTreeSet<(u64, u64)>,
}

const OPEN: i32 = LeftState::Open as i32;
const TAKEN: i32 = LeftState::Taken as i32;
const ANSWERED: i32 = LeftState::Answered as i32;
const CLOSED: i32 = LeftState::Closed as i32;

impl Checker {
    /// What is sent with this key is left for later.
    pub(crate) fn leaves(&mut self, key: Key) {
        self.lefts.leaving.insert(key);
    }

    /// What is sent with this key answers what was left.
    pub(crate) fn answers(&mut self, key: Key) {
        self.lefts.answering.insert(key);
    }

    /// The store took somebody's words. Says whether they answer a message left: then nobody need own
    /// the conversation, but no colleague may.
    pub(super) fn said_of_left(
        &mut self,
        key: &Key,
        row: &Row,
        owner: Option<u64>,
    ) -> Result<bool, (Promise, String)> {
        let place = (key.conversation, row.seq);
        if self.lefts.leaving.contains(key) {
            self.lefts.words.insert(place);
        }
        if !self.lefts.answering.contains(key) {
            return Ok(false);
        }
        if owner.is_some_and(|owner| owner != row.sender_id) {
            broken!(
                HandOff,
                "agent {} answered in {}, which {owner:?} serves",
                row.sender_id,
                key.conversation
            );
        }
        self.lefts.answers.insert(place);
        Ok(true)
    }

    pub(super) fn left(&mut self, event: &Event) -> Verdict {
        match event {
            Event::Left { tenant, row } => self.left_stored(*tenant, *row),
            Event::LeftTold { row } => self.left_told(*row),
            Event::LeftAcked { key, body, row } => {
                self.left_told(*row)?;
                self.left_acked(key, *body, *row)
            }
            Event::LeftListed { tenant, state, ids } => self.left_listed(*tenant, *state, ids),
            _ => Ok(()),
        }
    }

    fn left_stored(&mut self, tenant: u64, row: LeftRow) -> Verdict {
        let known = self.lefts.rows.get(&row.id);
        let known = known.and_then(|(_, versions)| versions.last().copied());
        match known {
            Some(known) => self.left_moved(tenant, known, row)?,
            None => {
                if (row.version, row.state, row.agent, row.answer_seq) != (1, OPEN, 0, 0) {
                    broken!(Kept, "a message left begins as {row:?}");
                }
                if !self.lefts.words.remove(&(row.conversation, row.seq)) {
                    broken!(Kept, "{row:?} stands beside nobody's words");
                }
            }
        }
        let rows = &mut self.lefts.rows;
        let (_, versions) = rows.entry(row.id).or_insert_with(|| (tenant, Vec::new()));
        versions.push(row);
        Ok(())
    }

    fn left_moved(&mut self, tenant: u64, known: LeftRow, row: LeftRow) -> Verdict {
        let place = |row: LeftRow| (row.conversation, row.seq);
        if place(known) != place(row) || row.version != known.version + 1 {
            broken!(Kept, "{known:?} became {row:?}");
        }
        if ![OPEN, TAKEN].contains(&known.state) {
            broken!(Kept, "{known:?} was done, and became {row:?}");
        }
        let staff = self.staff.get(&row.agent).copied();
        if row.agent != 0 && staff.is_none_or(|staff| staff.tenant != tenant) {
            broken!(
                Faithful,
                "{row:?} is worked on by nobody of tenant {tenant}"
            );
        }
        let oversees = staff.is_some_and(|staff| staff.oversees);
        let another = known.agent != 0 && known.agent != row.agent;
        match row.state {
            TAKEN | CLOSED if another && !oversees => {
                broken!(Kept, "two agents work on one: {known:?} became {row:?}");
            }
            ANSWERED => {
                let place = (row.conversation, row.answer_seq);
                let by_whom = known.state == TAKEN && known.agent == row.agent;
                if !by_whom || !self.lefts.answers.remove(&place) {
                    broken!(Kept, "{known:?} was answered as {row:?}");
                }
            }
            _ if row.answer_seq != 0 => broken!(Kept, "{row:?} has an answer and is not answered"),
            _ => {}
        }
        Ok(())
    }

    /// Whatever anybody is told of one is a version of it that is stored.
    fn left_told(&self, row: LeftRow) -> Verdict {
        let versions = self.lefts.rows.get(&row.id).map(|(_, versions)| versions);
        let at = usize::try_from(row.version.saturating_sub(1)).unwrap_or(usize::MAX);
        let stored = versions.and_then(|versions| versions.get(at));
        if stored != Some(&row) {
            broken!(Kept, "{row:?} was told, and stored is {stored:?}");
        }
        Ok(())
    }

    /// What was sent is stored once, where the row says.
    fn left_acked(&mut self, key: &Key, body: u64, row: LeftRow) -> Verdict {
        let seq = if self.lefts.answering.contains(key) {
            row.answer_seq
        } else {
            row.seq
        };
        let stored = self.wishes.get(key).and_then(|wish| wish.stored);
        let id = stored.map_or(0, |(_, id, _)| id);
        self.answered(key);
        self.acknowledged(key, body, (id, seq))
    }

    /// The lists have all of them, each once.
    fn left_listed(&self, tenant: u64, state: i32, ids: &[u64]) -> Verdict {
        let rows = self.lefts.rows.iter();
        let stored = rows.filter(|(_, (whose, versions))| {
            let newest = versions.last();
            *whose == tenant && newest.is_some_and(|row| row.state == state)
        });
        let stored: Vec<u64> = stored.map(|(id, _)| *id).collect();
        let mut listed = ids.to_vec();
        listed.sort_unstable();
        if listed != stored {
            broken!(
                Kept,
                "listed in state {state} of tenant {tenant} are {listed:?}, stored are {stored:?}"
            );
        }
        Ok(())
    }

    pub(super) fn left_at_the_end(&self) -> Verdict {
        let Lefts { words, answers, .. } = &self.lefts;
        if let Some(place) = words.iter().chain(answers).next() {
            broken!(
                Kept,
                "the words at {place:?} are stored, and no row has them"
            );
        }
        Ok(())
    }
}
