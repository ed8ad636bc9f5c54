//! The append-only history of a run, and the checker that reads along.

mod event;

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{
    check::{Checker, Promise, Violation},
    clock::Time,
};
pub(crate) use event::{
    Event, Key, LeftRow, Place, Reader, Row, Version, committed, fingerprint, left_row, place,
    rows, shown, text_body,
};

/// Events shown with a violation.
const SHOWN: usize = 25;

/// When (milliseconds since the run began), in which step, what.
type Entry = (u64, u32, Event);

struct State {
    entries: Vec<Entry>,
    hash: DefaultHasher,
    checker: Checker,
    violation: Option<Violation>,
    step: u32,
}

/// Everybody writes to it.
pub(crate) struct Log {
    time: Arc<Time>,
    state: Mutex<State>,
}

impl Log {
    pub(crate) fn new(time: Arc<Time>, checker: Checker) -> Self {
        let state = State {
            entries: Vec::new(),
            hash: DefaultHasher::new(),
            checker,
            violation: None,
            step: 0,
        };
        Self {
            time,
            state: Mutex::new(state),
        }
    }

    pub(crate) fn step(&self, step: u32) {
        self.state.lock().step = step;
    }

    /// Adds an event; the checker sees it at once.
    pub(crate) fn add(&self, event: Event) {
        let at_ms = self.time.passed_ms();
        let mut state = self.state.lock();
        let entry = (at_ms, state.step, event);
        entry.hash(&mut state.hash);
        state.checker.now_ms = at_ms;
        let broken = state.checker.see(&entry.2);
        state.entries.push(entry);
        state.accuse(at_ms, broken);
    }

    /// The store was given a batch of this many changes.
    pub(crate) fn batch(&self, changes: usize) {
        let mut state = self.state.lock();
        let broken = state.checker.batch(changes);
        let at_ms = self.time.passed_ms();
        state.accuse(at_ms, broken);
    }

    /// A promise is broken if this is.
    pub(crate) fn require(&self, promise: Promise, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let at_ms = self.time.passed_ms();
            self.state.lock().accuse(at_ms, Err((promise, what())));
        }
    }

    /// Tells the checker what is no event of the history.
    pub(crate) fn tell(&self, what: impl FnOnce(&mut Checker)) {
        let at_ms = self.time.passed_ms();
        let mut state = self.state.lock();
        state.checker.now_ms = at_ms;
        what(&mut state.checker);
    }

    /// Asks the checker.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Checker) -> T) -> T {
        question(&self.state.lock().checker)
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.state.lock().violation.is_some()
    }

    /// What is wrong, how many events there were, and the hash of all of them.
    pub(crate) fn close(&self) -> (Option<Violation>, usize, u64) {
        let state = self.state.lock();
        let count = state.entries.len();
        (state.violation.clone(), count, state.hash.finish())
    }
}

impl State {
    /// The first violation stands; what comes after it may be its consequence.
    fn accuse(&mut self, at_ms: u64, verdict: Result<(), (Promise, String)>) {
        let Err((promise, what)) = verdict else {
            return;
        };
        if self.violation.is_some() {
            return;
        }
        let last = self.entries.len().saturating_sub(SHOWN);
        let show =
            |(at_ms, step, event): &Entry| format!("{at_ms:>7} ms  step {step:>4}  {event:?}");
        self.violation = Some(Violation {
            promise,
            what,
            step: self.step,
            at_ms,
            before: self.entries[last..].iter().map(show).collect(),
        });
    }
}
