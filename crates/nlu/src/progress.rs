//! How far a long computation is, as one bar over all that it does.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Hears (work done, all work), both in texts to embed: what else there is to do is counted as so
/// many texts as take about as long. `all` shrinks where less turns out to be left than expected,
/// because vectors are remembered. Called from any thread, one call at a time; it may unwind, which
/// ends the work early.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Several parts behind one [`Progress`].
pub(crate) struct Meter<'a> {
    tell: Progress<'a>,
    work: Mutex<Work>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Work {
    done: usize,
    all: usize,
}

impl<'a> Meter<'a> {
    pub fn new(tell: Progress<'a>) -> Self {
        Self {
            tell,
            work: Mutex::default(),
        }
    }

    /// A part that will count itself, expected to be this much. What it has not reported when it is
    /// dropped was not needed, and counts as done.
    pub fn part(&self, expected: usize) -> Part<'_, 'a> {
        lock(&self.work).all += expected;
        let seen = Seen {
            work: Work {
                done: 0,
                all: expected,
            },
            known: None,
        };
        Part {
            meter: self,
            seen: Mutex::new(seen),
        }
    }

    /// Tells under the lock, so that the bar does not jump back because two threads overtook each
    /// other.
    fn change(&self, change: impl FnOnce(&mut Work)) {
        let mut work = lock(&self.work);
        change(&mut work);
        (self.tell)(work.done, work.all);
    }
}

/// Who listens may unwind under a lock; the numbers in it are whole nevertheless.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One part of the work.
pub(crate) struct Part<'m, 'a> {
    meter: &'m Meter<'a>,
    seen: Mutex<Seen>,
}

struct Seen {
    /// As the meter has it.
    work: Work,
    /// What was done at the first report: it never was work.
    known: Option<usize>,
}

impl Part<'_, '_> {
    /// (done, all) in the part's own count.
    pub fn report(&self, done: usize, all: usize) {
        let mut seen = lock(&self.seen);
        let known = *seen.known.get_or_insert(done);
        let now = Work {
            done: done.saturating_sub(known),
            all: all.saturating_sub(known),
        };
        let before = std::mem::replace(&mut seen.work, now);
        drop(seen);
        self.meter.change(|work| {
            work.done = (work.done + now.done).saturating_sub(before.done);
            work.all = (work.all + now.all).saturating_sub(before.all);
        });
    }

    /// So much more is done.
    pub fn advance(&self, units: usize) {
        lock(&self.seen).work.done += units;
        self.meter.change(|work| work.done += units);
    }

    /// Nothing is done yet, but who listens may want to end it.
    pub fn tick(&self) {
        self.advance(0);
    }
}

impl Drop for Part<'_, '_> {
    fn drop(&mut self) {
        let Work { done, all } = lock(&self.seen).work;
        // Nobody is told from here: a listener that unwinds must not do so twice.
        lock(&self.meter.work).done += all.saturating_sub(done);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::Meter;

    #[test]
    fn parts_add_up_and_what_was_known_is_no_work() {
        let told = Mutex::new(Vec::new());
        let tell = |done, all| told.lock().expect("told").push((done, all));
        let meter = Meter::new(&tell);
        let (embedding, fitting) = (meter.part(100), meter.part(10));
        embedding.report(40, 100);
        embedding.report(70, 100);
        embedding.report(100, 100);
        drop(embedding);
        fitting.tick();
        fitting.advance(4);
        drop(fitting);
        let knowledge = meter.part(5);
        drop(knowledge);
        meter.part(0).tick();
        let expected = [(0, 70), (30, 70), (60, 70), (60, 70), (64, 70), (75, 75)];
        assert_eq!(*told.lock().expect("told"), expected);
    }
}
